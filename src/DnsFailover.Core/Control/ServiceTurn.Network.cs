using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Network;

namespace DnsFailover.Core.Control;

/// <summary>Is it us? What a service makes of the answer, and when it asks.</summary>
internal sealed partial class ServiceTurn
{
    private const string UnansweredCause = "unanswered";

    /// <summary>Why nothing may be written because of our own network; null when something may be.</summary>
    private string? WhyFrozenByNetwork => fleet.Network.Why(fleet.Rules.SelfCheck) ?? WhyMass();

    private bool IsFrozenByNetwork => WhyFrozenByNetwork is not null;

    /// <summary>Why nothing may be written here because of our own network; an operator who forces an endpoint has judged for themselves.</summary>
    private string? WhyHeldByNetwork => Orders.Force is null ? WhyFrozenByNetwork : null;

    /// <summary>
    /// What has just gone down here may be the one that is too many, or the first of many: what has begun to fail elsewhere is
    /// settled within seconds, and counts until then.
    /// </summary>
    private string? WhyMass()
    {
        if (!ReferenceEquals(_massOf, _state.Health))
        {
            (_massOf, _mass) = (_state.Health, ReckonMass());
        }

        return _mass;
    }

    private object? _massOf;

    private string? _mass;

    private string? ReckonMass()
    {
        if (fleet.Rules.MassFailure is not { } rule || !_state.Health.Values.Any(health => health.FellAt > now - rule.Window))
        {
            return null;
        }

        var start = MassFailure.Start(rule, fleet.Network, now);
        var mass = MassFailure.Of([.. fleet.Failing(start).Where(one => one.Service != Name), .. MassFailure.Among([_state], start, withSuspects: true)], start);
        return mass.IsSuspicious(rule) ? mass.Sentence : null;
    }

    /// <summary>
    /// A first failure asks whether it is us, so that the verdict about us is there by the time of the verdict about the
    /// endpoint, also of one that nothing is known of yet; so does each further one that does not lead to a verdict, and probes that begin to say nothing.
    /// </summary>
    private void SuspectUs(TargetHealth before, TargetHealth after)
    {
        var fails = after.Fails > before.Fails && (after.Status != HealthStatus.Down || (after.Status != before.Status && before.Fails == 0));
        var blind = after.Inconclusives > before.Inconclusives && (after.Inconclusives == 1 || after.IsBlind != before.IsBlind);
        if (fails || blind)
        {
            fleet.SuspectUs(now);
        }
    }

    /// <summary>A failed probe that had begun before our own network worked again is ours.</summary>
    private Observation Credible(Observation seen) =>
        seen.Verdict == Verdict.Fail && fleet.Network.Void is { UnlessFailedSince: null } voided && seen.StartedAt >= voided.From && seen.StartedAt < voided.At
            ? seen with { Verdict = Verdict.Inconclusive, Reason = $"{seen.Reason}, while our own network was the likely fault" }
            : seen;

    /// <summary>Verdicts that rest on a fault of ours are void: what they are about is probed at once.</summary>
    private void FollowVoid()
    {
        if (fleet.Network.Void is not { } voided || _state.VoidsFollowed >= voided.Number)
        {
            return;
        }

        _state = _state with { VoidsFollowed = voided.Number };
        foreach (var target in Definition.Targets.Select(pair => pair.Target))
        {
            var before = _state.Health[target];
            if (voided.UnlessFailedSince is { } since && (before.FellAt is null || before.Last?.StartedAt >= since))
            {
                continue; // it was not among those that failed at once, or has failed again
            }

            var after = before.Forgiven(voided.From, now);
            if (after != before)
            {
                Forgive(target, before, after);
            }
        }
    }

    private void Forgive(TargetId target, TargetHealth before, TargetHealth after)
    {
        _state = _state with { Health = _state.Health.SetItem(target, after) };
        ConfirmAnew(target);
        if (after.Status == before.Status)
        {
            return;
        }

        HasMoved = true;
        _entries.Add(new HealthChanged { At = now, Service = Name, Target = target, From = before.Status, To = after.Status, Reason = $"it is judged anew, since our own network was the likely fault when it failed ({before.Explain()})" });
        if (_state.Conditions.TryGetValue(CauseOf(target), out var condition) && !condition.Told)
        {
            Clear(CauseOf(target), _ => $"{target} is judged anew", silent: true);
        }
    }

    /// <summary>
    /// True when the decisions take no traffic from what is Down, or when enough control targets answered since the
    /// evidence for that was there. Otherwise they are asked.
    /// </summary>
    private bool IsClearOfUs(List<Decision> moves, Preparation preparing)
    {
        if (fleet.Rules.SelfCheck is null || NewestLoss(moves) is not { } lostAt)
        {
            return true;
        }

        var since = lostAt > preparing.Since ? lostAt : preparing.Since;
        if (fleet.Network.Last?.AskedAt >= since)
        {
            return true; // too few answers would have frozen all decisions
        }

        if (fleet.Network.Check is null)
        {
            fleet.AskControls();
        }

        return false;
    }

    /// <summary>
    /// What moves traffic waits for the word of the control targets; one that never comes must not hold it in silence. Nothing is
    /// written without it, since nobody knows whose fault the failure is.
    /// </summary>
    private void TellUnanswered(List<Decision> moves)
    {
        if (_at != _state.Lead || fleet.Rules.SelfCheck is not { } rule || !(fleet.Network.PatientUntil(rule) <= now))
        {
            return;
        }

        foreach (var move in moves.Where(move => NewestLoss([move]) is not null))
        {
            Raise(new Trouble(
                RefusedPrefix(move.Type) + UnansweredCause,
                AlertKind.Refused,
                $"{move.Kind} of {Name} waits for the control targets",
                $"{move.Reason}; but whether our own network is at fault is not known: the control targets were first asked {Text.Of(now - fleet.Network.UnansweredSince!.Value)} ago, and no answer has come",
                $"They are asked again and again, and it is decided with their first answer. If none comes, restart the daemon, or set selfCheck: off; to move the name at once, `dnsfailover force {Name} <endpoint>`."));
        }
    }

    /// <summary>What a switch waits for by itself, while it is wanted: proof, and the word of the control targets.</summary>
    private static bool IsOfProof(string cause) => cause.EndsWith(NoProofCause, StringComparison.Ordinal) || cause.EndsWith(UnansweredCause, StringComparison.Ordinal);

    private bool IsUnansweredToldByAnother(Trouble trouble) => trouble.Cause.EndsWith(UnansweredCause, StringComparison.Ordinal) && fleet.Services.Any(other =>
        other.Definition.Name != Name && other.Conditions.Values.Any(theirs => theirs.Told && theirs.Cause.EndsWith(UnansweredCause, StringComparison.Ordinal)));

    /// <summary>When the last of the targets went down that decisions take traffic from; null when they take it from none. An operator needs no proof.</summary>
    private DateTimeOffset? NewestLoss(List<Decision> moves) => moves.Where(move => move.Kind != DecisionKind.Forced)
        .SelectMany(move => Definition.Targets.Select(pair => pair.Target).Where(target => target.Type == move.Type && IsPublished(target) && move.Answer!.Members.All(member => member.Target != target)))
        .Select(target => _state.Health[target]).Where(health => health.Status == HealthStatus.Down).Select(health => (DateTimeOffset?)health.Since).Max();

    private IntentRecorded WithNetworkFigures(IntentRecorded intent, List<Decision> moves) =>
        fleet.Rules.SelfCheck is not null && NewestLoss(moves) is not null && fleet.Network.Last is { } answer
            ? intent with { Guards = intent.Guards.Append(answer.Sentence).ToValueList() }
            : intent;

    /// <summary>
    /// What our own network may be the cause of is raised, but not told, while that is the likely fault or not known yet: a dead
    /// uplink is one message, and not one for each endpoint. What is still true afterwards is told then.
    /// </summary>
    private Trouble Withheld(Trouble trouble) => IsOursPerhaps(trouble.Cause) ? trouble with { Tell = false, ToldElsewhere = false } : trouble;

    private bool IsOursPerhaps(string cause)
    {
        var ofEndpoints = cause.StartsWith(ConditionRaised.TargetDown, StringComparison.Ordinal) || cause.StartsWith("all-down:", StringComparison.Ordinal) || cause.StartsWith("refused:", StringComparison.Ordinal) || cause == "blind";
        var ofProviders = cause.StartsWith(ReadTroubles, StringComparison.Ordinal) || cause.StartsWith(WriteTroubles, StringComparison.Ordinal);
        return (ofEndpoints && (IsFrozenByNetwork || IsBeingChecked)) || (ofProviders && fleet.Network.ByControls is not null);
    }

    /// <summary>Held because of what has begun to fail elsewhere: when to look whether that is settled.</summary>
    private DateTimeOffset? NextLookAtOthers() => fleet.Rules.MassFailure is not null && !fleet.Network.IsFrozen && IsFrozenByNetwork ? now + SettlingPause : null;

    private static readonly TimeSpan SettlingPause = TimeSpan.FromSeconds(1);

    private bool IsBeingChecked => fleet.SuspectsUs
        || (fleet.Rules.SelfCheck is { } rule && fleet.Network.Check is not null && fleet.Network.PatientUntil(rule) > now);
}
