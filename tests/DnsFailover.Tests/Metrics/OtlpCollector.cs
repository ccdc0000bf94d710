using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Metrics;

/// <summary>
/// A collector that takes OTLP over HTTP and reads of the protobuf what the names are
/// (https://github.com/open-telemetry/opentelemetry-proto): the field numbers below are those of its messages.
/// </summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte> _metrics = new();
    private readonly ConcurrentQueue<(string Name, string Trace)> _spans = new();

    private OtlpCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/v1/metrics", context => TakeAsync(context, TakeMetrics));
        _app.MapPost("/v1/traces", context => TakeAsync(context, TakeSpans));
    }

    /// <summary>Where to send.</summary>
    public string Url => _app.Urls.Single();

    /// <summary>The names of the metrics that came.</summary>
    public IReadOnlyCollection<string> Metrics => [.. _metrics.Keys];

    /// <summary>The spans that came, each with its trace.</summary>
    public IReadOnlyList<(string Name, string Trace)> Spans => [.. _spans];

    public static async Task<OtlpCollector> StartAsync()
    {
        var collector = new OtlpCollector();
        await collector._app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext context, Action<byte[]> take)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        take(body.ToArray());
        context.Response.ContentType = "application/x-protobuf"; // an empty message: all of it was taken
    }

    // ExportMetricsServiceRequest.resource_metrics = 1, ResourceMetrics.scope_metrics = 2, ScopeMetrics.metrics = 2, Metric.name = 1.
    private void TakeMetrics(byte[] request)
    {
        foreach (var name in Within(request, 1, 2, 2, 1))
        {
            _metrics.TryAdd(Encoding.UTF8.GetString(name), 0);
        }
    }

    // ExportTraceServiceRequest.resource_spans = 1, ResourceSpans.scope_spans = 2, ScopeSpans.spans = 2, Span.trace_id = 1, Span.name = 5.
    private void TakeSpans(byte[] request)
    {
        foreach (var span in Within(request, 1, 2, 2))
        {
            _spans.Enqueue((Encoding.UTF8.GetString(Within(span, 5).Single()), Convert.ToHexStringLower(Within(span, 1).Single())));
        }
    }

    /// <summary>The length-delimited fields along a path of field numbers.</summary>
    private static IEnumerable<byte[]> Within(byte[] message, params int[] path) =>
        path.Length == 0 ? [message] : Fields(message).Where(field => field.Number == path[0]).SelectMany(field => Within(field.Bytes, path[1..]));

    private static List<(int Number, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, byte[])>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    fields.Add(((int)(tag >> 3), message[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }

        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
