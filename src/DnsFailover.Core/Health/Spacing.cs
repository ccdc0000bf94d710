namespace DnsFailover.Core.Health;

/// <summary>How many of some probes began so far apart that each counts.</summary>
internal static class Spacing
{
    /// <summary>Two readings of the clock are compared to the millisecond.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(1);

    /// <summary>True when two starts are nearer to each other than that.</summary>
    public static bool IsNearer(DateTimeOffset? one, DateTimeOffset other, TimeSpan apart) => one is { } at && (at - other).Duration() < apart - Resolution;

    /// <summary>The largest number of these starts that are all so far apart: from the first on, each next one that is far enough.</summary>
    /// <param name="starts">Sorted.</param>
    /// <param name="apart">How far.</param>
    public static int Count(IEnumerable<DateTimeOffset> starts, TimeSpan apart)
    {
        var (count, last) = (0, default(DateTimeOffset?));
        foreach (var start in starts)
        {
            if (!IsNearer(last, start, apart))
            {
                (count, last) = (count + 1, start);
            }
        }

        return count;
    }
}
