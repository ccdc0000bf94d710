using System.IO.Pipelines;
using System.Text;
using DnsFailover.Metrics;

namespace DnsFailover.Tests.Metrics;

/// <summary>Metrics as text.</summary>
internal static class Rendered
{
    public static async Task<string> TextAsync(MetricsReader reader, ExpositionFormat format)
    {
        var output = new MemoryStream();
        var pipe = PipeWriter.Create(output);
        await new ExpositionText(pipe, format).WriteAsync(reader.Read(), TestContext.Current.CancellationToken);
        await pipe.CompleteAsync();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    public static async Task<Exposition> ParsedAsync(MetricsReader reader, ExpositionFormat format) =>
        Exposition.Parse(await TextAsync(reader, format), format == ExpositionFormat.OpenMetrics);
}
