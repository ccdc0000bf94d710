using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What the guards of decisions need to know, and what becomes of what they say.</summary>
internal sealed partial class ServiceTurn
{
    /// <summary>So many switches are remembered at the most: those of an hour under the largest budget of 60, for both families.</summary>
    private const int MostSwitches = 128;

    private const string ShareCause = ":share";

    /// <summary>Older switches count for nothing; the longest flap window is as long.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    /// <summary>
    /// Nothing is written before every target has a verdict, or was probed so often that none is to be had. It is
    /// counted in observations and not in time: a prober that is late must not let a guess through.
    /// </summary>
    private bool IsCold()
    {
        if (!_state.IsWarm && Definition.Targets.All(pair => _state.Health[pair.Target].IsSettled(pair.Endpoint.Rule)))
        {
            _state = _state with { IsWarm = true };
        }

        return !_state.IsWarm;
    }

    private Circumstances Around() => new()
    {
        Switches = _state.FollowedAt(now).ToList() is { Count: > 0 } followed
            ? _state.Switches.Concat(followed.ConvertAll(intent => new PastSwitch(intent.At, intent.Decision, intent.Switched) { Left = intent.Left })).ToValueList()
            : _state.Switches,
        Windows = fleet.Windows,
        Fleet = kind => FleetReckoning.For(_state, kind, fleet, now),
    };

    /// <summary>Every sentence that belongs to the record of a change, or of its refusal: what could have held it back, with its figures.</summary>
    private static ValueList<string> GuardSentences(List<Decision> decisions) =>
        decisions.SelectMany(decision => decision.Guards).Distinct(StringComparer.Ordinal).ToValueList();

    /// <summary>What has happened cannot lie ahead: after the clock was set back, it counts as of now, so that its hold-down ends.</summary>
    private void ForgetTheFuture()
    {
        if (_state.HoldDowns.Any(hold => hold.SwitchedAt > now))
        {
            _state = _state with { HoldDowns = _state.HoldDowns.Select(hold => hold.SwitchedAt > now ? hold with { SwitchedAt = now } : hold).ToValueList() };
        }

        if (_state.Switches.Any(past => past.At > now))
        {
            _state = _state with { Switches = _state.Switches.Select(past => past.At > now ? past with { At = now } : past).ToValueList() };
        }
    }

    /// <summary>Asks for a probe of what a decision has only old evidence of; where one has just said nothing, at the pace of confirmations.</summary>
    private void ProbeAgain(List<Decision> decisions)
    {
        foreach (var target in decisions.SelectMany(decision => decision.ProbeAgain).Distinct().Order())
        {
            var pause = Definition.Endpoints.First(endpoint => endpoint.Name == target.Endpoint).Timing.FastInterval;
            _requests.Add(new Effect.ProbeNow(target, RequestId: null, now - _state.Health[target].LastOfAll?.StartedAt < pause ? pause : TimeSpan.Zero));
        }
    }

    /// <summary>True when a decision waits for what this target's next probe says.</summary>
    private bool WaitsFor(TargetId target) => _state.Decisions.Values.Any(decision => decision.ProbeAgain.Contains(target));

    /// <summary>True while a change away from what is down is wanted at the leading provider, and only a guard holds it back.</summary>
    private bool IsHeldBack => _at == _state.Lead && _state.Decisions.Values.Any(decision => decision.Wanted is not (null or DecisionKind.Failback));

    /// <summary>The switches that are remembered once a change is in effect for these types.</summary>
    private ValueList<PastSwitch> SwitchesWith(IntentRecorded intent, ValueList<RecordType> written, DateTimeOffset at)
    {
        if (intent.Follows || written.Count == 0 || !(intent.MovesTraffic || intent.Decision == DecisionKind.Forced))
        {
            return _state.Switches;
        }

        var past = new PastSwitch(at, intent.Decision, intent.Switched.Where(written.Contains).ToValueList())
        {
            Left = intent.Left.Where(target => written.Contains(target.Type)).ToValueList(),
        };
        return _state.Switches.Where(earlier => now - earlier.At < Remembered).Append(past).OrderBy(one => one.At).TakeLast(MostSwitches).ToValueList();
    }

    /// <summary>How long what lost its traffic by this change has to be up before it gets it back, with the arithmetic.</summary>
    private string FailbackDelay(IntentRecorded intent)
    {
        var counts = intent.Decision == DecisionKind.Failover
            ? intent.Switched.Select(type => _state.Switches.Where(past => past.Kind == DecisionKind.Failover && past.Types.Contains(type)).Select(past => past.At).ToList())
            : intent.Left.Select(target => _state.Switches.Where(past => past.Left.Contains(target)).Select(past => past.At).ToList());
        return Damping.Of(Definition.Failback, counts.MaxBy(times => times.Count) ?? [], now, now).Text;
    }

    /// <summary>True when another service tells that so many names have moved, or has told it a moment ago: one cause, one message.</summary>
    private bool IsShareToldByAnother(Trouble trouble) => trouble.Cause.EndsWith(ShareCause, StringComparison.Ordinal) && fleet.Services.Any(other =>
        other.Definition.Name != Name && (other.Conditions.Values.Any(theirs => theirs.Told && theirs.Cause.EndsWith(ShareCause, StringComparison.Ordinal))
            || other.ToldAt.Any(told => now - told.Value < QuietTime && told.Key.EndsWith(ShareCause, StringComparison.Ordinal))));
}
