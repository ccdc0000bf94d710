using System.Diagnostics;
using DnsFailover.Cli;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using Color = Spectre.Console.Color;

namespace DnsFailover.Demo;

/// <summary>The steps of the demo that the daemon itself reports.</summary>
internal enum Milestone
{
    /// <summary>Every endpoint is proven to work.</summary>
    AllUp,

    /// <summary>The name is published and the server answers it.</summary>
    Published,

    /// <summary>A first probe of the primary failed.</summary>
    Suspected,

    /// <summary>The primary is Down.</summary>
    Down,

    /// <summary>The record is changed.</summary>
    Switched,

    /// <summary>The authoritative server answers the standby.</summary>
    Verified,

    /// <summary>The primary is Up again.</summary>
    Back,

    /// <summary>The authoritative server answers the primary again.</summary>
    FailedBack,
}

/// <summary>Prints what the daemon does, as it does it, and lets the script wait for each step.</summary>
internal sealed class DemoTimeline(Terminal terminal, string primary) : IStepObserver
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Dictionary<Milestone, TaskCompletionSource> _reached = Enum.GetValues<Milestone>()
        .ToDictionary(milestone => milestone, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private readonly Lock _gate = new();

    /// <summary>The times of the failover, once it is verified.</summary>
    public SwitchTimings? Failover { get; private set; }

    /// <summary>The times of the failback, once it is verified.</summary>
    public SwitchTimings? Failback { get; private set; }

    /// <summary>What Slack would be told of the failover, once it is verified.</summary>
    public Alert? FailoverAlert { get; private set; }

    /// <summary>Waits for a step.</summary>
    /// <exception cref="TimeoutException">It did not come.</exception>
    public Task ReachAsync(Milestone milestone, TimeSpan bound, CancellationToken cancellationToken) => _reached[milestone].Task.WaitAsync(bound, cancellationToken);

    /// <summary>True when the step was observed.</summary>
    public bool Has(Milestone milestone) => _reached[milestone].Task.IsCompletedSuccessfully;

    /// <summary>Prints one line with the time since the start.</summary>
    public void Say(string what, string text, Color? colour = null)
    {
        lock (_gate)
        {
            terminal.Line($"{Stopwatch.GetElapsedTime(_start).TotalSeconds,7:0.000} s  {what,-11} {text}", colour ?? Color.Default);
        }
    }

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is ControllerEvent.Observed { Observation: { Verdict: Verdict.Fail } observation }
            && after.Services[observation.Target.Service].Health[observation.Target] is { IsSuspect: true, Fails: 1 })
        {
            Say("suspected", $"{observation.Target}: {observation.Reason}", Color.Yellow);
            Reached(Milestone.Suspected);
        }

        foreach (var record in effects.OfType<Effect.Record>())
        {
            FailoverAlert ??= record.Alerts.FirstOrDefault(alert => alert.Kind == AlertKind.Failover);
            foreach (var entry in record.Entries)
            {
                Tell(entry, before);
            }
        }

        if (fact is ControllerEvent.ChangeApplied applied)
        {
            Say("switched", $"{applied.Service} is written at the provider");
            Reached(Milestone.Switched);
        }

        if (after.Services.Values.All(service => service.Health.Values.All(health => health.Status == HealthStatus.Up)))
        {
            Reached(Milestone.AllUp);
        }
    }

    private void Tell(JournalEntry entry, ControllerState? before)
    {
        switch (entry)
        {
            case HealthChanged { To: HealthStatus.Down } down:
                Say("down", $"{down.Target}: {down.Reason}", Color.Red);
                Reached(Milestone.Down);
                break;
            case HealthChanged { To: HealthStatus.Up } up:
                Say("up", $"{up.Target}: {up.Reason}", Color.Green);
                if (up.Target.Endpoint == primary && Has(Milestone.Down))
                {
                    Reached(Milestone.Back);
                }

                break;
            case IntentRecorded intent:
                Say(Text.Of(intent.Decision), $"{intent.Change}: {intent.Reason}");
                break;
            case OutcomeRecorded { Result: ChangeResult.Verified, Timings: { } timings } outcome:
                Ended(before!.Services[outcome.Service!.Value].Change!.Intent.Decision, timings, outcome.Reason);
                break;
            case OutcomeRecorded outcome:
                Say("not done", outcome.Sentence, Color.Red);
                break;
        }
    }

    private void Ended(DecisionKind decision, SwitchTimings timings, string reason)
    {
        Say("verified", reason, Color.Green);
        switch (decision)
        {
            case DecisionKind.Failover:
                Failover = timings;
                Reached(Milestone.Verified);
                break;
            case DecisionKind.Failback:
                Failback = timings;
                Reached(Milestone.FailedBack);
                break;
            default:
                Reached(Milestone.Published);
                break;
        }
    }

    private void Reached(Milestone milestone) => _reached[milestone].TrySetResult();
}
