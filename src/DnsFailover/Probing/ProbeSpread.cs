using DnsFailover.Core.Definitions;

namespace DnsFailover.Probing;

/// <summary>
/// Spreads the starts of probes, so that five hundred targets with one interval are not probed in one burst. The place
/// of a target follows from what it is: it is the same after a restart and on every replica.
/// </summary>
internal static class ProbeSpread
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>
    /// When the very first probe starts: soon, whatever the interval, since until then the health of a new target is
    /// Unknown; still spread over a second, or over the interval when that is shorter.
    /// </summary>
    public static TimeSpan First(TargetId target, TimeSpan interval) => (interval < Soon ? interval : Soon) * Fraction(target);

    /// <summary>When the second one starts: never longer than one interval after the first, spread over all of it.</summary>
    public static TimeSpan Second(TargetId target, TimeSpan interval) => First(target, interval) + (interval * Fraction(target));

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
