using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Schedules;

namespace DnsFailover.Api;

/// <summary>Something that is to be sent, with the number of its newest change.</summary>
/// <param name="Number">It.</param>
/// <param name="Name">The service; null for the daemon as a whole.</param>
/// <param name="Event">What the event is called.</param>
/// <param name="Data">The document, as it is sent.</param>
internal sealed record FeedItem(long Number, DnsName? Name, string Event, ReadOnlyMemory<byte> Data);

/// <summary>
/// What has changed, for those who watch.
/// <para>
/// The intuition: nobody is told of changes, and no queue is kept for anybody. Who watches looks a few times a second; then what is
/// now is compared with what was then, and each service that looks different gets the next number. Who has seen everything up
/// to a number is sent what has a larger one, in its newest shape: who is slow, or comes back after a while, skips what was in
/// between. The control loop knows nothing of it.
/// </para>
/// </summary>
internal sealed class ChangeFeed
{
    /// <summary>So often it is looked, at the most.</summary>
    public static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(250);

    /// <summary>What time alone changes (a planned time begins) is seen within this.</summary>
    private static readonly TimeSpan LookAtAll = TimeSpan.FromSeconds(5);

    /// <summary>Services that are gone are remembered, so many of them.</summary>
    private const int MostGone = 1000;

    private readonly Lock _gate = new();
    private readonly Func<ControllerState?> _state;
    private readonly Func<string?> _notRecorded;
    private readonly Func<WindowCalendar> _calendar;
    private readonly TimeProvider _time;
    private readonly Dictionary<DnsName, LinkedListNode<FeedItem>> _services = [];
    private readonly Dictionary<DnsName, (string State, bool IsFrozen)> _words = [];
    private readonly LinkedList<FeedItem> _inOrder = new();
    private LinkedListNode<FeedItem>? _daemon;
    private ControllerState? _seen;
    private long _lookedAt;
    private long _lookedAtAll;
    private long _known;
    private long _newest;

    /// <summary>Nothing has been seen yet.</summary>
    /// <param name="state">How things are; null before the first step.</param>
    /// <param name="notRecorded">Why what happens cannot be recorded; null while it can.</param>
    /// <param name="calendar">The planned times in effect.</param>
    /// <param name="time">The clock.</param>
    public ChangeFeed(Func<ControllerState?> state, Func<string?> notRecorded, Func<WindowCalendar> calendar, TimeProvider time)
    {
        (_state, _notRecorded, _calendar, _time) = (state, notRecorded, calendar, time);

        // Larger than any number of a daemon that ran before: one that has restarted is not taken for the same.
        _known = _newest = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
    }

    /// <summary>Looks, unless somebody just has, and gives the number of the newest change.</summary>
    public long Look()
    {
        lock (_gate)
        {
            if (_state() is { } state && (_seen is null || _time.GetElapsedTime(_lookedAt) >= Pulse))
            {
                _lookedAt = _time.GetTimestamp();
                Compare(state);
            }

            return _newest;
        }
    }

    /// <summary>True when everything that changed since this number is known.</summary>
    public bool Knows(long number)
    {
        lock (_gate)
        {
            return number >= _known && number <= _newest;
        }
    }

    /// <summary>What has changed since this number, in order.</summary>
    public IReadOnlyList<FeedItem> Since(long number, DnsName? only)
    {
        lock (_gate)
        {
            var items = new List<FeedItem>();
            for (var node = _inOrder.Last; node is not null && node.Value.Number > number; node = node.Previous)
            {
                if (only is null || node.Value.Name is null || node.Value.Name == only)
                {
                    items.Add(node.Value);
                }
            }

            items.Reverse();
            return items;
        }
    }

    private void Compare(ControllerState state)
    {
        var isFirst = _seen is null;
        var all = isFirst || !ReferenceEquals(_seen!.Overrides, state.Overrides) || !ReferenceEquals(_seen.Configuration, state.Configuration) || _seen.Drill?.Number != state.Drill?.Number || _time.GetElapsedTime(_lookedAtAll) >= LookAtAll;
        var now = _time.GetUtcNow();
        if (all)
        {
            _lookedAtAll = _time.GetTimestamp();
        }

        foreach (var (name, service) in state.Services)
        {
            if (!service.Retired && (all || !ReferenceEquals(_seen!.Services.GetValueOrDefault(name), service)))
            {
                var summary = new ServiceView(service, state, now).Summary();
                _words[name] = (summary.State, summary.Frozen is not null);
                _services[name] = Put(_services.GetValueOrDefault(name), name, "service", JsonSerializer.SerializeToUtf8Bytes(summary, ReplyContext.Default.ServiceSummaryDocument), isFirst);
            }
        }

        if (all)
        {
            foreach (var (name, node) in _services.Where(pair => pair.Value.Value.Event != "gone" && !(state.Services.TryGetValue(pair.Key, out var service) && !service.Retired)).ToList())
            {
                _words.Remove(name);
                _services[name] = Put(node, name, "gone", JsonSerializer.SerializeToUtf8Bytes(new GoneDocument(name.ToString()), ReplyContext.Default.GoneDocument), isFirst);
            }
        }

        if (all || !ReferenceEquals(_seen, state))
        {
            _daemon = Put(_daemon, name: null, "daemon", JsonSerializer.SerializeToUtf8Bytes(new StatusReport(state, _calendar(), now, _notRecorded()).Daemon(_words.Values), ReplyContext.Default.DaemonDocument), isFirst);
        }

        _seen = state;
        ForgetGone();
    }

    /// <summary>Gives it the next number if it looks different; what is seen first has been loaded by everybody.</summary>
    private LinkedListNode<FeedItem> Put(LinkedListNode<FeedItem>? node, DnsName? name, string kind, byte[] data, bool isFirst)
    {
        if (node is not null && node.Value.Data.Span.SequenceEqual(data))
        {
            return node;
        }

        if (node is not null)
        {
            _inOrder.Remove(node);
        }

        return _inOrder.AddLast(new FeedItem(isFirst ? _newest : ++_newest, name, kind, data));
    }

    private void ForgetGone()
    {
        var surplus = _services.Count - _seen!.Services.Count - MostGone;
        for (var node = _inOrder.First; node is not null && surplus > 0;)
        {
            var next = node.Next;
            if (node.Value is { Event: "gone", Name: { } name })
            {
                _services.Remove(name);
                _inOrder.Remove(node);
                _known = node.Value.Number;
                surplus--;
            }

            node = next;
        }
    }
}
