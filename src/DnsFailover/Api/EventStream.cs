using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Api;

/// <summary>
/// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each connection looks a few times a
/// second for itself; one that does not take what is written to it is cut off.
/// </summary>
internal sealed class EventStream(ReadModel model, ChangeFeed feed, TimeProvider time)
{
    /// <summary>At once.</summary>
    public const int MostClients = 64;

    /// <summary>Who has not taken what was written within this is cut off.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Something is written this often, so that everybody on the way knows that the connection is alive.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private int _clients;

    /// <summary>Writes events until the client goes, or the daemon.</summary>
    /// <param name="context">The request.</param>
    /// <param name="stopping">Is cancelled when the daemon stops.</param>
    public async Task RunAsync(HttpContext context, CancellationToken stopping)
    {
        var only = ServiceFilter.Query(context.Request, "service") is { } text ? CommandReading.Service(model.State, text).Definition.Name : (DnsName?)null;
        var last = LastEvent(context.Request);
        if (Interlocked.Increment(ref _clients) > MostClients)
        {
            Interlocked.Decrement(ref _clients);
            throw new ApiProblemException(StatusCodes.Status503ServiceUnavailable, "too many watch already", $"{MostClients} connections watch already; close one, or ask again later") { Headers = [("Retry-After", "10")] };
        }

        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            await WriteAsync(context, only, last, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The client has gone or was cut off, or the daemon stops.
        }
        finally
        {
            Interlocked.Decrement(ref _clients);
        }
    }

    private async Task WriteAsync(HttpContext context, DnsName? only, long? last, CancellationToken ending)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would keep events back
        var text = new ArrayBufferWriter<byte>(4096);
        var newest = feed.Look();
        var position = newest;
        var seen = new Dictionary<TargetId, long>();
        NewObservations(only, seen); // those of before are in the document
        Put(text, "retry: 2000\n"u8);
        if (last is { } number && feed.Knows(number))
        {
            position = number;
        }
        else
        {
            Put(text, newest, "reset", JsonSerializer.SerializeToUtf8Bytes(new ResetDocument(newest, model.Now), ReplyContext.Default.ResetDocument));
        }

        var written = time.GetTimestamp();
        await SendAsync(context, text, ending);
        while (true)
        {
            if (feed.Look() > position)
            {
                foreach (var item in feed.Since(position, only))
                {
                    Put(text, item.Number, item.Event, item.Data.Span);
                    position = item.Number;
                }
            }

            foreach (var observed in NewObservations(only, seen))
            {
                Put(text, number: null, "observation", JsonSerializer.SerializeToUtf8Bytes(observed, ReplyContext.Default.ObservedDocument));
            }

            if (text.WrittenCount == 0 && time.GetElapsedTime(written) >= Heartbeat)
            {
                Put(text, ": here\n\n"u8);
            }

            if (text.WrittenCount > 0)
            {
                written = time.GetTimestamp();
                await SendAsync(context, text, ending);
            }

            await Task.Delay(ChangeFeed.Pulse, time, ending);
        }
    }

    /// <summary>What was observed of one service since the last time.</summary>
    private List<ObservedDocument> NewObservations(DnsName? only, Dictionary<TargetId, long> seen)
    {
        var found = new List<ObservedDocument>();
        if (only is not { } name || !model.State.Services.TryGetValue(name, out var service))
        {
            return found;
        }

        foreach (var (_, target) in service.Definition.Targets)
        {
            var (fresh, count) = model.Observations.Since(target, seen.GetValueOrDefault(target));
            seen[target] = count;
            found.AddRange(fresh.Select(observation => new ObservedDocument(name.ToString(), target.Endpoint, $"{target.Type}", target.Value, observation)));
        }

        return found;
    }

    private async Task SendAsync(HttpContext context, ArrayBufferWriter<byte> text, CancellationToken ending)
    {
        try
        {
            await context.Response.Body.WriteAsync(text.WrittenMemory, ending).AsTask().WaitAsync(Patience, time, ending);
            await context.Response.Body.FlushAsync(ending).WaitAsync(Patience, time, ending);
        }
        catch (TimeoutException e)
        {
            context.Abort();
            throw new OperationCanceledException("the client does not take what is written", e);
        }

        text.ResetWrittenCount();
    }

    private static long? LastEvent(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : ServiceFilter.Query(request, "lastEvent");
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static void Put(ArrayBufferWriter<byte> text, long? number, string kind, ReadOnlySpan<byte> data)
    {
        if (number is { } id)
        {
            Put(text, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {id}\n")));
        }

        Put(text, Encoding.UTF8.GetBytes($"event: {kind}\ndata: "));
        Put(text, data);
        Put(text, "\n\n"u8);
    }

    private static void Put(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> bytes) => text.Write(bytes);
}
