using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;

namespace DnsFailover.Benchmarks.Functions;

/// <summary>The judgement: what each probe and each decision costs, for a service with so many endpoints.</summary>
public class CoreFunctions
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly DnsName Name = DnsName.Parse("api.example.com");

    private readonly HealthRule _rule = new(Rise: 2, Fall: 3);
    private ServiceDefinition _service = null!;
    private ControllerState _state = null!;
    private TargetHealth _up = null!;
    private Observation _pass = null!;
    private Observation _fail = null!;
    private Situation _allUp = null!;
    private Situation _firstDown = null!;
    private Decision _move = null!;
    private NameRecords _live = null!;

    /// <summary>How many endpoints the service has.</summary>
    [Params(3, 100)]
    public int Endpoints { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _service = new ServiceDefinition
        {
            Name = Name,
            Provider = "dns",
            Endpoints = Enumerable.Range(0, Endpoints).Select(Endpoint).ToValueList(),
            Ttl = TimeSpan.FromSeconds(30),
            Failback = new FailbackRule(FailbackMode.Auto, TimeSpan.FromSeconds(60)),
            MinActiveTime = TimeSpan.FromSeconds(60),
        };
        var targets = _service.Targets.Select(pair => pair.Target).ToList();
        _pass = Seen(targets[0], Verdict.Pass);
        _fail = Seen(targets[0], Verdict.Fail);
        _up = TargetHealth.Unproven(Noon).With(_pass, _rule, Noon).With(_pass, _rule, Noon);
        _live = NameRecords.Create(Name, [RecordSet.Create(Name, RecordType.A, TimeSpan.FromSeconds(30), [targets[0].Value])]);
        var health = targets.ToImmutableDictionary(target => target, target => _up with { Last = Seen(target, Verdict.Pass), LastOfAll = Seen(target, Verdict.Pass) });
        var down = _up.With(_fail, _rule, Noon).With(_fail, _rule, Noon).With(_fail, _rule, Noon);
        _allUp = new Situation(_service, RecordType.A, _live, health, SwitchedAt: null, MayMendTtl: true, Noon);
        _firstDown = new Situation(_service, RecordType.A, _live, health.SetItem(targets[0], down), SwitchedAt: null, MayMendTtl: true, Noon);
        _move = Decide.For(_firstDown);
        _state = Controller.Start(new ControllerConfiguration([_service], TimeSpan.FromMinutes(5)), [], Noon).State;
        foreach (var target in targets)
        {
            for (var probe = 0; probe < 2; probe++)
            {
                _state = Controller.Step(_state, new ControllerEvent.Observed(Seen(target, Verdict.Pass)), Noon).State;
            }
        }
    }

    /// <summary>One probe that passed, counted for the health of its target.</summary>
    [Benchmark]
    public object HealthPassed() => _up.With(_pass, _rule, Noon);

    /// <summary>One that failed.</summary>
    [Benchmark]
    public object HealthFailed() => _up.With(_fail, _rule, Noon);

    /// <summary>What is in the answer when nothing is wrong.</summary>
    [Benchmark]
    public object DecideHold() => Decide.For(_allUp);

    /// <summary>When the one that is served is down.</summary>
    [Benchmark]
    public object DecideFailover() => Decide.For(_firstDown);

    /// <summary>The change that a decision asks for.</summary>
    [Benchmark]
    public object Plan() => Planner.Plan(_service, _live, [_move]);

    /// <summary>A whole step of the controller: a probe of a healthy endpoint that passed.</summary>
    [Benchmark]
    public object Step() => Controller.Step(_state, new ControllerEvent.Observed(_pass), Noon).State;

    private static EndpointDefinition Endpoint(int number) => new()
    {
        Name = $"e{number}",
        Priority = number,
        Targets = [new EndpointTarget(RecordType.A, $"192.0.2.{number + 1}")],
        Rule = new HealthRule(Rise: 2, Fall: 3),
        Timing = new ProbeTiming(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)),
        CheckFingerprint = "GET /",
    };

    private static Observation Seen(TargetId target, Verdict verdict) => new()
    {
        Target = target,
        StartedAt = Noon,
        Verdict = verdict,
        Reason = verdict == Verdict.Pass ? "status 200 in 40 ms" : $"connection refused by {target.Value}:443",
        Phases = new ProbePhases(null, null, null, null, TimeSpan.FromMilliseconds(40)),
    };
}
