using DnsFailover.Core.Definitions;

namespace DnsFailover.Probing;

/// <summary>
/// Spreads the starts of probes, so that five hundred targets with one interval are not probed in one burst. The place
/// of a target follows from what it is: it is the same after a restart and on every replica.
/// </summary>
internal static class ProbeSpread
{
    /// <summary>First probes are begun at no higher pace, in targets each second: a start is no reason for a burst that the machine or a network on the way does not bear.</summary>
    private const double FirstsPerSecond = 2000;

    /// <summary>A TLS handshake takes twenty times as much of the processor as a plain probe, and the endpoint's machine may be this one.</summary>
    private const double FirstHandshakesPerSecond = 100;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Over how long the first probes of so many new targets are spread.</summary>
    /// <param name="targets">All of them.</param>
    /// <param name="handshakes">Those among them whose check begins with a TLS handshake.</param>
    public static TimeSpan Round(int targets, int handshakes) =>
        TimeSpan.FromSeconds(Math.Max(Soon.TotalSeconds, ((targets - handshakes) / FirstsPerSecond) + (handshakes / FirstHandshakesPerSecond)));

    /// <summary>
    /// When the very first probe starts: soon, whatever the interval, since until then the health of a new target is
    /// Unknown; still spread over the round. Few targets with an interval of less than a second begin within it.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="interval">Of its schedule.</param>
    /// <param name="round">That of all new targets together.</param>
    public static TimeSpan First(TargetId target, TimeSpan interval, TimeSpan round) => (interval < round && round <= Soon ? interval : round) * Fraction(target);

    /// <summary>When the second one starts: never longer than one interval after the first, spread over all of it.</summary>
    public static TimeSpan Second(TargetId target, TimeSpan interval, TimeSpan round) => First(target, interval, round) + (interval * Fraction(target));

    /// <summary>The place of a target, above 0 and at most 1 (FNV-1a with the finisher of MurmurHash3).</summary>
    private static double Fraction(TargetId target)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in $"{target.Service}\n{target.Endpoint}\n{target.Type}\n{target.Value}")
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
        hash ^= hash >> 33;
        return ((hash >> 11) + 1) / (double)(1UL << 53);
    }
}
