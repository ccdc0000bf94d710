using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>
/// Everything around the daemon, in virtual time: endpoints, our own network, providers, the clock, the disk, operators, and the
/// daemon itself, which is the production control loop over the production Core.
/// </summary>
internal sealed partial class World
{
    private const long MostEvents = 1_000_000;

    /// <summary>How this controller marks its records.</summary>
    public const string Owner = "us";

    private readonly Scenario _scenario;
    private readonly HashSet<(DnsName, RecordType, string)> _everDeclared = [];
    private int _lives;

    public World(Scenario scenario, bool tells = false)
    {
        _scenario = scenario;
        Story = new Story(Clock, tells);
        Agenda = new Agenda(Clock)
        {
            Most = scenario.Faults.Count > 0 ? MostEvents : long.MaxValue,
            Overrun = () => Watch!.Fail("Everything has a bound", $"more than {MostEvents} things happen in one run"),
        };
        Endpoints = new Endpoints(scenario.Seed);
        Network = new OurNetwork(scenario.Seed);
        Disk = new Disk(scenario.Seed, Clock);
        Providers = scenario.Providers.ToDictionary(traits => traits.Name, traits => new Provider(traits, scenario.Seed, Clock));
        Configuration = scenario.Configuration;
        Operators = new Operators(this);
        Ledger = new Ledger(this);
        Drills = new Drills(this);
        Watch = new Watch(this);
        Declare(Configuration);
        foreach (var (provider, records) in scenario.Records)
        {
            Providers[provider].Set(records);
        }
    }

    public int Seed => _scenario.Seed;

    public Clock Clock { get; } = new();

    public Agenda Agenda { get; }

    public Story Story { get; }

    public Endpoints Endpoints { get; }

    public OurNetwork Network { get; }

    public Disk Disk { get; }

    public Operators Operators { get; }

    public Dictionary<string, Provider> Providers { get; }

    public Ledger Ledger { get; }

    public Drills Drills { get; }

    public Watch Watch { get; }

    /// <summary>What failover.yaml says.</summary>
    public ControllerConfiguration Configuration { get; private set; }

    /// <summary>The process that runs or ran last; null before the first.</summary>
    public Process? Daemon { get; private set; }

    public bool IsRunning => Daemon is { IsAlive: true };

    public DateTimeOffset DaemonNow => Daemon?.Time.GetUtcNow() ?? Clock.GetUtcNow();

    /// <summary>How long a process that has died stays dead.</summary>
    public TimeSpan RestartsAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Lives through the faults, and then through peace, unless an invariant is violated before.</summary>
    public Violation? Live()
    {
        foreach (var fault in _scenario.Faults)
        {
            Agenda.At(fault.At, () =>
            {
                Story.Tell($"# {fault}");
                fault.Begin(this);
            });
            if (fault.Lasts > TimeSpan.Zero)
            {
                Agenda.At(fault.At + fault.Lasts, () =>
                {
                    Story.Tell($"# over: {fault}");
                    fault.End(this);
                });
            }
        }

        Start();
        Agenda.RunTo(_scenario.FaultsEnd);
        if (Watch.Violation is null)
        {
            MakePeace();
            var end = _scenario.FaultsEnd + Calm();
            Agenda.RunTo(end);
            if (Configuration.Services.Any(IsNearBudget))
            {
                Agenda.RunTo(end + TimeSpan.FromHours(1)); // the way back from what the end of the faults has led to may have to wait, too
            }
        }

        if (Watch.Violation is null)
        {
            Watch.Ended();
        }

        if (Watch.Violation is null && _scenario.Faults.Any(fault => fault is DrillIsAsked))
        {
            DrillInPeace();
        }

        return Watch.Violation;
    }

    /// <summary>Lets a configuration run without any faults.</summary>
    public void LiveQuietly(TimeSpan time)
    {
        if (Daemon is null)
        {
            Start();
        }

        Agenda.RunTo(Clock.Now + time);
    }

    public void Start()
    {
        Daemon = new Process(this, ++_lives, Configuration);
        Story.Tell($"* process {_lives} starts");
        Ledger.Configured(Configuration);
        Disturb(null, ColdTime(), "a start");
        Daemon.Start();
    }

    public void Died()
    {
        Disturb(null, RestartsAfter, "a crash");
        Agenda.After(RestartsAfter, () =>
        {
            if (!IsRunning)
            {
                Start();
            }
        });
    }

    /// <summary>failover.yaml is changed, and read where there is somebody to read it.</summary>
    public void Reconfigure(ControllerConfiguration configuration, string why)
    {
        Configuration = configuration;
        Declare(configuration);
        Disturb(null, ColdTime(), "a reload");
        if (IsRunning)
        {
            var process = Daemon!;
            process.Configuration = configuration;
            process.Post(TimeSpan.Zero, new ControllerEvent.ConfigurationLoaded(configuration, why), () => Ledger.Configured(configuration));
            Agenda.After(TimeSpan.Zero, () =>
            {
                if (process.IsAlive)
                {
                    process.Probes.Replace(configuration);
                }
            });
        }
    }

    /// <summary>Other times are planned.</summary>
    public void Plan(ValueList<Window> windows)
    {
        Configuration = Configuration with { Windows = windows };
        Drills.Windows.UnionWith(windows.Where(window => window.Kind == WindowKind.Drill));
        if (IsRunning)
        {
            Daemon!.Configuration = Configuration;
            Daemon.Post(TimeSpan.Zero, new ControllerEvent.WindowsKnown(windows));
        }
    }

    public bool WasDeclared(DnsName name, RecordType type, string data) => _everDeclared.Contains((name, type, data));

    private void Declare(ControllerConfiguration configuration)
    {
        foreach (var service in configuration.Services)
        {
            Endpoints.Declare(service);
            Drills.Declare(service);
        }

        _everDeclared.UnionWith(configuration.Services.SelectMany(service => service.Targets).Select(pair => (pair.Target.Service, pair.Target.Type, pair.Target.Value)));
    }

    /// <summary>The faults are over. An operator lets go of everything and takes the records as they are.</summary>
    private void MakePeace()
    {
        Story.Tell("# peace");
        FaultsAreOver = true;
        Operators.LetGo();
        if (Daemon is { IsAlive: true } process)
        {
            (process.DiesAfter, process.DiesAfterWrite, process.DiesInDrill) = (null, null, null);
        }

        RestartsAfter = TimeSpan.FromSeconds(1);
        if (!IsRunning)
        {
            Start();
        }

        Reconfigure(With(OnDrift.Pause), "a new beginning");
        Agenda.After(TimeSpan.FromSeconds(10), Operators.LetGo); // who was dead or deaf is told again
        TakeAsItIs();
        Agenda.After(UntilNoticed, () =>
        {
            // Who is told that a name is left alone until onDrift is changed, does that.
            if (IsRunning && Daemon!.State.Services.Values.Any(service => service.Copies.Values.Any(copy => copy.Drift is { IsPaused: true })))
            {
                Reconfigure(With(OnDrift.Pause), "onDrift is changed");
                TakeAsItIs();
            }
        });

        void TakeAsItIs() => Agenda.After(TimeSpan.FromSeconds(3), () => Reconfigure(With(OnDrift.Alert), "taken as it is"));

        ControllerConfiguration With(OnDrift onDrift) =>
            Configuration with { Windows = [], Services = Configuration.Services.Select(service => InPeace(service, onDrift)).ToValueList() };
    }

    /// <summary>True once the faults are over.</summary>
    public bool FaultsAreOver { get; private set; }

    /// <summary>A service whose records are taken as they are, whoever wrote them.</summary>
    public static ServiceDefinition InPeace(ServiceDefinition service, OnDrift onDrift) => service with { OnDrift = onDrift, Adopt = true, Create = true };

    /// <summary>So long it takes until everything that somebody else has written is known.</summary>
    private TimeSpan UntilNoticed => Configuration.ReconcileInterval + AfterTrouble;

    /// <summary>How long everything may take from now on until it is right again, as the daemon prints it, and then some.</summary>
    private TimeSpan Calm() => Configuration.Services.Select(service =>
        BoundOf(service) + service.MinActiveTime + LongestFailback(service)).Max() + ColdTime() + UntilNoticed + ColdTime() + UntilNoticed + TimeSpan.FromSeconds(60)
        + (Configuration.Rules.Share?.Within ?? TimeSpan.Zero) + LongestDrill();

    /// <summary>True when the switches to come may have to wait until earlier ones are an hour old.</summary>
    private bool IsNearBudget(ServiceDefinition service) =>
        service.SwitchesPerHour is { } limit && Ledger.Commits.Count(commit => commit.Apply.Name == service.Name && commit.Intent is { Switched.Count: > 0 }) + 2 >= limit;

    private static TimeSpan LongestFailback(ServiceDefinition service) =>
        service.Failback.FlapWindow > TimeSpan.Zero && service.Failback.LongestDelay > service.Failback.Delay ? service.Failback.LongestDelay : service.Failback.Delay;
}
