using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Journal;

namespace DnsFailover.Explain;

/// <summary>A change, from its intent to its outcome.</summary>
/// <param name="Intent">What was to be written, and why.</param>
/// <param name="Outcome">How it ended; null while that is not known.</param>
internal sealed record ChangeStory(IntentRecorded Intent, OutcomeRecorded? Outcome)
{
    /// <summary>True when it is in the records.</summary>
    public bool IsWritten => Outcome is { Result: ChangeResult.Verified or ChangeResult.Unverified };
}

/// <summary>What is known of a target at a time.</summary>
/// <param name="Target">Which.</param>
/// <param name="Verdict">The change of its health that was the last by then; null when none is kept.</param>
/// <param name="Seen">The run that its newest observation by then is in; null when none is kept.</param>
/// <param name="SeenAt">When that observation began.</param>
internal sealed record TargetStory(TargetId Target, HealthChanged? Verdict, ObservationRun? Seen, DateTimeOffset? SeenAt);

/// <summary>What a journal says of one service at one time: the decision in force and everything that bore on it.</summary>
internal sealed record Explanation
{
    /// <summary>The service.</summary>
    public required DnsName Service { get; init; }

    /// <summary>The time asked for.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The oldest that the journal knows of the service; null when it knows nothing.</summary>
    public required DateTimeOffset? KnownSince { get; init; }

    /// <summary>The newest change that was decided by then, whatever became of it; null when there was none.</summary>
    public ChangeStory? Change { get; init; }

    /// <summary>When <see cref="Change"/> was not written: the newest that was; else null.</summary>
    public ChangeStory? InForce { get; init; }

    /// <summary>The changes that brought further providers in line with <see cref="Change"/> by then.</summary>
    public IReadOnlyList<ChangeStory> Followed { get; init; } = [];

    /// <summary>What was raised by then and not over: refusals, lost redundancy, everything down.</summary>
    public IReadOnlyList<ConditionRaised> Conditions { get; init; } = [];

    /// <summary>What operators had said and what had not ended.</summary>
    public IReadOnlyList<Override> Overrides { get; init; } = [];

    /// <summary>The planned times that were in effect, as failover.yaml had them then.</summary>
    public IReadOnlyList<PlannedSpell> Planned { get; init; } = [];

    /// <summary>What somebody else had changed, and was not over.</summary>
    public IReadOnlyList<DriftNoticed> Drifts { get; init; } = [];

    /// <summary>Each target that is known to have been watched then.</summary>
    public IReadOnlyList<TargetStory> Health { get; init; } = [];

    /// <summary>The alerts about <see cref="Change"/>.</summary>
    public IReadOnlyList<SentAlert> Alerts { get; init; } = [];

    /// <summary>The next change that was decided after the time; null when there is none.</summary>
    public IntentRecorded? Next { get; init; }

    /// <summary>Reads it out of a journal.</summary>
    public static Explanation Of(JournalRecord journal, DnsName service, DateTimeOffset at)
    {
        var all = journal.Entries.Where(entry => entry.Service == service || entry is { Service: null } and (OverrideBegan or OverrideEnded or ConditionRaised or ConditionCleared)).ToList();
        var runs = journal.Runs.Where(run => run.Target.Service == service).ToList();
        var entries = all.Where(entry => entry.At <= at).ToList();
        var changes = entries.OfType<IntentRecorded>().Where(intent => !intent.Follows).Select(intent => Story(entries, intent)).ToList();
        var change = changes.LastOrDefault();
        return new Explanation
        {
            Service = service,
            At = at,
            KnownSince = all.Where(entry => entry.Service == service).Select(entry => (DateTimeOffset?)entry.At).Concat(runs.Select(run => (DateTimeOffset?)run.First)).Min(),
            Change = change,
            InForce = change is { IsWritten: false } ? changes.LastOrDefault(one => one.IsWritten) : null,
            Followed = change is null ? [] : [.. entries.OfType<IntentRecorded>().Where(intent => intent.Follows && intent.At >= change.Intent.At).Select(intent => Story(entries, intent))],
            Conditions = Open(entries),
            Overrides = Overriding(entries, at),
            Planned = [.. journal.Planned.Where(spell => spell.Planned.Service == service && spell.From <= at && spell.Until > at)],
            Drifts = Drifting(entries),
            Health = HealthOf(entries, runs, at),
            Alerts = change is null ? [] : AlertsOf(journal, change),
            Next = all.OfType<IntentRecorded>().FirstOrDefault(intent => !intent.Follows && intent.At > at),
        };
    }

    private static ChangeStory Story(List<JournalEntry> entries, IntentRecorded intent) =>
        new(intent, entries.OfType<OutcomeRecorded>().LastOrDefault(outcome => outcome.Provider == intent.Provider && outcome.ChangeId == intent.Change.Id && outcome.At >= intent.At));

    private static IReadOnlyList<ConditionRaised> Open(List<JournalEntry> entries)
    {
        var open = new Dictionary<string, ConditionRaised>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry is ConditionRaised raised)
            {
                open[raised.Cause] = raised;
            }
            else if (entry is ConditionCleared cleared)
            {
                open.Remove(cleared.Cause);
            }
        }

        return [.. open.Values.OrderBy(condition => condition.Since)];
    }

    private static IReadOnlyList<Override> Overriding(List<JournalEntry> entries, DateTimeOffset at)
    {
        var overrides = new Dictionary<object, Override>();
        foreach (var entry in entries)
        {
            if (entry is OverrideBegan began)
            {
                overrides[began.Override.Identity] = began.Override;
            }
            else if (entry is OverrideEnded ended)
            {
                overrides.Remove(ended.Override.Identity);
            }
        }

        return [.. overrides.Values.Where(said => said.Until > at).OrderBy(said => said.Since)];
    }

    private static IReadOnlyList<DriftNoticed> Drifting(List<JournalEntry> entries)
    {
        var drifts = new Dictionary<string, DriftNoticed>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            switch (entry)
            {
                case DriftNoticed { Response: not null } noticed:
                    drifts[noticed.Provider] = noticed;
                    break;
                case DriftNoticed noticed:
                    drifts.Remove(noticed.Provider);
                    break;
                case DriftEnded { Left: null } ended:
                    drifts.Remove(ended.Provider);
                    break;
            }
        }

        return [.. drifts.Values.OrderBy(drift => drift.At)];
    }

    private static IReadOnlyList<TargetStory> HealthOf(List<JournalEntry> entries, List<ObservationRun> runs, DateTimeOffset at)
    {
        var verdicts = entries.OfType<HealthChanged>().GroupBy(changed => changed.Target).ToDictionary(group => group.Key, group => group.Last());
        var seen = runs.Where(run => run.First <= at).GroupBy(run => run.Target).ToDictionary(group => group.Key, group => group.MaxBy(run => run.NewestBy(at))!);
        var stories = verdicts.Keys.Union(seen.Keys).Order()
            .Select(target => new TargetStory(target, verdicts.GetValueOrDefault(target), seen.GetValueOrDefault(target), seen.GetValueOrDefault(target)?.NewestBy(at))).ToList();

        // What has not been observed for so long that the others were, by the day, is of a configuration of before.
        var newest = stories.Max(story => story.SeenAt);
        return [.. stories.Where(story => newest is null || story.SeenAt >= newest - TimeSpan.FromDays(1) || (story.SeenAt is null && story.Verdict!.At >= newest - TimeSpan.FromDays(1)))];
    }

    private static IReadOnlyList<SentAlert> AlertsOf(JournalRecord journal, ChangeStory change) =>
        [.. journal.Alerts.Where(sent => sent.Alert.Service == change.Intent.Service && change.Outcome is { } outcome && sent.Alert.At == outcome.At)];
}
