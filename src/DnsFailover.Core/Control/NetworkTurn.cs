using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Network;

namespace DnsFailover.Core.Control;

/// <summary>
/// One step of the judgement about ourselves. Too few control targets that answer, or too many endpoints that fail at
/// once, freeze all writes; one message tells it, and another one when it is over.
/// </summary>
internal sealed class NetworkTurn(NetworkState before, FleetRules rules, DateTimeOffset now)
{
    /// <summary>Trouble that began so shortly before the first check that failed was ours already.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    /// <summary>A network that comes and goes is told at most this often.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMinutes(10);

    /// <summary>When enough of what failed at once works again, the rest has so long to follow before it is taken for real.</summary>
    private static readonly TimeSpan Recovering = TimeSpan.FromSeconds(5);

    private readonly List<Effect> _effects = [];
    private readonly (bool IsFrozen, DateTimeOffset? RevisitAt) _before = (before.IsFrozen, before.RevisitAt);
    private NetworkState _state = before;
    private string? _over;

    /// <summary>True when services should look again at once: it froze, it thawed, or what was waited for is known.</summary>
    public bool ConcernsServices { get; private set; }

    /// <summary>The daemon starts: whether a failure could be told from one of ours is to be known before there is one.</summary>
    public void Start()
    {
        if (_state.Condition is { } ahead && ahead.Since > now)
        {
            _state = _state with { Condition = ahead with { Since = now } }; // the clock was wrong: what failed from now on would not be void
        }

        HoldOn();
        if (rules.SelfCheck is { } rule && _state is { Condition: { } condition, ByMass: null })
        {
            _state = _state with { ByControls = new ControlFreeze(condition.Since, now + rule.Recheck) };
        }

        _over = "the daemon was started again";
        Ask();
    }

    /// <summary>
    /// A restart does not end a hold because too much failed at once: what is down by the first round of probes is no more likely
    /// to be real than it was. What failed when is not known any more, so that it lasts for one window, within its own bound.
    /// </summary>
    private void HoldOn()
    {
        if (rules.MassFailure is { } rule && _state is { Condition: { } condition, HeldBefore: { } latest } && Earlier(latest, now + rule.Window) is var until && until > now)
        {
            _state = _state with { ByMass = new MassFreeze(condition.Since, condition.Since, until, condition.Reason, []) { IsOfBefore = true } };
        }

        _state = _state with { HeldBefore = null };
    }

    /// <summary>The rules may have changed, and the control targets too.</summary>
    public void Reload()
    {
        _state = _state with
        {
            Check = null,
            UnansweredSince = null,
            ByControls = rules.SelfCheck is null ? null : _state.ByControls,
            ByMass = rules.MassFailure is null ? null : _state.ByMass,
        };
        _over = "failover.yaml was changed, and does not ask for it any more";
        ConcernsServices = _before.IsFrozen;
        Ask();
    }

    /// <summary>Asks the control targets, unless they are being asked.</summary>
    public void Ask()
    {
        if (rules.SelfCheck is null || _state.Check is not null)
        {
            return;
        }

        var id = _state.LastId + 1;
        _state = _state with { Check = new ControlCheck(id, now), LastId = id, UnansweredSince = _state.UnansweredSince ?? now };
        _effects.Add(new Effect.CheckControls(id));
    }

    /// <summary>They were asked.</summary>
    public void Answer(ControllerEvent.ControlsChecked answered)
    {
        if (rules.SelfCheck is not { } rule || _state.Check is not { } check || check.RequestId != answered.RequestId)
        {
            return; // the answer to a question that was given up
        }

        ConcernsServices = true;
        var answer = new ControlAnswer(check.AskedAt, answered.Results);
        _state = _state with { Check = null, UnansweredSince = null, Last = answer };
        if (answer.Passed < rule.Needed)
        {
            _state = _state with { ByControls = new ControlFreeze(_state.ByControls?.Since ?? check.AskedAt, now + rule.Recheck) };
        }
        else if (_state.ByControls is { } freeze)
        {
            _state = _state with { ByControls = null };
            Void(freeze.Since - Margin, unlessFailedSince: null);
            _over = answer.Sentence;
        }
    }

    /// <summary>Time passed.</summary>
    public void PassTime()
    {
        if (rules.SelfCheck is not { } rule)
        {
            return;
        }

        if (_state.LostAt(rule) <= now)
        {
            _state = _state with { Check = null };
            Ask();
        }
        else if (_state.ByControls?.RecheckAt <= now)
        {
            Ask();
        }

        ConcernsServices |= _state.PatientUntil(rule) is { } end && end <= now && _before.RevisitAt <= end; // once, when the patience ends
    }

    /// <summary>Counts what failed at once.</summary>
    /// <param name="services">Every service, after this step.</param>
    public void Count(IEnumerable<ServiceState> services)
    {
        if (rules.MassFailure is not { } rule)
        {
            return;
        }

        if (_state.ByMass is not { } freeze)
        {
            var recent = MassFailure.Recent(rule, _state, services, now);
            if (recent.IsSuspicious(rule))
            {
                ConcernsServices = true;
                _state = _state with { ByMass = new MassFreeze(recent.First, now, recent.Last + rule.Window, recent.Sentence, recent.Who) };
            }

            return;
        }

        if (freeze.IsOfBefore)
        {
            if (freeze.Until <= now)
            {
                EndMass("so much had failed at once before the daemon was started again, and what is down by now is judged by the probes since");
            }

            return;
        }

        var failed = MassFailure.Since(freeze.First - TimeSpan.FromTicks(1), services);
        var until = failed.IsSuspicious(rule)
            ? Earlier(failed.Last + rule.Window, freeze.Since + (rule.Window * HoldBack.MostWindows))
            : Earlier(freeze.Until, now + Recovering);
        if (until > now)
        {
            _state = _state with { ByMass = freeze with { Until = until } };
        }
        else if (failed.IsSuspicious(rule))
        {
            EndMass($"{failed.Figures} are still down {Text.Of(now - freeze.First)} after the first of them failed, so that it is taken for real");
            Void(freeze.First, unlessFailedSince: failed.Last);
        }
        else
        {
            EndMass($"of what failed at once, {(failed.Endpoints == 0 ? "nothing is" : failed.Endpoints == 1 ? "1 endpoint is" : $"{failed.Endpoints} endpoints are")} still down");
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    /// <summary>Ends the step.</summary>
    public (NetworkState State, IEnumerable<Effect> Effects) End()
    {
        if (_state.IsFrozen)
        {
            Raise();
        }
        else if (_state.Condition is { } condition)
        {
            Clear(condition);
        }

        return (_state with { RevisitAt = DueTimes().Where(time => time > now).Min() }, _effects);
    }

    private IEnumerable<DateTimeOffset?> DueTimes() =>
    [
        rules.SelfCheck is { } rule ? _state.LostAt(rule) : null,
        rules.SelfCheck is { } patient ? _state.PatientUntil(patient) : null,
        _state.Check is null ? _state.ByControls?.RecheckAt : null,
        _state.ByMass?.Until,
        _state.Condition is { Told: false } ? _state.ToldAt + QuietTime : null,
    ];

    private void EndMass(string reason)
    {
        ConcernsServices = true;
        _state = _state with { ByMass = null, MassSettledAt = now };
        _over = reason;
    }

    private void Void(DateTimeOffset from, DateTimeOffset? unlessFailedSince) =>
        _state = _state with { Void = new VoidVerdicts((_state.Void?.Number ?? 0) + 1, from, now, unlessFailedSince) };

    private void Raise()
    {
        var known = _state.Condition;
        var mayTell = known is not { Told: true } && !(now - _state.ToldAt < QuietTime);
        if (known is not null && !mayTell)
        {
            return;
        }

        var why = _state.Why(rules.SelfCheck)!;
        var evidence = _state.ByControls is not null ? (_state.Last?.Results ?? []).Where(result => !result.Passed).Select(result => result.Sentence).ToValueList() : _state.ByMass!.Who;
        var condition = new Condition(NetworkState.Cause, AlertKind.Frozen, why, known?.Since ?? _state.ByControls?.Since ?? _state.ByMass!.Since, Told: mayTell);
        _state = _state with { Condition = condition, ToldAt = mayTell ? now : _state.ToldAt };
        var entry = new ConditionRaised { At = now, Cause = condition.Cause, Alert = condition.Kind, Reason = $"nothing is written, since our own network is the likely fault: {why}", Since = condition.Since, Told = condition.Told, Evidence = evidence, HoldsUntil = HoldsUntil };
        _effects.Add(new Effect.Record(Name: null, [entry], mayTell ? [Frozen(why, evidence)] : []));
    }

    private DateTimeOffset? HoldsUntil => _state is { ByControls: null, ByMass: { } mass } && rules.MassFailure is { } rule ? mass.Since + (rule.Window * HoldBack.MostWindows) : null;

    private Alert Frozen(string why, ValueList<string> evidence) => new()
    {
        Kind = AlertKind.Frozen,
        At = now,
        Title = _state.ByControls is not null ? "nothing is written: our own network is the likely fault" : "nothing is written for now: too much failed at once",
        Reason = why,
        Evidence = evidence,
        Next = _state.ByControls is not null
            ? $"Every name stays as it is. The control targets are asked again every {Text.Of(rules.SelfCheck!.Recheck)}, and once enough of them answer, what still fails is acted on. If they cannot be reached from here at all, choose others, or set selfCheck: off."
            : $"Every name stays as it is. What is still down {Text.Of(rules.MassFailure!.Window)} after the last failure is taken for real and acted on. If these endpoints may well fail together, say which vendor each belongs to, or change massFailure.",
    };

    private void Clear(Condition condition)
    {
        var sentence = $"it is written again: {_over}";
        _state = _state with { Condition = null };
        var entry = new ConditionCleared { At = now, Cause = condition.Cause, Reason = sentence };
        var alert = new Alert
        {
            Kind = AlertKind.Recovered,
            At = now,
            Title = "our own network is not the likely fault any more",
            Reason = $"{_over}; before: {condition.Reason}",
            Downtime = now - condition.Since,
            Next = "What failed meanwhile is judged by new probes, and what still fails is acted on.",
        };
        _effects.Add(new Effect.Record(Name: null, [entry], condition.Told ? [alert] : []));
    }
}
