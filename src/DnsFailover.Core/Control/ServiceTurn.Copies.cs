using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>
/// Several providers for one name. Decisions are made on the records of one of them, which leads; the others follow, each as
/// soon as it can. When the one that leads is in trouble and traffic has to move, another takes the lead, so that what can be
/// reached serves a working endpoint; whoever was in trouble follows later, whatever it holds then.
/// </summary>
internal sealed partial class ServiceTurn
{
    private const string BehindTroubles = "behind:";

    private string BehindTrouble => BehindTroubles + _at;

    /// <summary>Hands the lead to the first provider that works and where something has to move, when the one that has it is in trouble.</summary>
    private void PassTheLead()
    {
        _at = _state.Lead;
        var refuses = Copy.Trouble is null && IsLeftAlone() && !MovesAwayHere(); // or two that are each left alone in part would pass it to and fro
        if ((Copy.Trouble is null && !refuses) || Copy is { Change.Stage: not ChangeStage.Resolving } or { Drift.IsPaused: true } || IsCold())
        {
            return;
        }

        foreach (var provider in Definition.Providers.Where(provider => provider != _state.Lead))
        {
            _at = provider;
            if (Copy is { Trouble: null, Live: not null, Change: null } && Definition.Types.Select(DecideFor).Any(decision => decision.Answer is not null && (!refuses || TakesFromWhatIsDown(decision))))
            {
                _state = _state with { Lead = provider };
                return;
            }
        }

        _at = _state.Lead;
    }

    private bool MovesAwayHere() => Definition.Types.Select(DecideFor).Any(decision => decision.Answer is not null && TakesFromWhatIsDown(decision));

    private bool TakesFromWhatIsDown(Decision decision) => decision.Kind == DecisionKind.Failover
        || _state.Health.Any(pair => pair.Key.Type == decision.Type && pair.Value.Status == HealthStatus.Down && IsPublished(pair.Key) && decision.Answer!.Members.All(member => member.Target != pair.Key));

    /// <summary>
    /// A provider that was given up while the outcome of its change was not known turns out to hold it: when nothing has been moved
    /// elsewhere since, it is the first that did what was decided, and the others follow.
    /// </summary>
    private void TakeTheLeadBack(IntentRecorded intent)
    {
        if (_at != _state.Lead && !intent.Follows && IsDeclared(_at) && _state.Copies[_state.Lead] is { Change: null }
            && !_state.HoldDowns.Any(hold => intent.Switched.Contains(hold.Type) && hold.SwitchedAt > intent.At))
        {
            _state = _state with { Lead = _at, Copies = _state.Copies.SetItem(_state.Lead, _state.Copies[_state.Lead] with { Preparing = null }) };
        }
    }

    /// <summary>True when what it holds is somebody else's, so that nothing is changed there: a failure must not be left to the others for that.</summary>
    private bool IsLeftAlone() =>
        Definition.AlsoAt.Count > 0 && Copy is { Live: not null, Change: null } && Definition.Types.Any(type => Ownership.Objection(SituationOf(type) with { IsRestoring = Copy.Drift is not null }) is not null);

    /// <summary>Brings the others in line with the provider that leads, once what it holds is known and settled.</summary>
    private void Follow()
    {
        var lead = _state.Copies[_state.Lead];
        if (Orders.Freeze is not null)
        {
            StopFollowing();
            return;
        }

        if (lead.Live is not { } leading || lead is { Change.Stage: not ChangeStage.Verifying } or { Drift: not null } || IsCold())
        {
            return;
        }

        foreach (var provider in Definition.Providers.Where(provider => provider != _state.Lead))
        {
            _at = provider;
            if (Copy is { Live: { } live, Change: null } and not { Drift.IsPaused: true })
            {
                EndDriftOf(type => Equals(live[type]?.Values, leading[type]?.Values), $"the records of {Name} at {_at} are taken as they are, since they are the same as at {_state.Lead}");
                var decisions = Definition.Types.Select(type => Decide.Follow(SituationOf(type) with { IsRestoring = Copy.Drift is not null }, leading[type], _state.Lead)).ToList();
                Carry(decisions.Where(decision => decision.Answer is not null).ToList());
                JudgeBehind(decisions);
            }
        }

        _at = _state.Lead;
    }

    /// <summary>Tells when a provider cannot follow by itself. One that is about to is told of only when it fails.</summary>
    private void JudgeBehind(List<Decision> decisions)
    {
        var refused = decisions.Select(decision => decision.Refusal).OfType<Refusal>().ToList();
        if (refused.Count > 0)
        {
            var same = Definition.Types.All(type => Equals(Copy.Live![type]?.Values, _state.Live![type]?.Values));
            Raise(new Trouble(BehindTrouble, AlertKind.Refused, same ? $"{Name} would not follow at {_at}" : $"{Name} is not the same at {_at} as at {_state.Lead}", string.Join("; ", refused.ConvertAll(refusal => refusal.Reason)), refused[0].Next));
        }
        else
        {
            Clear(BehindTrouble, _ => $"{Name} is no longer held back at {_at}");
        }
    }

    /// <summary>The providers that do not hold what the one looked at holds and are not about to, each with why; empty when there is none.</summary>
    private string NotYetAt(NameRecords written) =>
        string.Join("; ", Definition.Providers.Where(provider => provider != _at && !IsSameAt(provider, written)).Select(WhyBehind).OfType<string>());

    private bool IsSameAt(string provider, NameRecords written) =>
        Definition.Types.All(type => _state.Copies[provider].Live?[type] is { } set && written[type] is { } wanted && set.HasSameValues(wanted));

    private string? WhyBehind(string provider) => _state.Copies[provider] switch
    {
        { Trouble: { } trouble } => $"{provider} is behind and follows once it works ({trouble})",
        { Drift.IsPaused: true } => $"{provider} is left as somebody else changed it, and does not follow",
        _ => _state.Conditions.TryGetValue(BehindTroubles + provider, out var held) ? $"{provider} does not follow ({held.Reason})" : null,
    };
}
