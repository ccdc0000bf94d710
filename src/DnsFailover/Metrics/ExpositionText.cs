using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace DnsFailover.Metrics;

/// <summary>Which of the two texts that Prometheus reads.</summary>
internal enum ExpositionFormat
{
    /// <summary>Prometheus text 0.0.4.</summary>
    Prometheus,

    /// <summary>OpenMetrics 1.0.</summary>
    OpenMetrics,
}

/// <summary>
/// Writes metrics as Prometheus reads them
/// (https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/). It is
/// handed on a piece at a time, so that ten thousand endpoints take no more memory than one.
/// </summary>
/// <param name="output">Takes it.</param>
/// <param name="format">Which text.</param>
internal sealed class ExpositionText(PipeWriter output, ExpositionFormat format)
{
    /// <summary>In bytes; then what there is goes out.</summary>
    private const int Piece = 32 * 1024;

    private static readonly SearchValues<char> ToEscape = SearchValues.Create("\\\"\n");

    private long _unflushed;

    /// <summary>Writes all of it.</summary>
    public async Task WriteAsync(IEnumerable<FamilyReading> families, CancellationToken cancellationToken)
    {
        foreach (var (family, gauges) in families)
        {
            var definition = family.Definition;
            Head(definition);
            if (definition.Kind == MetricKind.Gauge)
            {
                foreach (var (labels, value) in gauges)
                {
                    Sample(definition.Family, string.Empty, definition, labels, bound: null, value);
                    await HandOnAsync(cancellationToken);
                }
            }
            else
            {
                foreach (var (labels, series) in family.Series)
                {
                    Write(definition, labels, series);
                    await HandOnAsync(cancellationToken);
                }
            }
        }

        if (format == ExpositionFormat.OpenMetrics)
        {
            Put("# EOF\n");
        }

        await output.FlushAsync(cancellationToken);
    }

    private async ValueTask HandOnAsync(CancellationToken cancellationToken)
    {
        if (_unflushed >= Piece)
        {
            _unflushed = 0;
            await output.FlushAsync(cancellationToken);
        }
    }

    private void Head(MetricDefinition definition)
    {
        var name = format == ExpositionFormat.OpenMetrics ? definition.Family : definition.SampleName;
        Put($"# HELP {name} {Escaped(definition.Description, quotes: format == ExpositionFormat.OpenMetrics)}\n# TYPE {name} {Core.Text.Of(definition.Kind)}\n");
        if (format == ExpositionFormat.OpenMetrics && definition.FamilyUnit is { } unit)
        {
            Put($"# UNIT {name} {unit}\n");
        }
    }

    private void Write(MetricDefinition definition, SeriesLabels labels, Series series)
    {
        if (definition.Kind == MetricKind.Counter)
        {
            Sample(definition.Family, "_total", definition, labels, bound: null, series.Count);
            return;
        }

        Span<long> buckets = stackalloc long[definition.Buckets.Length + 1];
        var sum = series.Read(buckets);
        var count = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            count += buckets[i];
            Sample(definition.Family, "_bucket", definition, labels, i < definition.Buckets.Length ? definition.Buckets[i] : double.PositiveInfinity, count);
        }

        Sample(definition.Family, "_count", definition, labels, bound: null, count);
        Sample(definition.Family, "_sum", definition, labels, bound: null, sum);
    }

    private void Sample(string family, string suffix, MetricDefinition definition, SeriesLabels labels, double? bound, double value)
    {
        Put(family);
        Put(suffix);
        var separator = "{";
        for (var i = 0; i < definition.Labels.Length; i++)
        {
            Put(separator);
            Put(definition.Labels[i].Name);
            Put("=\"");
            Put(Escaped(labels[i] ?? string.Empty, quotes: true));
            Put("\"");
            separator = ",";
        }

        if (bound is { } most)
        {
            Put(separator);
            Put("le=\"");
            Put(most, isBound: true);
            Put("\"");
            separator = ",";
        }

        Put(separator == "{" ? " " : "} ");
        Put(value, isBound: false);
        Put("\n");
    }

    private void Put(string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private void Put(double value, bool isBound)
    {
        if (double.IsInfinity(value) || double.IsNaN(value))
        {
            Put(double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
            return;
        }

        value.TryFormat(output.GetSpan(32), out var written, default, CultureInfo.InvariantCulture);
        Advance(written);
        if (isBound && format == ExpositionFormat.OpenMetrics && double.IsInteger(value))
        {
            Put(".0"); // a bound is a canonical float there
        }
    }

    private void Advance(int bytes)
    {
        output.Advance(bytes);
        _unflushed += bytes;
    }

    private static string Escaped(string text, bool quotes)
    {
        if (!text.AsSpan().ContainsAny(ToEscape))
        {
            return text;
        }

        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
