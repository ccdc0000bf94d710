using DnsFailover.Core;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Journal;

namespace DnsFailover.Explain;

/// <summary>An explanation as lines for a person: first what was decided and why, then what it rested on, then what held then.</summary>
internal sealed class ExplanationText(Explanation story, TimeZoneInfo zone, DateTimeOffset now)
{
    private const int MostEvidence = 8;

    private const int MostCalls = 8;

    private readonly List<string> _lines = [];

    /// <summary>The lines.</summary>
    public IReadOnlyList<string> Lines()
    {
        _lines.Clear();
        _lines.Add($"{story.Service} at {Moment.Of(story.At, zone)}{(now - story.At is var ago && ago < TimeSpan.FromSeconds(1) ? ", now" : $", {Text.Of(ago)} ago")}");
        if (story.KnownSince is not { } since || since > story.At)
        {
            _lines.Add(story.KnownSince is { } later
                ? $"Nothing is known of that time: what the journal holds of {story.Service} begins at {Moment.Of(later, zone)}."
                : $"The journal holds nothing of {story.Service}.");
            return _lines;
        }

        Decision();
        InForce();
        State();
        if (story.Next is { } next)
        {
            _lines.Add(string.Empty);
            _lines.Add($"Next: {next.Decision} from {next.From} to {next.To} at {Moment.Of(next.At, zone)}");
        }

        return _lines;
    }

    private void Decision()
    {
        _lines.Add(string.Empty);
        if (story.Change is not { Intent: var intent } change)
        {
            _lines.Add("No change had been made: the records were what they should be, or something below stood against it.");
            return;
        }

        _lines.Add($"{Titled(intent)}, {Moment.Of(intent.At, zone)}{(story.At - intent.At is var before && before < TimeSpan.FromSeconds(1) ? string.Empty : $", {Text.Of(before)} before")}");
        Row("why", intent.Reason);
        Row("change", $"{intent.Change.Id}{(intent.Provider.Length > 0 ? $" at {intent.Provider}" : string.Empty)}: {intent.Change}");
        Row("outcome", change.Outcome is { } outcome ? $"{Text.Of(outcome.Result)}: {outcome.Reason}" : "not known by then: the write was under way, or the daemon had stopped");
        Timeline(change);
        Block("evidence", intent.Evidence, MostEvidence);
        Block("guards", intent.Guards, intent.Guards.Count);
        Block("calls", change.Outcome?.Calls ?? [], MostCalls);
        Block("followed", [.. story.Followed.Select(Followed)], 4);
        Block("alerts", [.. story.Alerts.Select(Told)], 8);
    }

    private static string Titled(IntentRecorded intent) =>
        intent.From == intent.To ? $"{intent.Decision} at {intent.To}" : $"{intent.Decision} from {intent.From} to {intent.To}";

    /// <summary>When each step was reached, and how long it took from the one before.</summary>
    private void Timeline(ChangeStory change)
    {
        var (intent, timings) = (change.Intent, change.Outcome?.Timings);
        var steps = new List<(DateTimeOffset At, string What)>();
        if (intent.FirstFailureAt is { } first)
        {
            steps.Add((first, "first failed probe"));
        }

        // A force moves traffic without proof, and a change that moves none needs none.
        var proven = intent.Evidence.Count > 0;
        steps.Add((intent.VerdictAt, intent.FirstFailureAt is not null ? "verdict: down" : proven ? "decided; proof asked for" : "decided"));
        steps.Add((intent.At, $"intent recorded: {(proven ? "what gets traffic is proven, " : string.Empty)}the live records are read"));
        if (timings is not null)
        {
            steps.Add((intent.At + timings.Write, "written at the provider, and read back"));
            if (timings.Verification is { } verification)
            {
                steps.Add((intent.At + timings.Write + verification, "verified: every authoritative server answers it"));
            }
        }

        var total = steps[^1].At - steps[0].At;
        for (var i = 0; i < steps.Count; i++)
        {
            Row(i == 0 ? "times" : string.Empty, $"{Moment.Clock(steps[i].At)}  {(i == 0 ? string.Empty : $"+ {Text.Of(steps[i].At - steps[i - 1].At)}"),-12} {steps[i].What}{(i == steps.Count - 1 ? $" ({Text.Of(total)} in all)" : string.Empty)}");
        }
    }

    private static string Followed(ChangeStory change) =>
        $"{change.Intent.Provider}: {(change.Outcome is { } outcome ? $"{Text.Of(outcome.Result)} at {Moment.Clock(outcome.At)}: {outcome.Reason}" : "not done by then")}";

    private string Told(SentAlert sent) => sent switch
    {
        { IsSettled: false } => $"{sent.Channel}: {sent.Alert.Kind} not sent yet",
        { GivenUp: { } why } => $"{sent.Channel}: {sent.Alert.Kind} given up: {why}",
        _ => $"{sent.Channel}: {sent.Alert.Kind} sent at {Moment.Of(sent.SettledAt!.Value, zone)}",
    };

    private void InForce()
    {
        if (story.InForce is { } before)
        {
            Row("before", $"{Titled(before.Intent)}, {Moment.Of(before.Intent.At, zone)}, stayed in force: {before.Intent.Reason}");
        }
    }

    private void State()
    {
        _lines.Add(string.Empty);
        var refusals = story.Conditions.Where(condition => !condition.IsOfTarget).ToList();
        foreach (var condition in refusals)
        {
            Row("in the way", $"{condition.Sentence} (since {Moment.Of(condition.Since, zone)})");
            Block(string.Empty, condition.Guards.Concat(condition.Evidence).ToValueList(), MostEvidence);
        }

        foreach (var said in story.Overrides)
        {
            Row("override", $"{said.Describe()} by {said.Actor}, {Moment.Of(said.Since, zone)} until {Moment.Of(said.Until, zone)}: {said.Reason}");
        }

        foreach (var spell in story.Planned)
        {
            Row("planned", Described(spell));
        }

        foreach (var drift in story.Drifts)
        {
            Row("drift", $"{drift.Sentence}{(drift.Provider.Length > 0 ? $" at {drift.Provider}" : string.Empty)}, {Moment.Of(drift.At, zone)}; onDrift: {(drift.Response!.GivenUp ? "given up, a tug-of-war" : Text.Of(drift.Response.Response))}");
        }

        if (refusals.Count == 0 && story.Overrides.Count == 0 && story.Drifts.Count == 0 && story.Planned.All(spell => spell.Planned.Kind is WindowKind.Failback or WindowKind.Drill))
        {
            Row("in the way", "nothing: no refusal, no override, no drift");
        }

        for (var i = 0; i < story.Health.Count; i++)
        {
            Row(i == 0 ? "health" : string.Empty, Described(story.Health[i]));
        }

        if (story.Health.Count == 0)
        {
            Row("health", "no verdict and no observation is kept of that time");
        }
    }

    private string Described(PlannedSpell spell)
    {
        var (planned, times) = (spell.Planned, $"{Moment.Of(spell.Planned.From, zone)} until {Moment.Of(spell.Planned.Until, zone)}");
        var what = planned.Kind == WindowKind.Failback ? $"traffic may return to the preferred endpoint, {times}"
            : planned.Kind == WindowKind.Drill ? $"the service itself may be moved for a drill, {times}"
            : $"maintenance {(planned.Endpoint is { } endpoint ? $"of {endpoint}: no traffic as long as another one works" : "of the service: it is held as it is")}, {times}: {planned.Reason}";
        return spell.Until < planned.Until ? $"{what} (failover.yaml was changed at {Moment.Of(spell.Until, zone)}, and planned it no more)" : what;
    }

    private string Described(TargetStory target)
    {
        var verdict = target.Verdict is { } changed ? $"{Text.Of(changed.To)} since {Moment.Of(changed.At, zone)}{(changed.To == HealthStatus.Up ? string.Empty : $": {changed.Reason}")}" : "no verdict is kept";
        if (target is not { Seen: { } run, SeenAt: { } at })
        {
            return $"{target.Target}: {verdict}";
        }

        // What was to be observed and was not, says that the daemon was not running, or could not record it.
        var gap = story.At - at;
        var patience = run.Interval * 2 + TimeSpan.FromSeconds(10);
        return $"{target.Target}: {verdict}; last probe {Text.Of(gap)} before, {(run.Verdict == Verdict.Pass ? "passed" : run.Verdict == Verdict.Fail ? "failed" : "said nothing")}: {run.Reason}{(gap > patience ? " (not observed since: the daemon was not running, or did not record)" : string.Empty)}";
    }

    private void Block(string title, ValueList<string> items, int most)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (i == most)
            {
                Row(string.Empty, $"and {items.Count - most} more");
                return;
            }

            Row(i == 0 ? title : string.Empty, items[i]);
        }
    }

    private void Row(string title, string text) => _lines.Add($"  {title,-10}  {text}");
}
