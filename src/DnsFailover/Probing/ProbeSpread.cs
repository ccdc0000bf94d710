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

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Over how long the first probes of so many new targets are spread.</summary>
    public static TimeSpan Round(int targets) => TimeSpan.FromSeconds(Math.Max(Soon.TotalSeconds, targets / FirstsPerSecond));

    /// <summary>
    /// When the very first probe starts: soon, whatever the interval, since until then the health of a new target is
    /// Unknown; still spread over the round, or over the interval when that is shorter.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="interval">Of its schedule.</param>
    /// <param name="round">That of all new targets together.</param>
    public static TimeSpan First(TargetId target, TimeSpan interval, TimeSpan round) => (interval < round ? interval : round) * Fraction(target);

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
