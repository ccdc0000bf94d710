using DnsFailover.Configuration;
using DnsFailover.Journal;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Notifications;

/// <summary>
/// Carries alerts from the outbox to the channels. Each channel is served by a loop of its own, so a dead or hanging
/// one delays neither the others nor any decision.
/// </summary>
public sealed class NotificationSender : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly IOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly ILogger<NotificationSender> _logger;
    private readonly WebhookClient _client;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);
    private readonly List<Running> _ending = [];
    private bool _disposed;

    /// <summary>Sends nothing until <see cref="Replace"/> names the channels.</summary>
    public NotificationSender(IOutbox outbox, TimeProvider time, ILogger<NotificationSender> logger) =>
        (_outbox, _time, _logger, _client) = (outbox, time, logger, new WebhookClient(time));

    private sealed record Running(ChannelDefinition Definition, Uri? Page, ChannelDelivery Delivery, Task Ended);

    /// <summary>
    /// Serves these channels from now on. A channel that stays as it was goes on where it is, and tries at once what
    /// waits for a retry, since its secret may have been renewed; a changed one begins when the call at hand of its
    /// predecessor has ended.
    /// </summary>
    /// <param name="channels">By name; the same names that the outbox writes for.</param>
    /// <param name="page">Where the status page is, for links to it; null for none.</param>
    public void Replace(IReadOnlyDictionary<string, ChannelDefinition> channels, Uri? page = null)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _ending.RemoveAll(running => running.Ended.IsCompleted);
            foreach (var (name, running) in _running.ToList())
            {
                if (channels.TryGetValue(name, out var definition) && definition.Equals(running.Definition) && page == running.Page)
                {
                    running.Delivery.Nudge();
                    continue;
                }

                running.Delivery.Stop();
                _ending.Add(running);
                _running.Remove(name);
            }

            foreach (var (name, definition) in channels)
            {
                if (!_running.ContainsKey(name))
                {
                    _running.Add(name, Start(name, definition, page));
                }
            }
        }
    }

    /// <summary>Stops the senders; calls at hand have three seconds to end, and what was not sent stays in the outbox.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Running> all;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            all = [.. _running.Values, .. _ending];
        }

        all.ForEach(running => running.Delivery.Stop());
        var ended = Task.WhenAll(all.Select(running => running.Ended));
        await Task.WhenAny(ended, Task.Delay(Grace, _time, CancellationToken.None));
        all.ForEach(running => running.Delivery.Abort());
        await ended;
        all.ForEach(running => running.Delivery.Dispose());
        _client.Dispose();
    }

    private Running Start(string name, ChannelDefinition definition, Uri? page)
    {
        var before = _ending.Where(running => running.Definition.Name == name).Select(running => running.Ended).ToList();
        var delivery = new ChannelDelivery(NotificationChannels.Create(definition, _client, new PageLinks(page), _time), _outbox, _time, Random.Shared, _logger);
        return new Running(definition, page, delivery, Task.Run(async () =>
        {
            await Task.WhenAll(before);
            await delivery.RunAsync();
        }));
    }
}
