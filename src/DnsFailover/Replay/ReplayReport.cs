using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Journal;

namespace DnsFailover.Replay;

/// <summary>What became of a switch.</summary>
internal enum ReplayVerdict
{
    /// <summary>It happens when it did, as exactly as the record can tell.</summary>
    Same,

    /// <summary>It happens later.</summary>
    Later,

    /// <summary>It happens earlier.</summary>
    Earlier,

    /// <summary>It does not happen.</summary>
    Not,

    /// <summary>It did not happen, and does now.</summary>
    Additional,
}

/// <summary>One switch, as it was and as it would have been.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="Recorded">As it was; null when it is additional.</param>
/// <param name="Replayed">As it would have been; null when it would not.</param>
/// <param name="Reason">Why it would not have been, or what it rests on; null when there is nothing to say.</param>
internal sealed record ReplayedSwitch(ReplayVerdict Verdict, RecordedSwitch? Recorded, RecordedSwitch? Replayed, string? Reason)
{
    /// <summary>What was changed in the configuration and makes the difference, such as <c>fall 5</c>; null when that is not known for sure.</summary>
    public string? Because { get; init; }

    /// <summary>True when it is missing only because something before it is: the way back of a failover that would not have been.</summary>
    public bool IsConsequence { get; init; }

    /// <summary>True for a difference that is one by itself, and not merely what follows from another.</summary>
    public bool IsTold => Verdict != ReplayVerdict.Same && !IsConsequence;

    /// <summary>Of which name.</summary>
    public DnsName Service => (Recorded ?? Replayed)!.Service;

    /// <summary>When it happened, or would have.</summary>
    public DateTimeOffset At => (Recorded ?? Replayed)!.At;

    /// <summary>By how much it is later; negative when it is earlier.</summary>
    public TimeSpan Shift => Recorded is null || Replayed is null ? TimeSpan.Zero : Replayed.At - Recorded.At;
}

/// <summary>What a configuration would have done with what was recorded.</summary>
internal sealed record ReplayReport
{
    /// <summary>Where the replay begins.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Where it ends.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>How many observations it rests on.</summary>
    public required long Observations { get; init; }

    /// <summary>The services that were replayed.</summary>
    public required IReadOnlyList<DnsName> Services { get; init; }

    /// <summary>Every switch, recorded or replayed, in order.</summary>
    public required IReadOnlyList<ReplayedSwitch> Switches { get; init; }

    /// <summary>What the reader should know of how far this can be relied on.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>
    /// How exactly a record can tell when a switch would have been: what the replay of an unchanged configuration can be off by. It follows the
    /// failures to the millisecond, since each has a row of its own. But how long it took to read the records at the provider is not recorded:
    /// it is some tenths of a second, and 20 ms in a replay; a write and its verification take what is usual in the record; and
    /// scheduled probes of a row are taken to follow each other evenly, which they do but for the delays of a busy machine.
    /// </summary>
    private static readonly TimeSpan Accuracy = TimeSpan.FromSeconds(1);

    /// <summary>Replays a journal.</summary>
    /// <param name="configuration">The configuration to try, with the services that are meant.</param>
    /// <param name="journal">What happened.</param>
    /// <param name="since">From when on; null from the first observation.</param>
    /// <param name="planned">The configuration's planned times, as a daemon is told them at a time; null when there are none.</param>
    /// <returns>Null when there is nothing to replay: no observation of these services.</returns>
    public static ReplayReport? Of(ControllerConfiguration configuration, JournalRecord journal, DateTimeOffset? since, Func<DateTimeOffset, ValueList<Window>>? planned = null)
    {
        var names = configuration.Services.Select(service => service.Name).ToHashSet();
        var runs = journal.Runs.Where(run => names.Contains(run.Target.Service) && !(run.Last < since)).ToList();
        if (runs.Count == 0)
        {
            return null;
        }

        var first = runs.Min(run => run.First);
        var from = since > first ? since.Value : first;
        var last = runs.Max(run => run.Last);
        var until = runs.Max(run => run.Last + run.Interval);
        var entries = journal.Entries.Where(entry => entry.Service is null || names.Contains(entry.Service.Value)).ToList();
        var recorded = RecordedSwitch.In(entries).Where(change => change.At >= from && change.At <= until).ToList();
        var targets = runs.GroupBy(run => run.Target).ToDictionary(group => group.Key, group => new TargetRecord(group));
        var starts = configuration.Services.ToDictionary(service => service.Name, service => ReplayStart.RecordsOf(service, entries, from));
        var (run, switches) = Try(configuration);
        var settings = new RecordedSettings([.. entries.Where(entry => entry.At >= from && entry.At <= until)], runs);
        return new ReplayReport
        {
            From = from,
            Until = until,
            Observations = targets.Values.Sum(target => target.Count),
            Services = [.. names.Order()],
            Switches = SwitchCauses.Named(switches, configuration, ChangedSetting.In(configuration, settings), other => Try(other).Switches),
            Notes = [.. Caveats(configuration, journal, entries, targets, from, until), .. starts.Values.Select(start => start.Assumed).OfType<string>(), .. Drifts(run)],
        };

        (ReplayRun Run, IReadOnlyList<ReplayedSwitch> Switches) Try(ControllerConfiguration tried)
        {
            var states = new Dictionary<RecordedSwitch, ServiceState?>();
            var looks = recorded.Select(change => (Seen(tried, change), (Action<ControllerState>)(state => states[change] = state.Services.GetValueOrDefault(change.Service))));
            var replay = ReplayRun.Over(tried, planned ?? (_ => []), entries, targets, starts.ToDictionary(pair => pair.Key, pair => pair.Value.Records), from, until, looks);
            return (replay, new Comparison(tried, recorded, [.. RecordedSwitch.In(replay.Entries)], replay.Streaks, states, last, change => AccuracyOf(change, targets)).Switches());
        }
    }

    /// <summary>
    /// Within this, a switch is the same one. Passes that follow each other are one row, which tells how long the fastest and the slowest of
    /// them took; each takes the mean of both in a replay, so that what rests on passes may be off by half of what lies between.
    /// </summary>
    private static TimeSpan AccuracyOf(RecordedSwitch change, IReadOnlyDictionary<TargetId, TargetRecord> targets) => change.Intent.FirstFailureAt is not null ? Accuracy
        : Accuracy + (targets.Where(pair => pair.Key.Service == change.Service).Select(pair => pair.Value.SpreadAt(change.At)).DefaultIfEmpty().Max() / 2);

    /// <summary>By then, what led to a switch has been seen by every probe of the schedule.</summary>
    private static DateTimeOffset Seen(ControllerConfiguration configuration, RecordedSwitch change) =>
        change.At + (configuration.Services.FirstOrDefault(service => service.Name == change.Service)?.Endpoints.Max(endpoint => endpoint.Timing.Interval) ?? TimeSpan.Zero);

    private static IEnumerable<string> Caveats(ControllerConfiguration configuration, JournalRecord journal, List<JournalEntry> entries, Dictionary<TargetId, TargetRecord> targets, DateTimeOffset from, DateTimeOffset until)
    {
        foreach (var service in configuration.Services)
        {
            var unknown = service.Targets.Select(pair => pair.Target).Where(target => !targets.ContainsKey(target)).ToList();
            if (unknown.Count > 0)
            {
                yield return $"{string.Join(", ", unknown)} of {service.Name}: not in the record, so that nothing is known of it; it gets no traffic in the replay";
            }
        }

        var declared = configuration.Services.SelectMany(service => service.Targets).Select(pair => pair.Target).ToHashSet();
        var left = targets.Keys.Where(target => !declared.Contains(target)).Order().ToList();
        if (left.Count > 0)
        {
            yield return $"{string.Join(", ", left)}: in the record, but this configuration does not declare it";
        }

        var changed = entries.OfType<ConfigurationChanged>().Count(change => change.Accepted && change.At > from && change.At <= until);
        if (changed > 0)
        {
            yield return $"failover.yaml was changed {(changed == 1 ? "once" : $"{changed} times")} within the record: not every recorded switch was made under the same configuration";
        }

        var frozen = journal.Entries.OfType<ConditionRaised>().Count(condition => condition is { Alert: AlertKind.Frozen, Service: null } && condition.At >= from && condition.At <= until);
        if (frozen > 0)
        {
            yield return $"our own network was taken for the fault {(frozen == 1 ? "once" : $"{frozen} times")} within the record: in the replay the control targets always answer";
        }

        var before = RecordedSwitch.In(journal.Entries).Count(change => configuration.Services.Any(service => service.Name == change.Service) && change.At < from);
        if (before > 0)
        {
            yield return $"{(before == 1 ? "1 switch" : $"{before} switches")} of before that time: not replayed";
        }
    }

    private static IEnumerable<string> Drifts(ReplayRun run)
    {
        if (run.UnreadableDrifts > 0)
        {
            yield return $"records that somebody else changed in a way that the journal does not tell exactly: {run.UnreadableDrifts} times, left out";
        }
    }

    /// <summary>Finds for each recorded switch the one that it became.</summary>
    private sealed class Comparison(
        ControllerConfiguration configuration,
        List<RecordedSwitch> recorded,
        List<RecordedSwitch> replayed,
        FailureStreaks streaks,
        Dictionary<RecordedSwitch, ServiceState?> states,
        DateTimeOffset last,
        Func<RecordedSwitch, TimeSpan> accuracy)
    {
        public IReadOnlyList<ReplayedSwitch> Switches()
        {
            var pairs = Pairs();
            var compared = recorded.Select(was => pairs.TryGetValue(was, out var would) ? Compare(was, would) : WhyNot(was));
            // What is decided behind the last thing that was recorded had no time to be recorded either.
            var extra = replayed.Except(pairs.Values).Where(one => one.At <= last).Select(one => new ReplayedSwitch(ReplayVerdict.Additional, Recorded: null, one, one.Intent.Reason));
            return [.. compared.Concat(extra).OrderBy(one => one.At)];
        }

        /// <summary>Those that lead to the same values belong together, the nearest first.</summary>
        private Dictionary<RecordedSwitch, RecordedSwitch> Pairs()
        {
            var pairs = new Dictionary<RecordedSwitch, RecordedSwitch>();
            var taken = new HashSet<RecordedSwitch>();
            var near =
                from was in recorded
                from would in replayed
                let apart = (would.At - was.At).Duration()
                where was.IsAbout(would)
                orderby apart
                select (was, would);
            foreach (var (was, would) in near)
            {
                if (!pairs.ContainsKey(was) && taken.Add(would))
                {
                    pairs[was] = would;
                }
            }

            return pairs;
        }

        private ReplayedSwitch Compare(RecordedSwitch was, RecordedSwitch would)
        {
            var shift = would.At - was.At;
            var verdict = shift.Duration() <= accuracy(was) ? ReplayVerdict.Same : shift > TimeSpan.Zero ? ReplayVerdict.Later : ReplayVerdict.Earlier;
            var streak = would.Intent.FirstFailureAt is null ? null : Streak(was, would.At);
            return new ReplayedSwitch(verdict, was, would, streak is { Assumed: > 0 } && verdict != ReplayVerdict.Same
                ? $"{streak.Assumed} of its {streak.Count} failures lie between recorded ones: nothing was probed at those times, but it failed before and after"
                : null);
        }

        private int Fall(FailureStreak streak) => configuration.Services.First(service => service.Name == streak.Target.Service).Endpoints.First(endpoint => endpoint.Name == streak.Target.Endpoint).Rule.Fall;

        private FailureStreak? Streak(RecordedSwitch was, DateTimeOffset until)
        {
            var lost = was.Lost.ToHashSet();
            var targets = Service(was)?.Targets.Select(pair => pair.Target).Where(target => lost.Contains(new EndpointTarget(target.Type, target.Value))).ToHashSet() ?? [];
            return streaks.Longest(targets, (was.Intent.FirstFailureAt ?? was.At) - TimeSpan.FromSeconds(1), until);
        }

        private ServiceDefinition? Service(RecordedSwitch was) => configuration.Services.FirstOrDefault(service => service.Name == was.Service);

        private ReplayedSwitch WhyNot(RecordedSwitch was)
        {
            var (service, state) = (Service(was)!, states.GetValueOrDefault(was));
            var values = was.Intent.Change.Changes.SelectMany(change => change.After.Values.Select(value => new EndpointTarget(change.After.Type, value.Data)));
            var undeclared = values.Where(value => service.Endpoints.All(endpoint => !endpoint.Targets.Contains(value))).ToList();
            if (undeclared.Count > 0)
            {
                return Not(was, $"this configuration declares no endpoint with {string.Join(", ", undeclared.Select(value => value.Value))}");
            }

            if (was.IsIn(state?.Live))
            {
                return Not(was, "the name was there already") with { IsConsequence = true };
            }

            if (was.Intent.FirstFailureAt is not null && Streak(was, Seen(configuration, was)) is { } streak && Fall(streak) is var fall && streak.Count < fall)
            {
                return Not(was, $"the longest run of failures was {streak.Count}, and fall is {fall}");
            }

            return Not(was, state is null ? "nothing is known of the service then" : Held(state));
        }

        private static ReplayedSwitch Not(RecordedSwitch was, string why) => new(ReplayVerdict.Not, was, Replayed: null, why);

        private static string Held(ServiceState state) => state.Decisions.Count > 0
            ? string.Join("; ", state.Decisions.Values.Select(decision => decision.Reason).Distinct(StringComparer.Ordinal))
            : string.Join("; ", state.Health.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} is {pair.Value.Explain()}"));
    }
}
