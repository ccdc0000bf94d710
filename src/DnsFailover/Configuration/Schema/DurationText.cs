using System.Globalization;
using System.Text;

namespace DnsFailover.Configuration.Schema;

/// <summary>Durations as the file spells them: <c>500ms</c>, <c>10s</c>, <c>1m30s</c>, <c>1h</c>, <c>7d</c>.</summary>
internal static class DurationText
{
    /// <summary>Matches what <see cref="TryParse"/> takes; for the JSON schema.</summary>
    public const string Pattern = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Whole numbers with units, the larger unit first, each unit once.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        var rest = text.AsSpan();
        var (ticks, nextUnit) = (0L, 0);
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is <= 0 or > 9)
            {
                return false;
            }

            var letters = rest[digits..].IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? rest[digits..].ToString() : rest.Slice(digits, letters).ToString();
            var index = Array.FindIndex(Units, known => known.Unit == unit);
            if (index < nextUnit)
            {
                return false;
            }

            ticks += long.Parse(rest[..digits], CultureInfo.InvariantCulture) * Units[index].Ticks;
            nextUnit = index + 1;
            rest = rest[(digits + unit.Length)..];
        }

        value = new TimeSpan(ticks);
        return text.Length > 0 && ticks >= 0;
    }

    /// <summary>The shortest spelling that <see cref="TryParse"/> reads back.</summary>
    public static string Format(TimeSpan value)
    {
        var (text, ticks) = (new StringBuilder(), value.Ticks);
        foreach (var (unit, size) in Units)
        {
            if (ticks >= size)
            {
                text.Append(CultureInfo.InvariantCulture, $"{ticks / size}{unit}");
                ticks %= size;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }
}
