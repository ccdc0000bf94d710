using System.Collections.Immutable;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>
/// One step of a drill: takes its state in, collects effects, and leaves the next state, or the report. Each step looks at the
/// whole state, whatever the event was. This part goes from leg to leg; the others move the canary, or the service itself.
/// </summary>
internal sealed partial class DrillTurn(DrillUnderWay drill, ControllerState state, DateTimeOffset now)
{
    /// <summary>Progress that is kept; a drill makes a dozen lines, and a few more for each failed try.</summary>
    private const int MostLines = 100;

    private readonly List<Effect> _effects = [];
    private readonly List<Override> _ended = [];
    private readonly List<Override> _begun = [];
    private DrillUnderWay _drill = drill;

    /// <summary>What is to be done for it.</summary>
    public IReadOnlyList<Effect> Effects => _effects;

    /// <summary>The drains that end.</summary>
    public IReadOnlyList<Override> Ended => _ended;

    /// <summary>The drains that begin.</summary>
    public IReadOnlyList<Override> Begun => _begun;

    /// <summary>True when the control targets are to be asked, as before a failover.</summary>
    public bool WantsControls { get; private set; }

    /// <summary>What it showed, once it is over.</summary>
    public DrillReport? Report { get; private set; }

    /// <summary>The drill after the step.</summary>
    public DrillUnderWay Drill => _drill;

    private ServiceState? Service => state.Services.TryGetValue(_drill.Service, out var service) && !service.Retired ? service : null;

    /// <summary>What a drill begins with.</summary>
    public static DrillUnderWay New(long number, DrillRules.Plan plan, OperatorCommand.Drill asked, ControllerState state, DateTimeOffset now)
    {
        var definition = plan.Service.Definition;
        return Fresh(definition, state, now) with
        {
            Number = number,
            Live = asked.Live,
            Name = plan.Name,
            Actor = asked.Actor,
            Down = plan.Down,
            Home = plan.If.Home,
            Leg = asked.Live ? DrillLeg.Away : DrillLeg.Settle,
            From = Named(definition, plan.If.Home),
        };
    }

    /// <summary>A drill that a daemon before this one began: whatever it holds now, it comes back.</summary>
    public static DrillUnderWay Resumed(DrillBegan began, ServiceDefinition definition, ControllerState state, DateTimeOffset now)
    {
        var home = NameRecords.Create(began.Name, began.Home);
        return Fresh(definition, state, now) with
        {
            Number = began.Number,
            Live = began.Live,
            Name = began.Name,
            Actor = began.Actor,
            Down = began.Down,
            Home = home,
            BeganAt = began.At,
            Leg = DrillLeg.Return,
            From = Named(definition, home),
            IsResumed = true,
            LastId = began.Number * 1000 + 500, // what the daemon before this one asked for is not taken for an answer
            Failure = new DrillFailure("the daemon was stopped in the middle of it", "Run it again."),
            Lines = ["the daemon was started again in the middle of it"],
        };
    }

    private static DrillUnderWay Fresh(ServiceDefinition definition, ControllerState state, DateTimeOffset now)
    {
        var bound = DrillRules.BoundOf(state, definition);
        return new DrillUnderWay
        {
            Number = 0,
            Service = definition.Name,
            Live = false,
            Name = definition.Name,
            Down = [],
            Home = NameRecords.Create(definition.Name, []),
            Definition = definition,
            Bound = bound,
            BeganAt = now,
            Leg = DrillLeg.Settle,
            LegSince = now,
            Deadline = now + DrillRules.LegOf(bound),
            Copies = Copies(definition),
            From = string.Empty,
        };
    }

    /// <summary>A fact came in, or time passed.</summary>
    public void Advance(ControllerEvent? fact)
    {
        Take(fact);
        if (Service is { } service)
        {
            Redeclare(service);
            Steps(service);
        }
        else if (!IsWriting)
        {
            Fail(new DrillFailure($"{_drill.Service} is not declared any more", $"{_drill.Name} stays as it is."));
            End(from: null);
        }

        _drill = _drill with { RevisitAt = NextLook(), Lines = _drill.Lines.TakeLast(MostLines).ToValueList() };
    }

    /// <summary>The end of a leg is the beginning of the next one.</summary>
    private void Steps(ServiceState service)
    {
        for (var (leg, begun) = (_drill.Leg, false); Report is null && (!begun || leg != _drill.Leg) && HasHome(service); begun = true)
        {
            leg = _drill.Leg;
            Step(service);
        }
    }

    private void Step(ServiceState service)
    {
        if (_drill.Live)
        {
            StepLive(service);
        }
        else
        {
            StepCanary(service);
        }
    }

    private void Take(ControllerEvent? fact)
    {
        switch (fact)
        {
            case ControllerEvent.Observed { Observation: { RequestId: { } id } seen } when _drill.Probes.TryGetValue(seen.Target, out var probe) && probe.RequestId == id:
                _drill = _drill with { Probes = _drill.Probes.SetItem(seen.Target, probe with { Result = seen }) };
                Say($"{seen.Target}: {seen.Reason}");
                break;
            case ControllerEvent.VerificationEnded ended when ended.Service == _drill.Name:
                Verified(ended);
                break;
            case ControllerEvent.RecordsRead read when read.Service == _drill.Name && !_drill.Live:
                Read(read);
                break;
            case ControllerEvent.ReadFailed failed when failed.Service == _drill.Name && !_drill.Live:
                ReadFailed(failed);
                break;
            case ControllerEvent.ChangeApplied applied when applied.Service == _drill.Name && !_drill.Live:
                Applied(applied);
                break;
            case ControllerEvent.ChangeFailed failed when failed.Service == _drill.Name && !_drill.Live:
                ApplyFailed(failed);
                break;
            case ControllerEvent.JournalFailed failed when failed.Service == _drill.Name && !_drill.Live:
                NotDurable(failed);
                break;
        }
    }

    private void Verified(ControllerEvent.VerificationEnded ended)
    {
        foreach (var (provider, copy) in _drill.Copies)
        {
            if (copy is { WrittenAt: not null, EndedAt: null } && copy.Change?.Id == ended.ChangeId)
            {
                Set(provider, copy with { EndedAt = now, Verification = ended });
                Say(ended.Verified ? $"every name server of {provider} answers it: {ended.Reason}" : $"not every name server of {provider} answers it: {ended.Reason}");
            }
        }
    }

    /// <summary>Another list of endpoints or of providers: it ends, and comes back to where it began, as long as that is declared.</summary>
    private void Redeclare(ServiceState service)
    {
        if ((service.Definition.Endpoints.Equals(_drill.Definition.Endpoints) && service.Definition.Providers.SequenceEqual(_drill.Definition.Providers, StringComparer.Ordinal)) || IsWriting)
        {
            return;
        }

        Fail(new DrillFailure("failover.yaml was changed in the middle of it", "Run it again."));
        _drill = _drill with { Definition = service.Definition };
        Begin(DrillLeg.Return);
    }

    /// <summary>What the service held may not be declared any more, after a restart under another failover.yaml; then it is what the service holds now.</summary>
    private bool HasHome(ServiceState service)
    {
        if (DrillRules.IsDeclared(_drill.Definition, _drill.Home))
        {
            return true;
        }

        if (service.Live is { } live && DrillRules.IsDeclared(service.Definition, live))
        {
            _drill = _drill with { Home = HomeOf(service.Definition, live), From = Named(service.Definition, live) };
            return true;
        }

        if (now >= _drill.Deadline && !IsWriting)
        {
            Fail(new DrillFailure($"what {_drill.Service} held is not declared any more", "Run it again."));
            End(from: null);
        }

        return false;
    }

    private NameRecords HomeOf(ServiceDefinition definition, NameRecords live) =>
        NameRecords.Create(_drill.Name, live.Sets.Where(set => definition.Types.Contains(set.Type)).Select(set => RecordSet.Create(_drill.Name, set.Type, set.Ttl, set.Values)));

    private void Begin(DrillLeg leg)
    {
        _drill = _drill with
        {
            Leg = leg,
            LegSince = now,
            Deadline = now + (DrillRules.LegOf(_drill.Bound) * (leg == DrillLeg.Return ? 2 : 1)), // the way back is tried for longer
            Copies = Copies(_drill.Definition),
            Probes = ImmutableSortedDictionary<TargetId, FreshProbe>.Empty,
            HasDrained = false,
        };
        if (leg == DrillLeg.Return)
        {
            Say($"it returns to {Named(_drill.Definition, _drill.Home)}");
        }
    }

    /// <summary>The first failure is the report's; what follows from it is only said.</summary>
    private void Fail(DrillFailure failure)
    {
        if (_drill.Failure is null)
        {
            _drill = _drill with { Failure = failure };
            Say($"FAIL: {failure.Reason}");
        }
    }

    private void Say(string line) => _drill = _drill with { Lines = _drill.Lines.Append($"+{Text.Of(now - _drill.BeganAt)} {line}").ToValueList() };

    private void Set(string provider, DrillCopy copy) => _drill = _drill with { Copies = _drill.Copies.SetItem(provider, copy) };

    private bool IsWriting => _drill.Copies.Values.Any(copy => copy.IsWriting) && !_drill.Live;

    private DateTimeOffset? NextLook() => _drill.Copies.Values.Select(copy => copy.RetryAt).Append(_drill.Deadline).Where(at => at > now).Min();

    private long NextId()
    {
        _drill = _drill with { LastId = (_drill.LastId == 0 ? _drill.Number * 1000 : _drill.LastId) + 1 };
        return _drill.LastId;
    }

    private static ImmutableSortedDictionary<string, DrillCopy> Copies(ServiceDefinition definition) =>
        definition.Providers.ToImmutableSortedDictionary(provider => provider, _ => new DrillCopy(), StringComparer.Ordinal);

    /// <summary>Records in the words of failover.yaml.</summary>
    internal static string Named(ServiceDefinition definition, NameRecords records)
    {
        var values = records.Sets.SelectMany(set => set.Values.Select(value => (set.Type, value.Data)));
        var names = values.Select(value => definition.Targets.Where(pair => pair.Target.Type == value.Type && pair.Target.Value == value.Data).Select(pair => pair.Target.ToString()).FirstOrDefault() ?? value.Data).ToList();
        return names.Count > 0 ? string.Join(", ", names) : "nothing";
    }
}
