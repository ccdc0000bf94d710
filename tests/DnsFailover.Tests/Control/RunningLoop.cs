using System.Collections.Concurrent;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Tests.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Control;

/// <summary>A real control loop and carrier over fakes at the seams.</summary>
internal sealed class RunningLoop : IAsyncDisposable, IStepObserver
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<ControllerEvent> _facts = new();
    private ControlLoop? _loop;

    public MemoryJournal Journal { get; } = new();

    public ScriptedProvider Dns { get; } = new();

    public FakeDirectory Directory { get; } = new();

    public AnsweringProbes Probes { get; } = new();

    public FakeControls Controls { get; } = new();

    public FleetRules Rules { get; init; } = new();

    public CapturedLog<ControlLoop> Log { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromMinutes(5);

    public List<IStepObserver> Observers { get; } = [];

    public Task Ended { get; private set; } = Task.CompletedTask;

    public IReadOnlyList<ControllerEvent> Facts => [.. _facts];

    /// <summary>Everything is there, and no step is made yet.</summary>
    public void Prepare()
    {
        Directory.Providers.TryAdd("dns", Dns);
        var carrier = new EffectCarrier(Journal, Probes, Directory, new AgreeingVerifier(), Controls, Time, NullLogger<EffectCarrier>.Instance);
        _loop = new ControlLoop(carrier, Time, [.. Observers, this], Log);
        Probes.Post = Post;
    }

    public void Start(params ServiceDefinition[] services)
    {
        Prepare();
        Ended = Task.Run(() => _loop!.RunAsync(new ControllerConfiguration(services.ToValueList(), ReconcileInterval) { Rules = Rules }, [], _stopping.Token), CancellationToken.None);
    }

    public void Post(ControllerEvent fact) => _ = _loop!.PostAsync(fact, CancellationToken.None).AsTask();

    public ControlLoop Loop => _loop!;

    public Task<CommandResult> CommandAsync(OperatorCommand command) => _loop!.CommandAsync(command, TestContext.Current.CancellationToken);

    /// <summary>Both endpoints are up and the active one is published.</summary>
    public async Task SettleAsync(params ServiceDefinition[] services)
    {
        foreach (var service in services)
        {
            Post(Sample.Observed(service.Target(Sample.Active), Verdict.Pass));
            Post(Sample.Observed(service.Target(Sample.Standby), Verdict.Pass));
        }

        await Eventually.HoldsAsync(
            () => _loop!.State is { } state && services.All(service => state.Services[service.Name] is { Live: not null } now && now.Health.Values.All(health => health.IsFit)),
            () => "every endpoint is up and the records are read");
    }

    public void Fail(ServiceDefinition service) => Post(Sample.Observed(service.Target(Sample.Active), Verdict.Fail));

    public Task SwitchedAsync(ServiceDefinition service) => Eventually.HoldsAsync(
        () => Journal.Entries.OfType<OutcomeRecorded>().Any(outcome => outcome.Service == service.Name && outcome.Result == ChangeResult.Verified),
        () => $"{service.Name} is switched; the journal: {string.Join(" | ", Journal.Entries.Select(entry => entry.Sentence))}");

    public ControllerState State => _loop!.State!;

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Ended.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is not null)
        {
            _facts.Enqueue(fact);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }
}
