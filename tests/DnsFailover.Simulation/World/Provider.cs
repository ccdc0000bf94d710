using DnsFailover.Core.Control;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>What can be wrong with a provider.</summary>
internal enum Illness
{
    /// <summary>Every call ends with 503.</summary>
    ServerErrors,

    /// <summary>Every call ends with 429, and asks to wait.</summary>
    Throttling,

    /// <summary>Writes are refused: the credential was taken away.</summary>
    Forbidden,

    /// <summary>Calls are never answered.</summary>
    Silent,

    /// <summary>What is written is written, but the reply gets lost.</summary>
    LosingReplies,

    /// <summary>Reads show what was there some time ago.</summary>
    Stale,

    /// <summary>Every call takes seconds.</summary>
    Slow,

    /// <summary>The name servers lag behind.</summary>
    Lagging,

    /// <summary>Of several sets only the first is written. It has no atomic batch.</summary>
    HalfWriting,

    /// <summary>What is in front of it gives up at once with 504, and the write takes place all the same: before, or a moment later.</summary>
    GatewayTimeouts,
}

/// <summary>What a provider is like.</summary>
/// <param name="Name">As the configuration has it.</param>
/// <param name="Conditional">Whether it compares and writes as one; else it is read again just before.</param>
/// <param name="AtomicBatch">Whether several sets are written as one.</param>
/// <param name="Marks">Whether records carry the mark of their owner.</param>
/// <param name="SmallestTtl">Below which it puts every TTL up.</param>
internal sealed record ProviderTraits(string Name, bool Conditional, bool AtomicBatch, bool Marks, TimeSpan SmallestTtl);

/// <summary>A write that took place.</summary>
/// <param name="Number">Counts everything that was written at this provider.</param>
/// <param name="Before">What was there.</param>
/// <param name="After">What is there now.</param>
internal sealed record Written(long Number, NameRecords Before, NameRecords After);

/// <summary>A place that holds records: what they really are, and how it treats its callers.</summary>
internal sealed class Provider(ProviderTraits traits, int seed, Clock clock)
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Dice _dice = Dice.Of(seed, $"provider {traits.Name}");
    private readonly Dictionary<DnsName, List<(TimeSpan At, NameRecords Records)>> _history = [];
    private readonly List<Illness> _illnesses = [];
    private long _writes;

    public ProviderTraits Traits => traits;

    public IList<Illness> Illnesses => _illnesses;

    /// <summary>True once reads have been stale.</summary>
    public bool WasStale { get; set; }

    public bool IsHealthy => _illnesses.Count == 0;

    /// <summary>How long it asks to be left alone while it throttles.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>When somebody last wrote a name besides us.</summary>
    public Dictionary<DnsName, TimeSpan> MeddledAt { get; } = [];

    private readonly Dictionary<DnsName, int> _meddlings = [];

    /// <summary>True once somebody has written a name so often that it may be given up, until somebody changes onDrift.</summary>
    public bool IsTugOfWar(DnsName name) => _meddlings.GetValueOrDefault(name) > Drift.MostRestores;

    /// <summary>Somebody besides us writes a name.</summary>
    public void Meddle(NameRecords records)
    {
        MeddledAt[records.Name] = clock.Now;
        _meddlings[records.Name] = _meddlings.GetValueOrDefault(records.Name) + 1;
        Set(records);
    }

    public NameRecords Of(DnsName name) => _history.TryGetValue(name, out var history) ? history[^1].Records : NameRecords.Create(name, []);

    public bool Has(Illness illness) => _illnesses.Count > 0 && _illnesses.Contains(illness);

    /// <summary>Somebody writes; who, does not matter here.</summary>
    public Written Set(NameRecords records)
    {
        var before = Of(records.Name);
        if (!_history.TryGetValue(records.Name, out var history))
        {
            _history[records.Name] = history = [];
        }

        var normal = NameRecords.Create(records.Name, records.Sets.Select(Normalised)) with { Owner = traits.Marks ? records.Owner : null };
        history.Add((clock.Now, normal));
        if (history.Count > 50)
        {
            history.RemoveRange(0, 25);
        }

        return new Written(++_writes, before, normal);
    }

    /// <summary>How long a call takes until the provider acts, and from there to its answer.</summary>
    public (TimeSpan Until, TimeSpan Back) Latency()
    {
        var slow = Has(Illness.Slow) ? _dice.Seconds(1, 6) : TimeSpan.Zero;
        return (_dice.Seconds(0.02, 0.1) + (slow / 2), _dice.Seconds(0.02, 0.1) + (slow / 2));
    }

    /// <summary>Why a call is answered with a failure, so that nothing comes of it; null when it is not.</summary>
    public (ProviderFailure Failure, string Reason, TimeSpan? RetryAfter)? Refuses(bool isWrite) =>
        _illnesses.Count == 0 ? null
        : Has(Illness.ServerErrors) ? (ProviderFailure.Transient, "503 Service Unavailable", null)
        : Has(Illness.Throttling) ? (ProviderFailure.Transient, "429 Too Many Requests", RetryAfter)
        : Has(Illness.Forbidden) && isWrite ? (ProviderFailure.Rejected, "403 Forbidden: the credential may not write", null)
        : null;

    /// <summary>What a read that is answered now shows.</summary>
    public NameRecords Show(DnsName name)
    {
        if (!Has(Illness.Stale) || !_history.TryGetValue(name, out var history))
        {
            return Of(name);
        }

        var asOf = clock.Now - _dice.Seconds(0, 20);
        return history.FindLast(item => item.At <= asOf) is { Records: { } old } ? old : history[0].Records;
    }

    /// <summary>Writes on condition of what was there.</summary>
    /// <returns>What was written; null when the condition does not hold.</returns>
    public (Written? Written, bool IsPartial) Write(ChangeSet change)
    {
        var before = Of(change.Name);
        var basis = traits.Conditional ? before : Show(change.Name); // read again just before, which may show an older state too
        if (!change.IsUntouchedIn(basis))
        {
            return (null, false);
        }

        var partial = !traits.AtomicBatch && change.Changes.Count > 1 && Has(Illness.HalfWriting);
        var changes = partial ? change.Changes.Take(1).ToList() : [.. change.Changes];
        var kept = before.Sets.Where(set => !changes.Exists(item => item.After.Type == set.Type));
        var after = NameRecords.Create(change.Name, kept.Concat(changes.Select(item => item.After))) with { Owner = change.Owner ?? before.Owner };
        return (Set(after), partial);
    }

    private RecordSet Normalised(RecordSet set) =>
        set.Ttl >= traits.SmallestTtl || set.IsDescribed ? set : RecordSet.Create(set.Name, set.Type, traits.SmallestTtl, set.Values);
}
