namespace DnsFailover.Core.Records;

/// <summary>
/// One RRset before and after. There is no way to ask for a removal: <see cref="After"/> is a set, and a set has values.
/// </summary>
/// <param name="Before">Exactly what was read, and the condition of the write; null when the name has no such set.</param>
/// <param name="After">What it shall be.</param>
public sealed record RecordChange(RecordSet? Before, RecordSet After)
{
    /// <summary>For example <c>A 192.0.2.1 → 198.51.100.1</c>.</summary>
    public override string ToString() =>
        Before is null ? $"{After.Type} (none) → {After.Values}, TTL {(long)After.Ttl.TotalSeconds}"
        : Before.HasSameValues(After) ? $"{After.Type} {After.Values}, TTL {(long)Before.Ttl.TotalSeconds} → {(long)After.Ttl.TotalSeconds}"
        : Before.Ttl == After.Ttl ? $"{After.Type} {Before.Values} → {After.Values}"
        : $"{After.Type} {Before.Values} → {After.Values}, TTL {(long)Before.Ttl.TotalSeconds} → {(long)After.Ttl.TotalSeconds}";
}

/// <summary>Changes to one name that are applied as one, each on condition of its <see cref="RecordChange.Before"/>.</summary>
/// <param name="Id">Counts the changes of one name upwards; the same number is in the intent and its outcome.</param>
/// <param name="Name">The name whose records change.</param>
/// <param name="Changes">At least one, sorted by type.</param>
public sealed record ChangeSet(long Id, DnsName Name, ValueList<RecordChange> Changes)
{
    /// <summary>The mark that the records shall carry afterwards, where the provider has marks; null leaves marks alone.</summary>
    public string? Owner { get; init; }

    /// <summary>True when the records hold what this change set wants.</summary>
    public bool IsAppliedIn(NameRecords records) => Changes.All(change => records[change.After.Type] is { } set && set.HasSameValues(change.After));

    /// <summary>True when the records are what they were before.</summary>
    public bool IsUntouchedIn(NameRecords records) => Changes.All(change => Equals(records[change.After.Type], change.Before));

    /// <summary>The changes, separated by a semicolon.</summary>
    public override string ToString() => string.Join("; ", Changes);
}
