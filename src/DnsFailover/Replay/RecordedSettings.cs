using System.Globalization;
using System.Text.RegularExpressions;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Journal;

namespace DnsFailover.Replay;

/// <summary>
/// The settings that a record was made with, as far as it shows them. A journal does not hold failover.yaml, but observations keep their
/// interval, verdicts and decisions give their arithmetic, and confirmations follow each other at their pace. Null is what it does not show.
/// </summary>
internal sealed partial class RecordedSettings(IReadOnlyList<JournalEntry> entries, IReadOnlyList<ObservationRun> runs)
{
    /// <summary>The clock of a journal counts milliseconds, and two readings of it are compared.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(2);

    /// <summary>So late a confirmation may be on a busy machine; one that is later was made at another pace.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(100);

    /// <summary>From one scheduled probe of an endpoint to the next.</summary>
    public TimeSpan? Interval(ServiceDefinition service, EndpointDefinition endpoint) =>
        Only(runs.Where(run => run.IsScheduled && run.Interval > TimeSpan.Zero && IsOf(run.Target, service, endpoint)).Select(run => (TimeSpan?)run.Interval));

    /// <summary>How many failures in a row have made an endpoint Down.</summary>
    public int? Fall(ServiceDefinition service, EndpointDefinition endpoint) => Only(entries.OfType<HealthChanged>()
        .Where(change => change.To == HealthStatus.Down && IsOf(change.Target, service, endpoint)).Select(change => FailuresText().Match(change.Reason))
        .Where(match => match.Success).Select(match => (int?)int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture)));

    /// <summary>
    /// From the first failure of an outage to its confirmation, at the shortest: none begins before its time. What a machine that is busy
    /// may have added to the tried one is no other setting.
    /// </summary>
    public TimeSpan? FastInterval(ServiceDefinition service, EndpointDefinition endpoint)
    {
        var tried = endpoint.Timing.FastInterval;
        var paces = runs.Where(run => IsOf(run.Target, service, endpoint)).GroupBy(run => run.Target).SelectMany(Paces).ToList();
        return paces.Count == 0 ? null : paces.Min() is var pace && pace > tried - Resolution && pace < (tried * 1.25) + Lateness ? tried : pace;
    }

    /// <summary>How long a preferred endpoint had been up when traffic returned to it, without what flapping adds.</summary>
    public TimeSpan? FailbackDelay(ServiceDefinition service) => AsTried(service.Failback.Delay, Intents(service).Where(intent => intent.Decision == Core.Decisions.DecisionKind.Failback)
        .Select(intent => DelayText().Match(intent.Reason)).Where(match => match.Success).Select(match => match.Groups["plain"].Success ? match.Groups["plain"].Value : match.Groups["delay"].Value));

    /// <summary>How long a switch waited after the one before.</summary>
    public TimeSpan? MinActiveTime(ServiceDefinition service) => AsTried(service.MinActiveTime, Intents(service)
        .SelectMany(intent => intent.Guards).Select(guard => MinActiveText().Match(guard)).Where(match => match.Success).Select(match => match.Groups["time"].Value));

    private IEnumerable<IntentRecorded> Intents(ServiceDefinition service) => entries.OfType<IntentRecorded>().Where(intent => intent.Service == service.Name);

    private static bool IsOf(TargetId target, ServiceDefinition service, EndpointDefinition endpoint) => target.Service == service.Name && target.Endpoint == endpoint.Name;

    private static IEnumerable<TimeSpan> Paces(IEnumerable<ObservationRun> runs)
    {
        DateTimeOffset? failed = null;
        Verdict? before = null;
        foreach (var run in runs.OrderBy(run => run.First))
        {
            if (run.Verdict != Verdict.Fail)
            {
                failed = null;
            }
            else if (run.IsScheduled)
            {
                failed = before == Verdict.Fail ? null : run.First;
            }
            else if (failed is { } first)
            {
                yield return run.First - first;
                failed = null;
            }

            before = run.Verdict;
        }
    }

    /// <summary>A sentence is rounded: what reads like the tried one is that.</summary>
    private static TimeSpan? AsTried(TimeSpan tried, IEnumerable<string> texts) =>
        Only(texts) is not { } text ? null : text == Text.Of(tried) ? tried : Parse(text);

    private static T? Only<T>(IEnumerable<T?> values) => values.Distinct().Take(2).ToList() is [var only] ? only : default;

    private static TimeSpan? Parse(string text)
    {
        var words = text.Split(' ');
        var (time, isWhole) = (TimeSpan.Zero, words.Length % 2 == 0);
        for (var at = 0; isWhole && at < words.Length; at += 2)
        {
            TimeSpan? unit = words[at + 1] switch
            {
                "ms" => TimeSpan.FromMilliseconds(1),
                "s" => TimeSpan.FromSeconds(1),
                "min" => TimeSpan.FromMinutes(1),
                "h" => TimeSpan.FromHours(1),
                "d" => TimeSpan.FromDays(1),
                _ => null,
            };
            isWhole = unit is not null && double.TryParse(words[at], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);
            time += isWhole ? unit!.Value * double.Parse(words[at], CultureInfo.InvariantCulture) : TimeSpan.Zero;
        }

        return isWhole ? time : null;
    }

    [GeneratedRegex("^(?<count>[0-9]{1,4}) failures? ?(in a row)?, last: ", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FailuresText();

    [GeneratedRegex(@"\(failback delay (?<delay>[^()]+)( \(delay (?<plain>[^(),]+), doubled [^()]*\))?\)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex DelayText();

    [GeneratedRegex("^minActiveTime (?<time>[^:]+): ", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex MinActiveText();
}
