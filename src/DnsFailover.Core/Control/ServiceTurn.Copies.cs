using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
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
        if (Copy is { Trouble: null } or { Change.Stage: not ChangeStage.Resolving } || IsCold())
        {
            return;
        }

        foreach (var provider in Definition.Providers.Where(provider => provider != _state.Lead))
        {
            _at = provider;
            if (Copy is { Trouble: null, Live: not null, Change: null } && Definition.Types.Select(DecideFor).Any(decision => decision.Answer is not null))
            {
                _state = _state with { Lead = provider };
                Clear(BehindTrouble, _ => $"{provider} leads now", silent: true);
                return;
            }
        }

        _at = _state.Lead;
    }

    /// <summary>Brings the others in line with the provider that leads, once what it holds is known and settled.</summary>
    private void Follow()
    {
        var lead = _state.Copies[_state.Lead];
        if (lead.Live is not { } leading || lead is { Change.Stage: not ChangeStage.Verifying } or { Drift: not null } || IsCold())
        {
            return;
        }

        foreach (var provider in Definition.Providers.Where(provider => provider != _state.Lead))
        {
            _at = provider;
            if (Copy is { Live: not null, Change: null } and not { Drift.IsPaused: true })
            {
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
            Raise(new Trouble(BehindTrouble, AlertKind.Refused, $"{Name} is not the same at {_at} as at {_state.Lead}", string.Join("; ", refused.ConvertAll(refusal => refusal.Reason)), refused[0].Next));
        }
        else
        {
            Clear(BehindTrouble, _ => $"{Name} is no longer held back at {_at}");
        }
    }

    /// <summary>The providers that do not hold what the one looked at holds, each with why; empty when all do.</summary>
    private string NotYetAt(NameRecords written)
    {
        var behind = Definition.Providers.Where(provider => provider != _at && _state.Copies.GetValueOrDefault(provider) is { Trouble: not null } copy
            && !Definition.Types.All(type => copy.Live?[type] is { } set && written[type] is { } wanted && set.HasSameValues(wanted)));
        return string.Join("; ", behind.Select(provider => $"{provider} is behind and follows once it works ({_state.Copies[provider].Trouble})"));
    }
}
