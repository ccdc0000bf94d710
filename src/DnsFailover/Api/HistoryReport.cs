using DnsFailover.Core;
using DnsFailover.Core.Journal;
using DnsFailover.Explain;
using DnsFailover.Journal;

namespace DnsFailover.Api;

/// <summary>Writes down what happened.</summary>
internal static class HistoryReport
{
    /// <summary>A change.</summary>
    public static SwitchDocument Switch(NumberedChange change)
    {
        var (intent, outcome) = (change.Intent, change.Outcome);
        var began = intent.FirstFailureAt ?? intent.VerdictAt;
        return new SwitchDocument
        {
            Id = change.Id,
            At = intent.At,
            Service = $"{intent.Service}",
            Kind = Text.Of(intent.Decision),
            From = intent.From,
            To = intent.To,
            Reason = intent.Reason,
            Provider = intent.Provider,
            Result = outcome is null ? null : Text.Of(outcome.Result),
            Outcome = outcome?.Reason,
            MovesTraffic = intent.MovesTraffic,
            Times = new TimesDocument(
                (intent.VerdictAt - intent.FirstFailureAt)?.TotalSeconds,
                (intent.At - intent.VerdictAt).TotalSeconds,
                outcome?.Timings?.Write.TotalSeconds,
                outcome?.Timings?.Verification?.TotalSeconds),
            TotalSeconds = outcome?.Timings is { } timings ? (intent.At + timings.Write + (timings.Verification ?? TimeSpan.Zero) - began).TotalSeconds : null,
        };
    }

    /// <summary>What was decided.</summary>
    public static DecisionSummaryDocument Decision(NumberedEntry<JournalEntry> decided) => decided.Entry switch
    {
        IntentRecorded intent => new(decided.Id, intent.At, $"{intent.Service}", Text.Of(intent.Decision), intent.Reason, Refused: false),
        ConditionRaised raised => new(decided.Id, raised.At, raised.Service?.ToString(), "hold", raised.Sentence, Refused: true),
        var other => new(decided.Id, other.At, other.Service?.ToString(), "hold", other.Sentence, Refused: false),
    };

    /// <summary>Why a name was answered as it was.</summary>
    /// <param name="story">What the journal says.</param>
    /// <param name="number">Gives the number of an intent; 0 where it is not known.</param>
    /// <param name="now">The time.</param>
    public static ExplanationDocument Explanation(Explanation story, Func<IntentRecorded, long> number, DateTimeOffset now)
    {
        var (intent, outcome) = (story.Change?.Intent, story.Change?.Outcome);
        return new ExplanationDocument
        {
            Service = story.Service.ToString(),
            At = story.At,
            Change = intent is null ? null : Switch(new NumberedChange(number(intent), intent, outcome)),
            Calls = [.. outcome?.Calls ?? []],
            Records = intent?.Change.ToString(),
            Steps = intent is null ? [] : Steps(intent, outcome),
            Evidence = [.. intent?.Evidence ?? []],
            Guards = [.. intent?.Guards ?? []],
            InForce = story.InForce is { } before ? Switch(new NumberedChange(number(before.Intent), before.Intent, before.Outcome)) : null,
            InTheWay = [.. story.Conditions.Where(condition => !condition.IsOfTarget).Select(condition => condition.Sentence).Concat(story.Drifts.Select(drift => drift.Sentence))],
            Overrides = [.. story.Overrides.Select(StatusReport.Document)],
            Health = [.. story.Health.Select(Health)],
            Alerts = [.. story.Alerts.Select(sent => new AlertThenDocument(sent.Channel, Text.Of(sent.Alert.Kind), sent.Alert.Title, sent.GivenUp is null ? sent.SettledAt : null, sent.GivenUp))],
            Lines = new ExplanationText(story, TimeZoneInfo.Utc, now).Lines(),
        };
    }

    private static List<StepDocument> Steps(IntentRecorded intent, OutcomeRecorded? outcome)
    {
        var reached = new List<(DateTimeOffset At, string What)>();
        if (intent.FirstFailureAt is { } first)
        {
            reached.Add((first, "first failed probe"));
        }

        reached.Add((intent.VerdictAt, intent.FirstFailureAt is null ? "decided; proof asked for" : "verdict: down"));
        reached.Add((intent.At, "intent recorded: what gets traffic is proven, the live records are read"));
        if (outcome?.Timings is { } timings)
        {
            reached.Add((intent.At + timings.Write, "written at the provider, and read back"));
            if (timings.Verification is { } verification)
            {
                reached.Add((intent.At + timings.Write + verification, "verified: every authoritative server answers it"));
            }
        }

        return [.. reached.Select((step, index) => new StepDocument(step.At, step.What, index == 0 ? 0 : (step.At - reached[index - 1].At).TotalSeconds))];
    }

    private static HealthThenDocument Health(TargetStory target) => new(
        target.Target.Endpoint,
        $"{target.Target.Type}",
        target.Target.Value,
        target.Verdict is { } verdict ? $"{verdict.To}" : null,
        target.Verdict?.At,
        target.Verdict?.Reason,
        target.SeenAt,
        target.Seen?.Reason);
}
