using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What goes wrong with a write.</summary>
internal enum WriteFault
{
    None,
    Transient,
    Rejected,
    LostRequest,
    LostReply,
    OnlyTheFirstType,
}

/// <summary>A provider in a few lines: it keeps records, writes on condition of what was read, and fails when told to.</summary>
internal sealed class TinyProvider
{
    private readonly Dictionary<DnsName, NameRecords> _before = [];

    public Dictionary<DnsName, NameRecords> Records { get; } = [];

    public TimeSpan ReadTakes { get; set; } = Given.Seconds(0.02);

    public TimeSpan WriteTakes { get; set; } = Given.Seconds(0.05);

    /// <summary>Asked at each read; a sentence makes it fail.</summary>
    public Func<string?> ReadFault { get; set; } = () => null;

    /// <summary>Asked at each write.</summary>
    public Func<WriteFault> WriteFaults { get; set; } = () => WriteFault.None;

    public TimeSpan? RetryAfter { get; set; }

    /// <summary>While true, reads (also those behind a write) show what was there before the last write.</summary>
    public bool LagsBehind { get; set; }

    public TimeSpan SmallestTtl { get; set; }

    public int Reads { get; private set; }

    public List<(DateTimeOffset At, ChangeSet Change)> Writes { get; } = [];

    public NameRecords Of(DnsName name) => Records.TryGetValue(name, out var records) ? records : NameRecords.Create(name, []);

    public ControllerEvent Read(DnsName name, long requestId)
    {
        Reads++;
        return ReadFault() is { } fault
            ? new ControllerEvent.ReadFailed(name, requestId, fault, RetryAfter)
            : new ControllerEvent.RecordsRead(name, requestId, Shown(name));
    }

    public ControllerEvent Apply(ChangeSet change, DateTimeOffset now)
    {
        var fault = WriteFaults();
        if (fault is WriteFault.Transient or WriteFault.Rejected or WriteFault.LostRequest)
        {
            var meaning = fault switch
            {
                WriteFault.Transient => ProviderFailure.Transient,
                WriteFault.Rejected => ProviderFailure.Rejected,
                _ => ProviderFailure.Ambiguous,
            };
            return new ControllerEvent.ChangeFailed(change.Name, change.Id, meaning, $"the write met {fault}", RetryAfter);
        }

        var before = Of(change.Name);
        if (!change.IsUntouchedIn(before))
        {
            return new ControllerEvent.ChangeFailed(change.Name, change.Id, ProviderFailure.Conflict, "the records are not what was read", RetryAfter: null);
        }

        var written = (fault == WriteFault.OnlyTheFirstType ? change.Changes.Take(1) : change.Changes).Select(item => Normalise(item.After)).ToList();
        _before[change.Name] = before;
        Records[change.Name] = NameRecords.Create(change.Name, before.Sets.Where(set => !written.Exists(other => other.Type == set.Type)).Concat(written));
        Writes.Add((now, change));
        return fault == WriteFault.LostReply
            ? new ControllerEvent.ChangeFailed(change.Name, change.Id, ProviderFailure.Ambiguous, "the reply was lost", RetryAfter: null)
            : new ControllerEvent.ChangeApplied(change.Name, change.Id, Shown(change.Name));
    }

    private NameRecords Shown(DnsName name) => LagsBehind && _before.TryGetValue(name, out var before) ? before : Of(name);

    private RecordSet Normalise(RecordSet set) => set.Ttl >= SmallestTtl ? set : RecordSet.Create(set.Name, set.Type, SmallestTtl, set.Values);
}
