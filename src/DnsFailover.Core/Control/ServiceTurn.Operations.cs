using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;

namespace DnsFailover.Core.Control;

/// <summary>What operators say and what is planned, as far as this service goes.</summary>
internal sealed partial class ServiceTurn
{
    private readonly List<Override> _ended = [];

    /// <summary>The overrides that this step has brought to their end.</summary>
    public IReadOnlyList<Override> Ended => _ended;

    /// <summary>What holds for this service now.</summary>
    private Orders Orders => field ??= Orders.Of(Definition, fleet.Overrides, fleet.Windows, now);

    /// <summary>
    /// What decisions go by. A live drill keeps traffic from endpoints that work: when what has it instead goes down, no other endpoint is
    /// drained for a drill any more, so that traffic goes home at once, and not to the next standby first or against an operator's word.
    /// </summary>
    private Orders OrdersInForce
    {
        get
        {
            if (!fleet.Overrides.Any(said => said.Drill is not null && said.Service == Name))
            {
                return Orders;
            }

            var lost = _state.Health.Where(pair => pair.Value.Status == HealthStatus.Down && _state.Live?.Holds(pair.Key.Type, pair.Key.Value) == true).Select(pair => pair.Key.Endpoint).ToList();
            return lost.Count == 0 ? Orders : Orders.Of(Definition, fleet.Overrides.Where(said => said.Drill is null || said.Service != Name || lost.Contains(said.Endpoint!)).ToValueList(), fleet.Windows, now);
        }
    }

    /// <summary>Overrides have begun or ended. Their entries go into the record of this step, in front of any write.</summary>
    public void Advance(IEnumerable<OverrideNotice> notices)
    {
        foreach (var notice in notices.Where(notice => notice.Override.Service == Name))
        {
            _entries.Add(notice.Entry);
            if (notice.Alert is { } alert)
            {
                _alerts.Add(alert with { To = Served() });
            }
        }

        Advance();
    }

    /// <summary>While nothing may be written: what would have been decided is held back.</summary>
    private Decision? Frozen(Situation situation) =>
        Orders.Freeze is { } freeze ? Decide.Paused(situation, freeze.Arithmetic, $"Nothing is written until then{(IsFreezeOfAll(freeze) ? ", nor for any other name" : string.Empty)}. {OperatorWords.HowToEnd(freeze, Name)}", FrozenCause) : null;

    private const string FrozenCause = "frozen";

    private bool IsFreezeOfAll(Order freeze) => !freeze.IsPlanned && fleet.Overrides.Any(said => said is { Kind: OverrideKind.Freeze, Service: null } && Order.Of(said) == freeze);

    /// <summary>True when another name is held by the same freeze of everything, and that is told or was a moment ago: an outage behind it is one message, not one for each name.</summary>
    private bool IsFreezeToldByAnother(Trouble trouble) => trouble.Cause.EndsWith($":{FrozenCause}", StringComparison.Ordinal) && Orders.Freeze is { } freeze && IsFreezeOfAll(freeze) && fleet.Services.Any(other =>
        other.Definition.Name != Name && (other.Conditions.Values.Any(theirs => theirs.Told && theirs.Cause.EndsWith($":{FrozenCause}", StringComparison.Ordinal))
            || other.ToldAt.Any(told => told.Value >= freeze.Since && now - told.Value < QuietTime && told.Key.EndsWith($":{FrozenCause}", StringComparison.Ordinal))));

    /// <summary>What was being prepared for a provider that follows is begun anew later.</summary>
    private void StopFollowing()
    {
        foreach (var provider in Definition.Providers.Where(provider => _state.Copies[provider].Preparing is not null))
        {
            _at = provider;
            Copy = Copy with { Preparing = null };
        }

        _at = _state.Lead;
    }

    /// <summary>What somebody else changed before an operator said where the name shall be does not matter any more.</summary>
    private void YieldToForce()
    {
        if (Orders is { Freeze: null, Force: { } force } && force.Since >= Copy.Drift?.Since)
        {
            EndDrift($"the records of {Name} at {_at} are taken as they are: {force.Sentence}");
        }
    }

    /// <summary>A reload may take away the endpoint that the name is forced to: then the ordinary rules hold, and whoever forced it is told.</summary>
    private void JudgeForce()
    {
        if (fleet.Overrides.FirstOrDefault(said => said.Kind == OverrideKind.Force && said.Service == Name && said.Until > now && !Orders.IsDeclared(Definition, said)) is not { } vain)
        {
            Clear(VainForce, _ => $"{Name} is not forced to an undeclared endpoint any more", silent: true); // its end, or the move, is told
            return;
        }

        Raise(new Trouble(
            VainForce,
            AlertKind.Refused,
            $"{Name}: the force to {vain.Endpoint} has no effect any more",
            $"{Name} is {Order.Of(vain).Sentence}; but failover.yaml does not declare {vain.Endpoint}",
            $"The ordinary rules hold, as if it had ended. Declare {vain.Endpoint} again, or end the force with {OperatorWords.Command(OverrideKind.Force, Name, endpoint: null)}."));
    }

    private const string VainForce = "force-undeclared";

    /// <summary>A change is named by what moves traffic for health first, then by what an operator asked for.</summary>
    private static DecisionKind KindOf(List<Decision> moves)
    {
        var first = moves.Min(move => move.Kind);
        return first is DecisionKind.Shift && moves.Exists(move => move.Kind == DecisionKind.Forced) ? DecisionKind.Forced : first;
    }

    /// <summary>An approval is for one recovery: it ends when traffic is back, however it came back, and when what it was given for goes down again.</summary>
    private void JudgeApproval()
    {
        if (Orders.Approval is null || Copy.Live is null || fleet.Overrides.FirstOrDefault(said => said.Kind == OverrideKind.Approve && said.Service == Name && said.Until > now) is not { } approval)
        {
            return;
        }

        var preferred = Definition.Types.SelectMany(type => OperatorRules.Preferred(Definition, type, Copy.Live)).ToList();
        var reason = preferred.Count == 0 ? "traffic has returned"
            : preferred.TrueForAll(target => _state.Health[target].Status == HealthStatus.Down) ? $"{preferred[0]} is down again"
            : null;
        if (reason is not null)
        {
            _ended.Add(approval);
            _entries.Add(new OverrideEnded { At = now, Service = Name, Override = approval, Reason = reason });
        }
    }

    /// <summary>What every reader of an alert has to know: that the service is not under the ordinary rules.</summary>
    private void NoteOrders()
    {
        if (_alerts.Count == 0 || Orders == Orders.None)
        {
            return;
        }

        for (var at = 0; at < _alerts.Count; at++)
        {
            foreach (var order in Orders.All.Except(_ended.Select(Order.Of)))
            {
                var (alert, sentence) = (_alerts[at], order.Sentence);
                var said = alert.Kind == AlertKind.Override || alert.Reason.Contains(sentence, StringComparison.Ordinal) || alert.Next.Contains(sentence, StringComparison.Ordinal) || alert.Reason.Contains(order.Arithmetic, StringComparison.Ordinal);
                _alerts[at] = said ? alert : alert with { Next = $"{alert.Next} In effect: {sentence}." };
            }
        }
    }

    /// <summary>What follows a move that was asked for.</summary>
    private string AfterOrder => Orders.Force is { } force
        ? $"It stays there, whatever its health. {OperatorWords.HowToEnd(force, Name)}"
        : $"{string.Join(' ', Orders.Drains.Select(drain => $"{drain.Sentence}. {OperatorWords.HowToEnd(drain, Name)}"))} Then traffic returns by the ordinary rules.".TrimStart();

    /// <summary>When something planned for this service begins or ends.</summary>
    private IEnumerable<DateTimeOffset?> PlannedTimes =>
        fleet.Windows.Where(window => window.Service == Name).SelectMany(window => new DateTimeOffset?[] { window.From, window.Until });
}
