using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace DnsFailover.Metrics;

/// <summary>Answers whoever scrapes: <c>app.MapGet("/metrics", page.SendAsync)</c>.</summary>
/// <param name="reader">The metrics.</param>
/// <param name="refresh">Brings up to date what gauges cannot ask for by themselves; it never fails.</param>
internal sealed class MetricsPage(MetricsReader reader, Func<CancellationToken, Task> refresh)
{
    /// <summary>The media type of OpenMetrics.</summary>
    private const string OpenMetrics = "application/openmetrics-text";

    /// <summary>Answers at once; a slow reader holds the gauges of one moment in memory.</summary>
    private const int MostAtOnce = 4;

    private int _answering;

    /// <summary>Answers a request.</summary>
    public async Task SendAsync(HttpContext context)
    {
        var format = FormatFor(context.Request.Headers.Accept);
        if (Interlocked.Increment(ref _answering) > MostAtOnce)
        {
            Interlocked.Decrement(ref _answering);
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "5";
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync($"{MostAtOnce} others are being answered; scrape again in a moment\n", context.RequestAborted);
            return;
        }

        try
        {
            await refresh(context.RequestAborted);
            context.Response.ContentType = ContentType(format);
            await new ExpositionText(context.Response.BodyWriter, format).WriteAsync(reader.Read(), context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }

    /// <summary>What to call the text.</summary>
    public static string ContentType(ExpositionFormat format) => format == ExpositionFormat.OpenMetrics
        ? $"{OpenMetrics}; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>OpenMetrics for who asks for it and does not like the other better; else the older text, which everything reads.</summary>
    public static ExpositionFormat FormatFor(IReadOnlyList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var wanted))
        {
            return ExpositionFormat.Prometheus;
        }

        var open = Best(wanted, type => type.MediaType == OpenMetrics && VersionOf(type) is null or "1.0.0" or "0.0.1");
        var plain = Best(wanted, type => type.MediaType == "text/plain" && VersionOf(type) is null or "0.0.4");
        return open > 0 && open >= plain ? ExpositionFormat.OpenMetrics : ExpositionFormat.Prometheus;
    }

    private static double Best(IEnumerable<MediaTypeHeaderValue> types, Func<MediaTypeHeaderValue, bool> isMeant) =>
        types.Where(isMeant).Select(type => type.Quality ?? 1).DefaultIfEmpty(0).Max();

    private static string? VersionOf(MediaTypeHeaderValue type) => type.Parameters.FirstOrDefault(parameter => parameter.Name == "version")?.Value.Value;
}
