using System.Text.Json.Nodes;

namespace DnsFailover.Benchmarks;

/// <summary>The middle and the worst of a set of measurements.</summary>
internal sealed record Figures(TimeSpan Median, TimeSpan Worst)
{
    /// <summary>Of at least one measurement.</summary>
    public static Figures Of(IEnumerable<TimeSpan> measurements)
    {
        var sorted = measurements.Order().ToList();
        var middle = sorted.Count / 2;
        return new Figures(sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[^1]);
    }

    /// <summary>In milliseconds.</summary>
    public JsonObject ToJson() => new() { ["medianMs"] = Math.Round(Median.TotalMilliseconds, 2), ["worstMs"] = Math.Round(Worst.TotalMilliseconds, 2) };

    /// <summary>The cells of a table.</summary>
    public string[] Cells(string name) => [name, Ms(Median), Ms(Worst)];

    private static string Ms(TimeSpan time) => $"{time.TotalMilliseconds:0.0} ms";
}
