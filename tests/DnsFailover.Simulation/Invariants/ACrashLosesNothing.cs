using DnsFailover.Core.Alerts;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;

namespace DnsFailover.Simulation;

/// <summary>9. A crash at any point loses no switch, no override and no alert: everything that was written has its intent, its outcome and its alert.</summary>
internal sealed class ACrashLosesNothing(World world) : Invariant(world)
{
    public override string Name => "9 A crash loses nothing";

    public override void Committed(Commit commit, Provider provider) =>
        Must(commit.Intent is not null, $"{commit.Apply.Provider} has written change {commit.Apply.Change.Id} of {commit.Apply.Name}, of which the journal knows nothing");

    public override void Durable(Core.Control.Effect.Record record)
    {
        foreach (var outcome in record.Entries.OfType<OutcomeRecorded>())
        {
            var intent = World.Ledger.Intents.GetValueOrDefault((outcome.Service!.Value, outcome.Provider, outcome.ChangeId));
            if (outcome.Result is ChangeResult.Verified or ChangeResult.Unverified && intent is { Follows: false } && !IsOfADrill(intent))
            {
                Must(record.Alerts.Any(alert => alert.Service == outcome.Service && IsOfASwitch(alert.Kind)), $"change {outcome.ChangeId} of {outcome.Service} was written, and nobody is told");
            }
        }

        foreach (var ended in record.Entries.OfType<DrillEnded>().Where(ended => ended.Report.Result != DrillResult.Refused))
        {
            Must(record.Alerts.Any(alert => alert.Service == ended.Service && alert.Kind is AlertKind.DrillPassed or AlertKind.DrillFailed), $"drill {ended.Report.Number} of {ended.Service} ended, and nobody is told");
        }
    }

    public override void Ended()
    {
        foreach (var commit in World.Ledger.Commits)
        {
            var found = World.Ledger.Outcomes.TryGetValue((commit.Apply.Name, commit.Apply.Provider, commit.Apply.Change.Id), out var outcome);
            var declared = World.Configuration.Services.Any(service => service.Name == commit.Apply.Name && service.Providers.Contains(commit.Apply.Provider));
            Must(found || !declared, $"{commit.Apply.Provider} has written change {commit.Apply.Change.Id} of {commit.Apply.Name}, and the journal has no outcome of it");
            var isWhole = commit.Apply.Change.IsAppliedIn(commit.Written.After) && !commit.Written.Before.Sets.Equals(commit.Written.After.Sets); // a TTL that the provider puts up again changes nothing
            var wasClear = World.WasClear(commit);
            Must(!found || !isWhole || !wasClear || outcome!.Result is ChangeResult.Verified or ChangeResult.Unverified || IsToldAsItsRetry(commit) || IsToldAsUnknown(outcome), $"{commit.Apply.Provider} has written change {commit.Apply.Change.Id} of {commit.Apply.Name}, and the journal says: {outcome?.Sentence}");
        }
    }

    /// <summary>It came through after it had been given up and asked for once more, alone or with other records: which of the two it was nobody can tell, and the journal says it of the second.</summary>
    private bool IsToldAsItsRetry(Commit commit) => World.Ledger.Outcomes.Any(pair => pair.Key.Name == commit.Apply.Name && pair.Key.Provider == commit.Apply.Provider && pair.Key.Id > commit.Apply.Change.Id
        && pair.Value.Result is (ChangeResult.Verified or ChangeResult.Unverified)
        && commit.Apply.Change.Changes.All(World.Ledger.Intents[pair.Key].Change.Changes.Contains));

    /// <summary>The provider was taken out of failover.yaml before it could be asked, and the journal says just that.</summary>
    private static bool IsToldAsUnknown(OutcomeRecorded outcome) => outcome.Result == ChangeResult.Failed && outcome.Reason.Contains("its outcome cannot be found out", StringComparison.Ordinal);

    /// <summary>What a live drill moves is told by its report.</summary>
    private bool IsOfADrill(IntentRecorded intent) => World.Drills.Moved.Contains((intent.Service, intent.Provider, intent.Change.Id));

    private static bool IsOfASwitch(AlertKind kind) => kind is AlertKind.Failover or AlertKind.Failback or AlertKind.Shift or AlertKind.Unverified or AlertKind.Override;
}
