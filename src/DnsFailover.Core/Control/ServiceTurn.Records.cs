using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What becomes of reads, writes and verifications.</summary>
internal sealed partial class ServiceTurn
{
    /// <summary>From one try at the servers that lag behind to the next.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    /// <summary>However long a provider asks us to wait, the name must not be left alone for longer.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(15);

    private const string ReadTroubles = "provider-read:";

    private const string WriteTroubles = "provider-write:";

    private const string UnverifiedTroubles = "unverified:";

    /// <summary>So many failures in a row are told; fewer pass by themselves within seconds, and the switch's own alert says all.</summary>
    private const int PatientFailures = 3;

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);

    private string ReadTrouble => ReadTroubles + _at;

    private string WriteTrouble => WriteTroubles + _at;

    private string UnverifiedTrouble => UnverifiedTroubles + _at;

    /// <summary>The live records came.</summary>
    public void Read(ControllerEvent.RecordsRead read)
    {
        if (!LookAt(copy => copy.PendingRead == read.RequestId))
        {
            return; // the answer to a question that was given up
        }

        if (Copy.Change is null)
        {
            JudgeDrift(TakeWhatIsLate(read.Records), read.Records);
        }

        Copy = Copy with
        {
            Live = read.Records,
            Expected = read.Records,
            LiveReadAt = now,
            PendingRead = null,
            ReadFailures = 0,
            Trouble = null,
            Preparing = Copy.Preparing is { } preparing && preparing.ReadRequest == read.RequestId ? preparing with { ReadDone = true } : Copy.Preparing,
        };
        Clear(ReadTrouble, _ => $"the records of {Name} can be read at {_at} again");
        if (Copy.Change is { Stage: ChangeStage.Resolving } change)
        {
            Resolve(change, read.Records);
        }

        Advance();
    }

    /// <summary>They could not be read; it is tried again, and nothing is taken for gone.</summary>
    public void ReadFailed(ControllerEvent.ReadFailed failed)
    {
        if (!LookAt(copy => copy.PendingRead == failed.RequestId))
        {
            return;
        }

        if (failed.ProviderGone && Copy.Change is { Stage: ChangeStage.Resolving } change)
        {
            // A reload took the provider away. To wait for its word would hold the name for ever; where it lives now
            // is read before anything is written there.
            Copy = Copy with { PendingRead = null, Preparing = null, Live = null };
            NotWritten(change, ChangeResult.Failed, $"{change.Trouble}, and its outcome cannot be found out: {failed.Reason}", retryAfter: null);
            Advance();
            return;
        }

        var wanted = Copy.Preparing is { WantedSince: not null } || Copy.Change is not null;
        Copy = Copy with { PendingRead = null, Preparing = null, ReadFailures = Copy.ReadFailures + 1, Trouble = failed.Reason };
        BackOff(Copy.ReadFailures, failed.RetryAfter);
        if (Copy.ReadFailures >= PatientFailures || (wanted && IsLongWait))
        {
            Raise(new Trouble(ReadTrouble, AlertKind.Refused, Definition.AlsoAt.Count > 0 ? $"{Name} cannot be changed at {_at}" : $"{Name} cannot be changed", $"records cannot be read at {_at}: {failed.Reason}", CannotAct));
        }

        Revisit();
    }

    /// <summary>The change was written; now the authoritative servers are asked.</summary>
    public void Applied(ControllerEvent.ChangeApplied applied)
    {
        if (!LookAt(copy => copy.Change is { Stage: ChangeStage.Applying } change && change.Intent.Change.Id == applied.ChangeId))
        {
            return;
        }

        var change = Copy.Change! with { Calls = applied.Calls };
        Copy = Copy with { Live = applied.ReadBack, Expected = applied.ReadBack, LiveReadAt = now };
        if (change.Intent.Change.IsAppliedIn(applied.ReadBack))
        {
            PutBack(change);
            StartVerification(change);
        }
        else
        {
            NotWritten(change, ChangeResult.Rejected, $"{_at} took the change, but holds {Spell(applied.ReadBack)}", retryAfter: LongestBackoff, applied.ReadBack, mayAppear: true);
        }

        Advance();
    }

    /// <summary>The change was not written, or not for certain.</summary>
    public void ApplyFailed(ControllerEvent.ChangeFailed failed)
    {
        if (!LookAt(copy => copy.Change is { Stage: ChangeStage.Applying } change && change.Intent.Change.Id == failed.ChangeId))
        {
            return;
        }

        var change = Copy.Change! with { Calls = failed.Calls };
        // Whatever happened, what was read before is not to be relied on; but if it changes, and not by us, that is drift.
        Copy = Copy with { Live = null, Expected = failed.Failure == ProviderFailure.Ambiguous ? null : Copy.Expected };
        switch (failed.Failure)
        {
            case ProviderFailure.Ambiguous:
                Copy = Copy with { Change = change with { Stage = ChangeStage.Resolving, Trouble = failed.Reason } };
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
        if (!LookAt(copy => copy.Change is { Stage: ChangeStage.Verifying } change && change.Intent.Change.Id == ended.ChangeId))
        {
            VerifiedLate(ended);
            return;
        }

        var change = Copy.Change!;
        var writtenAt = change.WrittenAt ?? now;
        var holdDowns = HoldDownsWith(change.Intent.Switched, writtenAt);
        var intent = change.Intent;
        var timings = new SwitchTimings(intent.VerdictAt - intent.FirstFailureAt, intent.At - intent.VerdictAt, writtenAt - intent.At, ended.Verified ? now - writtenAt : null);
        var after = intent.Change.Changes.Select(item => item.After).ToValueList();
        var written = after.SelectMany(set => set.Values.Select(value => new EndpointTarget(set.Type, value.Data)));
        Copy = Copy with
        {
            Change = null,
            WriteFailures = 0,
            Trouble = null,
            Unverified = ended.Verified ? null : new UnverifiedChange(ended.ChangeId, after, now + AskAgain, IsAsked: false),
        };
        _state = _state with
        {
            HoldDowns = holdDowns,
            Switches = SwitchesWith(intent, after.Select(set => set.Type).ToValueList(), writtenAt),
            Formerly = _state.Formerly.Where(target => after.All(set => set.Type != target.Type)).Concat(written).ToValueList(),
        };
        _entries.Add(new OutcomeRecorded
        {
            At = now,
            Service = Name,
            Provider = _at,
            Lead = _state.Lead,
            ChangeId = ended.ChangeId,
            Result = ended.Verified ? ChangeResult.Verified : ChangeResult.Unverified,
            Reason = ended.Reason,
            HoldDowns = holdDowns,
            Switches = _state.Switches,
            Formerly = _state.Formerly,
            Timings = timings,
            Calls = change.Calls,
            Doubtful = Copy.Doubtful.Select(open => open.Intent).ToValueList(),
        });
        if (!intent.Follows && !(ended.Verified && IsDrilled(intent)))
        {
            _alerts.Add(SwitchAlert(intent, timings, ended));
        }

        if (!ended.Verified)
        {
            Raise(new Trouble(UnverifiedTrouble, AlertKind.Unverified, $"{Name} is not answered everywhere", ended.Reason, "They are asked again.") { ToldElsewhere = !intent.Follows });
        }

        Clear(WriteTrouble, _ => $"{_at} takes changes of {Name} again");
        Advance();
    }

    /// <summary>The servers that did not answer the last change in time were asked again.</summary>
    private void VerifiedLate(ControllerEvent.VerificationEnded ended)
    {
        if (!LookAt(copy => copy.Unverified?.ChangeId == ended.ChangeId))
        {
            return;
        }

        if (ended.Verified)
        {
            Copy = Copy with { Unverified = null };
            Clear(UnverifiedTrouble, condition => $"every name server answers the change, {Text.Of(now - condition.Since)} late");
        }
        else
        {
            Copy = Copy with { Unverified = Copy.Unverified! with { AskAt = now + AskAgain, IsAsked = false } };
        }

        Advance();
    }

    private void VerifyAgain()
    {
        if (Copy.Unverified is { IsAsked: false } unverified && unverified.AskAt <= now)
        {
            _requests.Add(new Effect.Verify(Name, _at, unverified.ChangeId, unverified.Expected));
            Copy = Copy with { Unverified = unverified with { IsAsked = true } };
        }
    }

    /// <summary>A later change, of ours or of somebody else, makes the last one's verification pointless.</summary>
    private void ForgetUnverified()
    {
        Copy = Copy with { Unverified = null };
        Clear(UnverifiedTrouble, _ => "the records were changed since", silent: true);
    }

    /// <summary>Asks for the live records, unless that is under way; gives the number of the request.</summary>
    private long RequestRead()
    {
        if (Copy.PendingRead is { } pending)
        {
            return pending;
        }

        var id = NextId();
        _requests.Add(new Effect.ReadRecords(Name, _at, id));
        Copy = Copy with { PendingRead = id };
        return id;
    }

    /// <summary>An ambiguous outcome is resolved by reading, never by writing again blind.</summary>
    private void Resolve(ChangeUnderWay change, NameRecords live)
    {
        // Untouched goes first: a change of the TTL alone leaves the values as they are, so that they prove nothing.
        if (change.Intent.Change.IsUntouchedIn(live))
        {
            NotWritten(change, ChangeResult.Failed, $"it was not written: {change.Trouble}", retryAfter: null, mayAppear: true);
        }
        else if (change.Intent.Change.IsAppliedIn(live))
        {
            PutBack(change);
            StartVerification(change);
        }
        else if (LateInsteadOf(change, live) is { } late)
        {
            NotWritten(change, ChangeResult.Failed, $"it was not written: {change.Trouble}; the records of change {late.Intent.Change.Id} have appeared", retryAfter: null, mayAppear: true);
            PutBack(late);
            StartVerification(late);
        }
        else
        {
            NotWritten(change, ChangeResult.Conflict, $"{change.Trouble}, and the records are now {Spell(live)}", retryAfter: null, live);
        }
    }

    private void StartVerification(ChangeUnderWay change)
    {
        var written = change.Intent.Change.Changes.Select(item => item.After).ToValueList();
        Copy = Copy with
        {
            Change = change with { Stage = ChangeStage.Verifying, WrittenAt = now },
            Doubtful = Copy.Doubtful.Where(doubtful => doubtful.Intent.Change.Id > change.Intent.Change.Id).ToValueList(),
            TtlMended = Definition.Ttl is null ? Copy.TtlMended : Copy.TtlMended.Union(written.Select(set => set.Type)),
        };
        _requests.Add(new Effect.Verify(Name, _at, change.Intent.Change.Id, written));
        TakeTheLeadBack(change.Intent);
    }

    /// <summary>The change set is not in effect as a whole; where the records are known, a type that has moved nevertheless is held down.</summary>
    private void NotWritten(ChangeUnderWay change, ChangeResult result, string reason, TimeSpan? retryAfter, NameRecords? live = null, bool mayAppear = false)
    {
        var moved = change.Intent.Change.Changes.Where(item => live?[item.After.Type] is { } set && set.HasSameValues(item.After)).Select(item => item.After.Type).ToValueList();
        var holdDowns = HoldDownsWith(change.Intent.Switched.Intersect(moved).ToValueList(), now);
        var doubtful = mayAppear ? WithDoubtful(Copy.Doubtful, change) : Copy.Doubtful;
        _state = _state with { Switches = SwitchesWith(change.Intent, moved, now) };
        _entries.Add(new OutcomeRecorded { At = now, Service = Name, Provider = _at, Lead = _state.Lead, ChangeId = change.Intent.Change.Id, Result = result, Reason = reason, HoldDowns = holdDowns, Switches = _state.Switches, Formerly = _state.Formerly, Calls = change.Calls, Doubtful = doubtful.Select(open => open.Intent).ToValueList() });
        _state = _state with { HoldDowns = holdDowns };
        Copy = Copy with { Change = null, Doubtful = doubtful, WriteFailures = Copy.WriteFailures + 1, Trouble = result == ChangeResult.Conflict ? null : reason };
        BackOff(Copy.WriteFailures, retryAfter);
        if (result is not ChangeResult.Rejected && Copy.WriteFailures < PatientFailures && !IsLongWait)
        {
            return; // somebody was faster, a reply was lost, the daemon was restarted: it is decided again at once
        }

        Raise(new Trouble(
            WriteTrouble,
            AlertKind.Refused,
            change.Intent.Follows ? $"{Name} is not the same at {_at} as at {_state.Lead}" : $"{change.Intent.Decision} of {Name} from {change.Intent.From} to {change.Intent.To} was not written",
            $"{_at}: {reason}",
            CannotAct)
        {
            DecisionId = change.Intent.DecisionId,
        });
    }

    private ValueList<HoldDown> HoldDownsWith(ValueList<RecordType> switched, DateTimeOffset at) =>
        _state.HoldDowns.Where(hold => !switched.Contains(hold.Type)).Concat(switched.Select(type => new HoldDown(type, at))).OrderBy(hold => hold.Type).ToValueList();

    /// <summary>True when the provider is left alone for so long that a person should know.</summary>
    private bool IsLongWait => Copy.RetryAt - now > LongWait;

    /// <summary>Not before this is the provider asked again; the first time soon, then ever later.</summary>
    private void BackOff(int failures, TimeSpan? retryAfter)
    {
        var delay = TimeSpan.FromSeconds(Math.Min(LongestBackoff.TotalSeconds, Math.Pow(2, Math.Min(failures, 10) - 1) / 2));
        var asked = retryAfter < LongestRetryAfter ? retryAfter : LongestRetryAfter;
        Copy = Copy with { RetryAt = now + (retryAfter is not null && asked > delay ? asked.Value : delay) };
    }

    private string CannotAct => Definition.AlsoAt.Count > 0
        ? _at != _state.Lead
            ? $"What {_at} holds stays as it is, and follows what {_state.Lead} holds as soon as it works."
            : Copy.Drift is { IsPaused: true } ? $"What {_at} holds stays as it is."
            : $"What {_at} holds stays as it is until it works. If traffic has to move before, it is moved at {string.Join(" or ", Definition.Providers.Where(provider => provider != _at))}."
        : $"The daemon cannot act: the records stay as they are. It is decided again, not replayed, {(Copy.RetryAt is { } at ? $"in {Text.Of(at - now)}" : "soon")}.";

    private static string Spell(NameRecords records) => records.Sets.Count == 0 ? "nothing" : string.Join("; ", records.Sets.Select(set => $"{set.Type} {set.Values} (TTL {(long)set.Ttl.TotalSeconds})"));

    private Alert SwitchAlert(IntentRecorded intent, SwitchTimings timings, ControllerEvent.VerificationEnded ended) => new()
    {
        Kind = !ended.Verified ? AlertKind.Unverified : intent.Decision switch
        {
            DecisionKind.Failover => AlertKind.Failover,
            DecisionKind.Failback => AlertKind.Failback,
            DecisionKind.Forced => AlertKind.Override,
            _ => AlertKind.Shift,
        },
        At = now,
        Service = Name,
        Title = $"{Name} {(intent.From == intent.To ? $"stays at {intent.To}; its records are mended" : $"{Verb(intent.Decision)} {intent.From} to {intent.To}")}{(ended.Verified ? string.Empty : ", but that is not verified yet")}",
        From = intent.From,
        To = intent.To,
        DecisionId = intent.DecisionId,
        Reason = ended.Verified ? intent.Reason : $"{intent.Reason}; {ended.Reason}",
        Evidence = intent.Evidence,
        Timings = timings,
        Downtime = intent.Decision == DecisionKind.Failover && intent.FirstFailureAt is { } since && !intent.Switched.Any(AllDown) ? now - since : null,
        Next = ended.Verified
            ? NotYetAt(Copy.Live!) is { Length: > 0 } behind ? $"{behind}. {WhatNext(intent)}" : WhatNext(intent)
            : $"It is written at {_at}, and is not asked for again: look at what the zone's name servers answer. {WhatNext(intent)}",
    };

    private static string Verb(DecisionKind kind) => kind switch
    {
        DecisionKind.Failover => "failed over from",
        DecisionKind.Failback => "failed back from",
        DecisionKind.Forced => "moved from",
        _ => "shifted from",
    };

    private string WhatNext(IntentRecorded intent) => intent.Decision switch
    {
        DecisionKind.Forced => AfterOrder,
        _ when intent.Switched.Any(AllDown) => WhenAllDown(intent.Switched.Where(AllDown)),
        DecisionKind.Failover when Definition.Failback.Mode == Definitions.FailbackMode.Manual => ManualFailback,
        DecisionKind.Failover when Definition.Failback.Mode == Definitions.FailbackMode.Approve => $"Once the preferred endpoint has been up for {FailbackDelay(intent)}, you are asked whether traffic may return.",
        DecisionKind.Failover => $"Traffic returns once the preferred endpoint has been up for {FailbackDelay(intent)}.",
        DecisionKind.Failback => "Nothing to do. Every endpoint is watched as before.",
        DecisionKind.Shift when intent.FirstFailureAt is not null => $"What is down joins again once it has been up for {FailbackDelay(intent)}.",
        _ => "Nothing to do.",
    };

    private string ManualFailback => $"Failback is manual: traffic stays where it is until you say {OperatorWords.Approve(Name)}, change the record yourself, or set failback: auto.";
}
