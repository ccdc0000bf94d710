using System.Collections.Concurrent;
using System.Text.Json;

namespace DnsFailover.Tests.Api;

/// <summary>Reads server-sent events as a browser does.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<Event> _events = new();
    private readonly Task _reading;

    public EventReader(Uri address, string query = "", string? lastEvent = null)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        _reading = Task.Run(() => ReadAsync(query, lastEvent));
    }

    public IReadOnlyList<Event> Events => [.. _events];

    /// <summary>True when the connection has ended.</summary>
    public bool HasEnded => _reading.IsCompleted;

    /// <summary>Waits for an event.</summary>
    public async Task<Event> UntilAsync(Func<Event, bool> condition, string what)
    {
        Event? found = null;
        await Eventually.HoldsAsync(() => (found = Events.FirstOrDefault(condition)) is not null, () => $"{what}; there were: {string.Join(" | ", Events)}");
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _http.Dispose();
    }

    private async Task ReadAsync(string query, string? lastEvent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/events{query}");
        if (lastEvent is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEvent);
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stopping.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_stopping.Token));
        string? id = null, kind = null, data = null;
        while (await reader.ReadLineAsync(_stopping.Token) is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["id", var value]:
                    id = value;
                    break;
                case ["event", var value]:
                    kind = value;
                    break;
                case ["data", var value]:
                    data = value;
                    break;
                case [""] when kind is not null:
                    _events.Enqueue(new Event(id, kind, JsonDocument.Parse(data!).RootElement));
                    (id, kind, data) = (null, null, null);
                    break;
            }
        }
    }

    internal sealed record Event(string? Id, string Kind, JsonElement Data);
}
