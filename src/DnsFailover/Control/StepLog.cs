using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Control;

/// <summary>Tells the log what the controller concludes, in the sentences that also stand in the journal.</summary>
internal sealed partial class StepLog(ILogger<StepLog> logger) : IStepObserver
{
    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is ControllerEvent.Observed { Observation: var observation })
        {
            TellObservation(observation, before!, after);
        }

        if (fact is ControllerEvent.ConfigurationRejected { Reason: var reason } && effects.Count == 0)
        {
            Warn("dnsfailover", $"the configuration is still rejected: {reason}"); // alerted before; who sent SIGHUP wants an answer
        }

        foreach (var record in effects.OfType<Effect.Record>())
        {
            foreach (var entry in record.Entries)
            {
                Tell(entry);
            }
        }
    }

    private void TellObservation(Observation observation, ControllerState before, ControllerState after)
    {
        var (was, now) = (HealthIn(before, observation.Target), HealthIn(after, observation.Target));
        if (now is { IsSuspect: true } && was is { IsSuspect: false })
        {
            Suspected(observation.Target.Service.ToString(), observation.Target, observation.Reason);
        }
        else if (now is { IsFit: true } && was is { IsSuspect: true })
        {
            NoLongerSuspected(observation.Target.Service.ToString(), observation.Target, observation.Reason);
        }
        else if (observation.Verdict == Verdict.Inconclusive && was is { LastOfAll: null or { Verdict: not Verdict.Inconclusive } })
        {
            Blind(observation.Target.Service.ToString(), observation.Target, was.Status, observation.Reason); // once, until one says something again
        }
        else if (observation.Verdict == Verdict.Inconclusive)
        {
            Inconclusive(observation.Target.Service.ToString(), observation.Target, observation.Reason);
        }
    }

    private static TargetHealth? HealthIn(ControllerState state, TargetId target) =>
        state.Services.TryGetValue(target.Service, out var service) && service.Health.TryGetValue(target, out var health) ? health : null;

    private void Tell(JournalEntry entry)
    {
        var service = entry.Service?.ToString() ?? "dnsfailover";
        switch (entry)
        {
            case ConditionRaised { IsOfTarget: true }:
                break; // the target's change of health has said it
            case HealthChanged { To: HealthStatus.Down } or ConditionRaised or DriftNoticed or ConfigurationChanged { Accepted: false }:
                Warn(service, entry.Sentence);
                break;
            case DrillEnded { Report.Result: not DrillResult.Passed }:
                Warn(service, entry.Sentence);
                break;
            case OutcomeRecorded { Result: not ChangeResult.Verified }:
                Fail(service, entry.Sentence);
                break;
            default:
                Inform(service, entry.Sentence);
                break;
        }
    }

    [LoggerMessage(1010, LogLevel.Information, "{Service}: {Sentence}")]
    private partial void Inform(string service, string sentence);

    [LoggerMessage(1011, LogLevel.Warning, "{Service}: {Sentence}")]
    private partial void Warn(string service, string sentence);

    [LoggerMessage(1012, LogLevel.Error, "{Service}: {Sentence}")]
    private partial void Fail(string service, string sentence);

    [LoggerMessage(1013, LogLevel.Warning, "{Service}: {Target} is suspected: {Reason}")]
    private partial void Suspected(string service, TargetId target, string reason);

    [LoggerMessage(1014, LogLevel.Information, "{Service}: {Target} is no longer suspected: {Reason}")]
    private partial void NoLongerSuspected(string service, TargetId target, string reason);

    [LoggerMessage(1016, LogLevel.Warning, "{Service}: {Target} cannot be judged and stays {Status}: {Reason}")]
    private partial void Blind(string service, TargetId target, HealthStatus status, string reason);

    [LoggerMessage(1015, LogLevel.Debug, "{Service}: a probe of {Target} says nothing: {Reason}")]
    private partial void Inconclusive(string service, TargetId target, string reason);
}
