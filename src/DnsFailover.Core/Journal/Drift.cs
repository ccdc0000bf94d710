using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Journal;

/// <summary>Records that somebody else has changed and that are not taken for what shall be served.</summary>
/// <param name="Since">Since when it is known.</param>
/// <param name="Expected">What was there before, and is put back or waited for: the declared types, sorted.</param>
/// <param name="Response">What failover.yaml said of such a change when it was noticed.</param>
/// <param name="GivenUp">True when it was put back so often that this is a tug-of-war: it is waited for, whatever failover.yaml says.</param>
public sealed record Drift(DateTimeOffset Since, ValueList<RecordSet> Expected, OnDrift Response, bool GivenUp)
{
    /// <summary>After so many times within <see cref="TugOfWar"/>, putting back is given up.</summary>
    public const int MostRestores = 3;

    /// <summary>Who changes the records back so often within this time is another controller, or somebody determined.</summary>
    public static readonly TimeSpan TugOfWar = TimeSpan.FromHours(1);

    /// <summary>True when nothing is written until it is undone.</summary>
    public bool IsPaused => GivenUp || Response == OnDrift.Pause;

    /// <summary>True when these records hold what is expected.</summary>
    public bool IsUndoneIn(NameRecords live) => Expected.All(set => live[set.Type] is { } present && present.HasSameValues(set));
}
