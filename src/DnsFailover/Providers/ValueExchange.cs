namespace DnsFailover.Providers;

/// <summary>
/// How the records of a set come to hold other values, at a provider where each value is a record of its own: records that
/// hold a wanted value stay, the other records take the other values, and only what is missing or left over is created or
/// deleted. A record is left over only where another of its set stays, so that a set is without values at no step.
/// </summary>
/// <typeparam name="TRecord">A record as the provider keeps it.</typeparam>
/// <param name="Kept">Records whose value stays.</param>
/// <param name="Changed">Records that take another value, with that value.</param>
/// <param name="Missing">Values for which there is no record yet.</param>
/// <param name="LeftOver">Records that go.</param>
internal sealed record ValueExchange<TRecord>(
    IReadOnlyList<TRecord> Kept,
    IReadOnlyList<(TRecord Record, string Value)> Changed,
    IReadOnlyList<string> Missing,
    IReadOnlyList<TRecord> LeftOver)
    where TRecord : class
{
    /// <summary>Plans the exchange; the same input gives the same plan.</summary>
    /// <param name="present">The records of the set, in the order in which they shall take new values.</param>
    /// <param name="valueOf">A record's value, in the spelling of <paramref name="wanted"/>.</param>
    /// <param name="wanted">The values that the set shall have, each once.</param>
    public static ValueExchange<TRecord> Plan(IReadOnlyList<TRecord> present, Func<TRecord, string> valueOf, IReadOnlyList<string> wanted)
    {
        var kept = present.Where(record => wanted.Contains(valueOf(record))).DistinctBy(valueOf).ToList();
        var spare = present.Except(kept).ToList();
        var values = wanted.Except(kept.Select(valueOf)).ToList();
        return new ValueExchange<TRecord>(kept, [.. spare.Zip(values)], [.. values.Skip(spare.Count)], [.. spare.Skip(values.Count)]);
    }
}
