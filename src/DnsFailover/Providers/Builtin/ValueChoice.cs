using DnsFailover.Core;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Builtin;

/// <summary>Which values of an RRset one query is answered with.</summary>
internal static class ValueChoice
{
    /// <summary>
    /// One value picked by weight where values carry weights (a weight of 0 only when all are 0); otherwise all values,
    /// rotated, because clients tend to take the first.
    /// </summary>
    /// <param name="values">The values of the set.</param>
    /// <param name="random">A number from 0 to below its argument.</param>
    public static ReadOnlySpan<RecordValue> Choose(ValueList<RecordValue> values, Func<int, int> random)
    {
        if (values.Count == 1)
        {
            return new[] { values[0] };
        }

        return values.Any(value => value.Weight is not null) ? new[] { ByWeight(values, random) } : Rotated(values, random(values.Count));
    }

    private static RecordValue ByWeight(ValueList<RecordValue> values, Func<int, int> random)
    {
        var total = values.Sum(value => value.Weight ?? 1);
        if (total == 0)
        {
            return values[random(values.Count)];
        }

        var ticket = random(total);
        foreach (var value in values)
        {
            ticket -= value.Weight ?? 1;
            if (ticket < 0)
            {
                return value;
            }
        }

        return values[^1];
    }

    private static RecordValue[] Rotated(ValueList<RecordValue> values, int start)
    {
        var rotated = new RecordValue[values.Count];
        for (var index = 0; index < rotated.Length; index++)
        {
            rotated[index] = values[(start + index) % rotated.Length];
        }

        return rotated;
    }
}
