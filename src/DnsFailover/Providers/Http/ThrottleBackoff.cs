namespace DnsFailover.Providers.Http;

/// <summary>
/// How long to stay away from a vendor that says "too many calls" and not for how long: about a second, then twice as long
/// each time. Everybody who uses the account is told the same, so that the pauses are spread: they must not end at the same moment.
/// </summary>
/// <param name="random">Gives numbers from 0 to below 1.</param>
internal sealed class ThrottleBackoff(Func<double> random)
{
    private const int MostDoublings = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(32);

    private int _inARow;

    /// <summary>It was said once more.</summary>
    public TimeSpan Next()
    {
        var doublings = Math.Min(Interlocked.Increment(ref _inARow) - 1, MostDoublings);
        var pause = TimeSpan.FromSeconds(Math.Pow(2, doublings) * (0.75 + (random() / 2)));
        return pause < Longest ? pause : Longest;
    }

    /// <summary>A call was carried out: the next pause is a short one again.</summary>
    public void Succeeded() => Interlocked.Exchange(ref _inARow, 0);
}
