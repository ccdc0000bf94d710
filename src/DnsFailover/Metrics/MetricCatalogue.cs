using System.Globalization;
using System.Text;
using DnsFailover.Core;

namespace DnsFailover.Metrics;

/// <summary>Every metric, and the page that tells of them.</summary>
internal static class MetricCatalogue
{
    /// <summary>All of them, sorted by name.</summary>
    public static ValueList<MetricDefinition> All { get; } =
        new[] { ProbeMetrics.All, StateMetrics.All, JournalMetrics.All, ProviderMetrics.All, OutboxMetrics.All, ProcessMetrics.All }.SelectMany(area => area).OrderBy(metric => metric.Family, StringComparer.Ordinal).ToValueList();

    /// <summary>The names of the instruments that have series for each endpoint.</summary>
    public static IReadOnlySet<string> PerEndpoint { get; } = All.Where(metric => metric.Labels.Contains(Labels.Endpoint)).Select(metric => metric.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The page <c>config/METRICS.md</c>.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder();
        text.Append(
            $"""
            # Metrics

            <!-- Generated from the instruments; DNSFAILOVER_REGENERATE=1 writes it anew. -->

            `/metrics` answers in OpenMetrics 1.0 or in the Prometheus text format 0.0.4, whichever the scraper asks for. With
            `{TelemetryVariable}` set, the same metrics are pushed by OTLP, under their names with dots, together with one trace per
            decision (spans detect, decide, read, write, verify); the other `OTEL_…` variables mean what they always do.

            Every label is bounded by failover.yaml or by a closed set of words, never free text. Series of what a reload takes away
            disappear with it. A metric has at most {MetricsReader.MostSeries.ToString(CultureInfo.InvariantCulture)} series; beyond that the log says so, and what is more is counted under the label value `{MetricFamily.Overflow}`.
            `config/alerts.yaml` holds alert rules to begin with, `config/grafana-dashboard.json` a dashboard.

            | metric | kind | OTLP name | labels | meaning |
            |---|---|---|---|---|

            """);
        foreach (var metric in All)
        {
            var labels = string.Join(", ", metric.Labels.Select(label => $"`{label.Name}`"));
            text.Append(CultureInfo.InvariantCulture, $"| `{metric.SampleName}` | {Text.Of(metric.Kind)} | `{metric.Name}`{(metric.Unit is { } unit ? $" ({unit})" : string.Empty)} | {labels} | {metric.Description} |\n");
        }

        text.Append("\n| label | values |\n|---|---|\n");
        foreach (var label in All.SelectMany(metric => metric.Labels.Select(label => (metric, label))).GroupBy(pair => pair.label).OrderBy(group => group.Key.Name, StringComparer.Ordinal).ThenBy(group => group.First().metric.Family, StringComparer.Ordinal))
        {
            var of = All.SelectMany(metric => metric.Labels).Where(other => other.Name == label.Key.Name).Distinct().Count() > 1 ? $" of {string.Join(", ", label.Select(pair => $"`{pair.metric.SampleName}`"))}" : string.Empty;
            text.Append(CultureInfo.InvariantCulture, $"| `{label.Key.Name}`{of} | {label.Key.Values} |\n");
        }

        return text.ToString();
    }

    private const string TelemetryVariable = "OTEL_EXPORTER_OTLP_ENDPOINT"; // not from the class that sends: naming it would load it
}
