using System.Collections.Immutable;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>From what is known to the intent: decide, gather proof, plan. It looks at the whole state each time, whatever the event was.</summary>
internal sealed partial class ServiceTurn
{
    /// <summary>Proof older than this is gathered again: a decision must not outlive its evidence.</summary>
    private TimeSpan ProofLifetime => TimeSpan.FromSeconds(30) + Definition.Endpoints.Max(endpoint => endpoint.Timing.Timeout);

    /// <summary>Does the next thing that is due, if any.</summary>
    public void Advance()
    {
        ForgetTheFuture();
        FollowVoid();
        foreach (var provider in _state.Copies.Keys)
        {
            _at = provider;
            Tend();
        }

        _at = _state.Lead;
        if (_state.Retired)
        {
            Revisit();
            return;
        }

        // A provider that is not declared any more may be the same place under its former name: its change ends first.
        if (_state.Copies.Keys.Any(provider => !IsDeclared(provider)))
        {
            JudgeUnread();
            Revisit();
            return;
        }

        JudgeForce();
        PassTheLead();
        Clear(BehindTrouble, _ => $"{_at} leads now", silent: true);
        if (Copy.Change is not null)
        {
            Follow();
            JudgeUnread();
            Revisit();
            return;
        }

        JudgeBlindness();
        if (Copy.Live is null || IsCold())
        {
            JudgeUnread();
            Revisit();
            return;
        }

        JudgeApproval();
        var decisions = Definition.Types.Select(DecideFor).ToList();
        _state = _state with { Decisions = decisions.ToImmutableSortedDictionary(decision => decision.Type, decision => decision) };
        ProbeAgain(decisions);
        Carry(decisions.Where(decision => decision.Answer is not null).ToList());
        Judge(decisions);
        Follow();
        Revisit();
    }

    /// <summary>Asks for what is due at one provider; what is not declared there any more goes once its change has ended.</summary>
    private void Tend()
    {
        if (Copy.Change is { } change)
        {
            if (change.Stage == ChangeStage.Resolving && !IsWaiting)
            {
                RequestRead();
            }
        }
        else if (_state.Retired)
        {
            return;
        }
        else if (!IsDeclared(_at))
        {
            _state = _state with { Copies = _state.Copies.Remove(_at) };
        }
        else
        {
            ReconsiderDrift();
            YieldToForce();
            VerifyAgain();
            if (!IsWaiting && (Copy.Live is null || Copy.LiveReadAt + fleet.ReconcileInterval <= now))
            {
                RequestRead();
            }
        }
    }

    private bool IsDeclared(string provider) => Definition.Providers.Contains(provider, StringComparer.Ordinal);

    private bool IsWaiting => Copy.RetryAt is { } at && at > now;

    private Situation SituationOf(RecordType type) =>
        new(Definition, type, Copy.Live!, _state.Health, _state.SwitchedAt(type, now), !Copy.TtlMended.Contains(type), now) { Provider = _at, Formerly = _state.Formerly, Orders = OrdersInForce, Around = Around() };

    /// <summary>Takes decisions one step nearer to being written: asks for proof, waits for it, or plans.</summary>
    private void Carry(List<Decision> moves)
    {
        if (moves.Count == 0 || IsWaiting || IsJournalWaiting || fleet.IsOwed || WhyHeldByNetwork is not null)
        {
            if (moves.Count == 0)
            {
                PrepareAhead();
            }
            else
            {
                Copy = Copy with { Preparing = null };
            }

            if (moves.Count == 0 && Orders.Freeze is null && WhyHeldByNetwork is null && !IsHeldBack)
            {
                Copy = Copy with { WriteFailures = 0 };
                Clear(WriteTrouble, _ => $"{Name} needs no change any more");
            }

            return;
        }

        if (Copy.Preparing is null || Copy.Preparing.Since + ProofLifetime <= now)
        {
            Copy = Copy with { Preparing = Preparation.Begun(now) };
        }

        Copy = Copy with { Preparing = Copy.Preparing!.Wanted(now) };
        AskForRecords();
        var needed = moves.SelectMany(decision => decision.NeedsProof).Order().ToList();
        AskForProof(needed);
        var preparing = Copy.Preparing!;
        if (!IsClearOfUs(moves, preparing))
        {
            TellUnanswered(moves);
            return;
        }

        if (!preparing.ReadDone || needed.Exists(target => preparing.Probes[target].Result is null))
        {
            return;
        }

        // A failed proof has made its target suspect, so that no decision names it any more: what is left here passed,
        // or was our own trouble. That of one family does not hold the other one.
        var unproven = moves.FindAll(move => move.NeedsProof.Any(IsUnproven));
        if (unproven.Count > 0)
        {
            NoProof(unproven, needed.FindAll(IsUnproven).ConvertAll(target => $"{target}: {preparing.Probes[target].Result!.Reason}"));
        }

        if (unproven.Count == moves.Count)
        {
            Copy = Copy with { Preparing = null, RetryAt = now + Definition.Endpoints.Min(endpoint => endpoint.Timing.FastInterval) };
        }
        else
        {
            Write(moves.FindAll(move => !unproven.Contains(move)), preparing);
        }

        bool IsUnproven(TargetId target) => preparing.Probes[target].Result!.Verdict != Verdict.Pass;
    }

    private void AskForProof(List<TargetId> needed)
    {
        foreach (var target in needed.Where(target => !Copy.Preparing!.Probes.ContainsKey(target)))
        {
            var id = NextId();
            _requests.Add(new Effect.ProbeNow(target, id, TimeSpan.Zero));
            Copy = Copy with { Preparing = Copy.Preparing! with { Probes = Copy.Preparing.Probes.Add(target, new FreshProbe(id, Result: null)) } };
        }
    }

    private void TakeProof(Observation observation)
    {
        if (observation.RequestId is { } id && LookAt(copy => copy.Preparing is { } preparing && preparing.Probes.TryGetValue(observation.Target, out var probe) && probe.RequestId == id))
        {
            var preparing = Copy.Preparing!;
            Copy = Copy with { Preparing = preparing with { Probes = preparing.Probes.SetItem(observation.Target, new FreshProbe(id, observation)) } };
        }
    }

    /// <summary>Everything is proven and the records were just read: the intent, and behind it the write.</summary>
    private void Write(List<Decision> moves, Preparation proof)
    {
        var changes = Planner.Plan(Definition, Copy.Live!, moves);
        Copy = Copy with
        {
            Preparing = null,
            PendingRead = null, // a read from before the write says nothing after it
        };
        if (changes.Count == 0)
        {
            return;
        }

        var intent = WithNetworkFigures(Intend(new ChangeSet(NextId(), Name, changes) { Owner = Definition.Owner }, moves, proof), moves);
        _entries.Add(intent);
        ForgetUnverified();
        _writes.Add(new Effect.Apply(Name, _at, intent.Change) { GoodFor = proof.Since + ProofLifetime - now });
        Copy = Copy with { Change = new ChangeUnderWay(intent, ChangeStage.Applying) };
    }

    private IntentRecorded Intend(ChangeSet change, List<Decision> moves, Preparation proof)
    {
        var types = moves.ConvertAll(move => move.Type);
        var lost = Definition.Targets.Select(pair => pair.Target)
            .Where(target => types.Contains(target.Type) && IsPublished(target) && _state.Health[target].Status == HealthStatus.Down).ToList();
        var passed = proof.Probes.Values.Where(probe => probe.Result is { Verdict: Verdict.Pass }).Select(probe => probe.Result!.Sentence);
        return new IntentRecorded
        {
            At = now,
            Service = Name,
            Provider = _at,
            Follows = _at != _state.Lead,
            Change = change,
            Decision = KindOf(moves),
            Reason = string.Join("; ", moves.Select(move => move.Reason).Distinct(StringComparer.Ordinal)),
            MovesTraffic = moves.Exists(move => move.MovesTraffic),
            Guards = GuardSentences(moves),
            Left = lost.Where(target => change.Changes.Any(item => item.After.Type == target.Type && item.After.Values.All(value => value.Data != target.Value))).Select(target => new EndpointTarget(target.Type, target.Value)).ToValueList(),
            Evidence = lost.SelectMany(target => _state.Health[target].Evidence).Select(failure => failure.Sentence).Concat(passed).ToValueList(),
            From = PublishedIn(Copy.Live!, types),
            To = string.Join(", ", moves.Select(move => move.Answer!.ToString()).Distinct(StringComparer.Ordinal)),
            FirstFailureAt = lost.Select(target => _state.Health[target].FirstFailureAt).Min(),
            VerdictAt = lost.Count > 0 ? lost.Max(target => _state.Health[target].Since) : proof.Since,
            Switched = moves.Where(move => move.ChangesSides).Select(move => move.Type).ToValueList(),
        };
    }

    private bool IsPublished(TargetId target) => Copy.Live?.Holds(target.Type, target.Value) == true;

    /// <summary>The live values of these types in the words of failover.yaml.</summary>
    private string PublishedIn(NameRecords live, List<RecordType> types)
    {
        var values = types.Select(type => live[type]).OfType<RecordSet>().SelectMany(set => set.Values.Select(value => (set.Type, value.Data, value.Weight)));
        var names = values.Select(value => Definition.Targets.Where(pair => pair.Target.Type == value.Type && pair.Target.Value == value.Data)
            .Select(pair => new AnswerMember(pair.Target, value.Weight).ToString()).FirstOrDefault() ?? $"undeclared ({value.Data})").ToList();
        return names.Count > 0 ? string.Join(", ", names) : "nothing";
    }
}
