using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Logging;
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

        if (fact is ControllerEvent.ChangeApplied { Service: var name, ChangeId: var id } && WrittenIn(after, name, id) is { } written)
        {
            using var story = DecisionScope.Begin(logger, written.DecisionId, name);
            StoryGoesOn($"change {id} is written at {written.Provider} ({written.Change}), and the authoritative servers are asked for it");
        }

        foreach (var record in effects.OfType<Effect.Record>())
        {
            foreach (var entry in record.Entries)
            {
                Tell(entry, before, after);
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

    /// <summary>The name of the decision that an entry is of; null when it is of none.</summary>
    internal static string? DecisionOf(JournalEntry entry) => entry switch
    {
        IntentRecorded intent => intent.DecisionId,
        OutcomeRecorded outcome => outcome.DecisionId,
        _ => null,
    };

    /// <summary>Also for conditions that are of one change: their cause names the provider, and the state knows the change there.</summary>
    private static string? DecisionOf(JournalEntry entry, ControllerState? before, ControllerState after)
    {
        var cause = entry switch { ConditionRaised raised => raised.Cause, ConditionCleared cleared => cleared.Cause, _ => null };
        if (cause is null || entry.Service is not { } service || cause.Split(':', 2) is not ["unverified" or "provider-write", var provider])
        {
            return DecisionOf(entry);
        }

        var change = new[] { before, after }.Select(state => state?.Services.GetValueOrDefault(service)?.Copies.GetValueOrDefault(provider))
            .Select(copy => copy?.Change?.Intent.Change.Id ?? copy?.Unverified?.ChangeId).FirstOrDefault(id => id is not null);
        return change is { } known ? Core.Text.DecisionId(service, known) : null;
    }

    private static IntentRecorded? WrittenIn(ControllerState state, DnsName service, long changeId) =>
        state.Services.GetValueOrDefault(service)?.Copies.Values.Select(copy => copy.Change)
            .FirstOrDefault(change => change is { Stage: ChangeStage.Verifying } && change.Intent.Change.Id == changeId)?.Intent;

    private void Tell(JournalEntry entry, ControllerState? before, ControllerState after)
    {
        if (DecisionOf(entry, before, after) is { } decision)
        {
            using var story = DecisionScope.Begin(logger, decision, entry.Service);
            TellStory(entry);
            return;
        }

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
            default:
                Inform(service, entry.Sentence);
                break;
        }
    }

    private void TellStory(JournalEntry entry)
    {
        switch (entry)
        {
            case OutcomeRecorded { Result: not ChangeResult.Verified }:
                StoryFails(entry.Sentence);
                break;
            case ConditionRaised:
                StoryStalls(entry.Sentence);
                break;
            default:
                StoryGoesOn(entry.Sentence);
                break;
        }
    }

    // The name of the decision, which the scope puts in front, names the service.
    [LoggerMessage(1017, LogLevel.Information, "{Sentence}")]
    private partial void StoryGoesOn(string sentence);

    [LoggerMessage(1018, LogLevel.Warning, "{Sentence}")]
    private partial void StoryStalls(string sentence);

    [LoggerMessage(1019, LogLevel.Error, "{Sentence}")]
    private partial void StoryFails(string sentence);

    [LoggerMessage(1010, LogLevel.Information, "{Service}: {Sentence}")]
    private partial void Inform(string service, string sentence);

    [LoggerMessage(1011, LogLevel.Warning, "{Service}: {Sentence}")]
    private partial void Warn(string service, string sentence);

    [LoggerMessage(1013, LogLevel.Warning, "{Service}: {Target} is suspected: {Reason}")]
    private partial void Suspected(string service, TargetId target, string reason);

    [LoggerMessage(1014, LogLevel.Information, "{Service}: {Target} is no longer suspected: {Reason}")]
    private partial void NoLongerSuspected(string service, TargetId target, string reason);

    [LoggerMessage(1016, LogLevel.Warning, "{Service}: {Target} cannot be judged and stays {Status}: {Reason}")]
    private partial void Blind(string service, TargetId target, HealthStatus status, string reason);

    [LoggerMessage(1015, LogLevel.Debug, "{Service}: a probe of {Target} says nothing: {Reason}")]
    private partial void Inconclusive(string service, TargetId target, string reason);
}
