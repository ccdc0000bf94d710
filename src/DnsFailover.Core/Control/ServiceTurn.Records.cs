using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What becomes of reads, writes and verifications.</summary>
internal sealed partial class ServiceTurn
{
    private const string ReadTrouble = "provider-read";

    private const string WriteTrouble = "provider-write";

    /// <summary>So many failures in a row are told; fewer pass by themselves within seconds, and the switch's own alert says all.</summary>
    private const int PatientFailures = 3;

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);

    /// <summary>The live records came.</summary>
    public void Read(ControllerEvent.RecordsRead read)
    {
        if (_state.PendingRead != read.RequestId)
        {
            return; // the answer to a question that was given up
        }

        if (_state is { Live: { } before, Change: null } && before != read.Records)
        {
            _entries.Add(new DriftNoticed { At = now, Service = Name, Expected = Spell(before), Actual = Spell(read.Records) });
        }

        _state = _state with
        {
            Live = IsElsewhere ? null : read.Records,
            LiveReadAt = now,
            PendingRead = null,
            ReadFailures = 0,
            Preparing = _state.Preparing is { } preparing && preparing.ReadRequest == read.RequestId ? preparing with { ReadDone = true } : _state.Preparing,
        };
        Clear(ReadTrouble, _ => $"the records of {Name} can be read at {Definition.Provider} again");
        if (_state.Change is { Stage: ChangeStage.Resolving } change)
        {
            Resolve(change, read.Records);
        }

        Advance();
    }

    /// <summary>They could not be read; it is tried again, and nothing is taken for gone.</summary>
    public void ReadFailed(ControllerEvent.ReadFailed failed)
    {
        if (_state.PendingRead != failed.RequestId)
        {
            return;
        }

        if (failed.ProviderGone && _state.Change is { Stage: ChangeStage.Resolving } change)
        {
            // A reload took the provider away. To wait for its word would hold the name for ever; where it lives now
            // is read before anything is written there.
            _state = _state with { PendingRead = null, Preparing = null, Live = null };
            NotWritten(change, ChangeResult.Failed, $"{change.Trouble}, and its outcome cannot be found out: {failed.Reason}", retryAfter: null);
            Advance();
            return;
        }

        var wanted = _state.Preparing is not null || _state.Change is not null;
        _state = _state with { PendingRead = null, Preparing = null, ReadFailures = _state.ReadFailures + 1 };
        BackOff(_state.ReadFailures, failed.RetryAfter);
        if (_state.ReadFailures >= PatientFailures || (wanted && IsLongWait))
        {
            Raise(new Trouble(ReadTrouble, AlertKind.Refused, $"{Name} cannot be changed", $"its records cannot be read at {Definition.Provider}: {failed.Reason}", CannotAct));
        }

        Revisit();
    }

    /// <summary>The change was written; now the authoritative servers are asked.</summary>
    public void Applied(ControllerEvent.ChangeApplied applied)
    {
        if (_state.Change is not { Stage: ChangeStage.Applying } change || change.Intent.Change.Id != applied.ChangeId)
        {
            return;
        }

        _state = _state with { Live = IsElsewhere ? null : applied.ReadBack, LiveReadAt = now };
        if (change.Intent.Change.IsAppliedIn(applied.ReadBack))
        {
            StartVerification(change);
        }
        else
        {
            NotWritten(change, ChangeResult.Rejected, $"{Definition.Provider} took the change, but holds {Spell(applied.ReadBack)}", retryAfter: LongestBackoff, applied.ReadBack);
        }

        Advance();
    }

    /// <summary>The change was not written, or not for certain.</summary>
    public void ApplyFailed(ControllerEvent.ChangeFailed failed)
    {
        if (_state.Change is not { Stage: ChangeStage.Applying } change || change.Intent.Change.Id != failed.ChangeId)
        {
            return;
        }

        _state = _state with { Live = null }; // whatever happened, what was read before is not to be relied on
        switch (failed.Failure)
        {
            case ProviderFailure.Ambiguous:
                _state = _state with { Change = change with { Stage = ChangeStage.Resolving, Trouble = failed.Reason } };
                break;
            case ProviderFailure.Conflict:
                NotWritten(change, ChangeResult.Conflict, failed.Reason, failed.RetryAfter);
                break;
            case ProviderFailure.Rejected:
                NotWritten(change, ChangeResult.Rejected, failed.Reason, failed.RetryAfter ?? LongestBackoff);
                break;
            default:
                NotWritten(change, ChangeResult.Failed, failed.Reason, failed.RetryAfter);
                break;
        }

        Advance();
    }

    /// <summary>The authoritative servers answer the change, or the bound has passed: the outcome.</summary>
    public void Verified(ControllerEvent.VerificationEnded ended)
    {
        if (_state.Change is not { Stage: ChangeStage.Verifying } change || change.Intent.Change.Id != ended.ChangeId)
        {
            return;
        }

        var writtenAt = change.WrittenAt ?? now;
        var holdDowns = HoldDownsWith(change.Intent.Switched, writtenAt);
        var intent = change.Intent;
        var timings = new SwitchTimings(intent.VerdictAt - intent.FirstFailureAt, intent.At - intent.VerdictAt, writtenAt - intent.At, ended.Verified ? now - writtenAt : null);
        _state = _state with { Change = null, HoldDowns = holdDowns, WriteFailures = 0 };
        _entries.Add(new OutcomeRecorded
        {
            At = now,
            Service = Name,
            ChangeId = ended.ChangeId,
            Result = ended.Verified ? ChangeResult.Verified : ChangeResult.Unverified,
            Reason = ended.Reason,
            HoldDowns = holdDowns,
            Timings = timings,
        });
        _alerts.Add(SwitchAlert(intent, timings, ended));
        Clear(WriteTrouble, _ => $"{Definition.Provider} takes changes of {Name} again");
        Advance();
    }

    /// <summary>True when the change under way is at a provider that a reload has replaced: its records are not the live ones.</summary>
    private bool IsElsewhere => _state.Change is { } change && change.Provider != Definition.Provider;

    /// <summary>Asks for the live records, unless that is under way; gives the number of the request.</summary>
    private long RequestRead()
    {
        if (_state.PendingRead is { } pending)
        {
            return pending;
        }

        var id = NextId();
        _requests.Add(new Effect.ReadRecords(Name, _state.Change?.Provider ?? Definition.Provider, id));
        _state = _state with { PendingRead = id };
        return id;
    }

    /// <summary>An ambiguous outcome is resolved by reading, never by writing again blind.</summary>
    private void Resolve(ChangeUnderWay change, NameRecords live)
    {
        // Untouched goes first: a change of the TTL alone leaves the values as they are, so that they prove nothing.
        if (change.Intent.Change.IsUntouchedIn(live))
        {
            NotWritten(change, ChangeResult.Failed, $"it was not written: {change.Trouble}", retryAfter: null);
        }
        else if (change.Intent.Change.IsAppliedIn(live))
        {
            StartVerification(change);
        }
        else
        {
            NotWritten(change, ChangeResult.Conflict, $"{change.Trouble}, and the records are now {Spell(live)}", retryAfter: null, live);
        }
    }

    private void StartVerification(ChangeUnderWay change)
    {
        var written = change.Intent.Change.Changes.Select(item => item.After).ToValueList();
        _state = _state with
        {
            Change = change with { Stage = ChangeStage.Verifying, WrittenAt = now },
            TtlMended = Definition.Ttl is null ? _state.TtlMended : _state.TtlMended.Union(written.Select(set => set.Type)),
        };
        _requests.Add(new Effect.Verify(Name, change.Provider, change.Intent.Change.Id, written));
    }

    /// <summary>The change set is not in effect as a whole; where the records are known, a type that has moved nevertheless is held down.</summary>
    private void NotWritten(ChangeUnderWay change, ChangeResult result, string reason, TimeSpan? retryAfter, NameRecords? live = null)
    {
        var moved = change.Intent.Change.Changes.Where(item => live?[item.After.Type] is { } set && set.HasSameValues(item.After)).Select(item => item.After.Type);
        var holdDowns = HoldDownsWith(change.Intent.Switched.Intersect(moved).ToValueList(), now);
        _entries.Add(new OutcomeRecorded { At = now, Service = Name, ChangeId = change.Intent.Change.Id, Result = result, Reason = reason, HoldDowns = holdDowns });
        _state = _state with { Change = null, HoldDowns = holdDowns, WriteFailures = _state.WriteFailures + 1 };
        BackOff(_state.WriteFailures, retryAfter);
        if (result is not ChangeResult.Rejected && _state.WriteFailures < PatientFailures && !IsLongWait)
        {
            return; // somebody was faster, a reply was lost, the daemon was restarted: it is decided again at once
        }

        Raise(new Trouble(
            WriteTrouble,
            AlertKind.Refused,
            $"{change.Intent.Decision} of {Name} from {change.Intent.From} to {change.Intent.To} was not written",
            $"{Definition.Provider}: {reason}",
            CannotAct));
    }

    private ValueList<HoldDown> HoldDownsWith(ValueList<RecordType> switched, DateTimeOffset at) =>
        _state.HoldDowns.Where(hold => !switched.Contains(hold.Type)).Concat(switched.Select(type => new HoldDown(type, at))).OrderBy(hold => hold.Type).ToValueList();

    /// <summary>True when the provider is left alone for so long that a person should know.</summary>
    private bool IsLongWait => _state.RetryAt - now > LongWait;

    /// <summary>Not before this is the provider asked again; the first time soon, then ever later.</summary>
    private void BackOff(int failures, TimeSpan? retryAfter)
    {
        var delay = TimeSpan.FromSeconds(Math.Min(LongestBackoff.TotalSeconds, Math.Pow(2, Math.Min(failures, 10) - 1) / 2));
        _state = _state with { RetryAt = now + (retryAfter > delay ? retryAfter.Value : delay) };
    }

    private string CannotAct => $"The records stay as they are. It is decided again, not replayed, {(_state.RetryAt is { } at ? $"in {Text.Of(at - now)}" : "soon")}.";

    private static string Spell(NameRecords records) => records.Sets.Count == 0 ? "nothing" : string.Join("; ", records.Sets.Select(set => $"{set.Type} {set.Values} (TTL {(long)set.Ttl.TotalSeconds})"));

    private Alert SwitchAlert(IntentRecorded intent, SwitchTimings timings, ControllerEvent.VerificationEnded ended) => new()
    {
        Kind = !ended.Verified ? AlertKind.Unverified : intent.Decision switch
        {
            DecisionKind.Failover => AlertKind.Failover,
            DecisionKind.Failback => AlertKind.Failback,
            _ => AlertKind.Shift,
        },
        At = now,
        Service = Name,
        Title = $"{Name} {(intent.From == intent.To ? $"stays at {intent.To}; its records are mended" : $"{Verb(intent.Decision)} {intent.From} to {intent.To}")}{(ended.Verified ? string.Empty : ", but not every name server answers it yet")}",
        From = intent.From,
        To = intent.To,
        Reason = ended.Verified ? intent.Reason : $"{intent.Reason}; {ended.Reason}",
        Evidence = intent.Evidence,
        Timings = timings,
        Downtime = intent.Decision == DecisionKind.Failover && intent.FirstFailureAt is { } since ? now - since : null,
        Next = WhatNext(intent.Decision),
    };

    private static string Verb(DecisionKind kind) => kind switch
    {
        DecisionKind.Failover => "failed over from",
        DecisionKind.Failback => "failed back from",
        _ => "shifted from",
    };

    private string WhatNext(DecisionKind kind) => kind switch
    {
        DecisionKind.Failover when Definition.Failback.Mode == Definitions.FailbackMode.Manual => "Failback is manual: traffic stays there until an operator moves it back.",
        DecisionKind.Failover => $"Traffic returns once the preferred endpoint has been up for {Text.Of(Definition.Failback.Delay)}.",
        DecisionKind.Failback => "Nothing to do. Every endpoint is watched as before.",
        _ => "Nothing to do.",
    };
}
