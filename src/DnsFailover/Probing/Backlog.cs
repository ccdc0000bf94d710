namespace DnsFailover.Probing;

/// <summary>
/// How long work of probes has waited for a thread lately. Where it waits long, a probe that ran out of time says more of this machine than
/// of the endpoint: the reply may lie unread.
/// </summary>
/// <param name="time">Runs the intervals.</param>
internal sealed class Backlog(TimeProvider time)
{
    /// <summary>Less is a hiccup, which every machine has.</summary>
    private static readonly TimeSpan Hiccup = TimeSpan.FromMilliseconds(250);

    /// <summary>For a probe this is long: three times what is usual has at least this floor too.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMilliseconds(50);

    /// <summary>After so long it may be another one.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    /// <summary>It is remembered for 64 of them; longer ago, it is not looked at.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(100);

    // One cell a span: which span it is of (upper half) and the longest wait in it, in milliseconds (lower half).
    private readonly long[] _cells = new long[64];
    private readonly long _origin = time.GetTimestamp();

    /// <summary>Work has waited since a timestamp, and goes on now.</summary>
    public void Waited(long since)
    {
        var waited = (long)time.GetElapsedTime(since).TotalMilliseconds;
        var span = SpanOf(time.GetTimestamp());
        if (waited <= 0 || span <= 0)
        {
            return; // as nearly always
        }

        ref var cell = ref _cells[span % _cells.Length];
        var entry = (span << 32) | Math.Min(waited, int.MaxValue);
        for (var known = Volatile.Read(ref cell); known < entry; known = Volatile.Read(ref cell))
        {
            if (Interlocked.CompareExchange(ref cell, entry, known) == known)
            {
                return;
            }
        }
    }

    /// <summary>True when work had to wait long within the last moment.</summary>
    public bool IsLong() => LongestSince(time.GetTimestamp() - (long)(Moment.TotalSeconds * time.TimestampFrequency)) >= Long;

    /// <summary>The longest wait that ended since a timestamp.</summary>
    public TimeSpan LongestSince(long timestamp)
    {
        var (from, longest) = (SpanOf(timestamp), 0L);
        foreach (ref var cell in _cells.AsSpan())
        {
            var entry = Volatile.Read(ref cell);
            longest = entry >> 32 >= from ? Math.Max(longest, entry & int.MaxValue) : longest;
        }

        return TimeSpan.FromMilliseconds(longest);
    }

    /// <summary>
    /// True when a wait says more of a probe that is late than the endpoint does: a probe goes through the queue several times, so that
    /// with half of its limit in one of them, little was left for the endpoint.
    /// </summary>
    /// <param name="waited">The longest wait meanwhile.</param>
    /// <param name="limit">What the probe is given in all.</param>
    public static bool Explains(TimeSpan waited, TimeSpan limit) => waited >= limit / 2 && waited >= Hiccup;

    private long SpanOf(long timestamp) => 1 + (long)(time.GetElapsedTime(_origin, timestamp) / Span);
}
