using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Replay;

namespace DnsFailover.Tests.Replay;

/// <summary>A replay through what operators said and what others changed.</summary>
public sealed class ReplayInterplayTests
{
    private const string Railway = "192.0.2.1";

    private const string Render = "192.0.2.2";

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_configuration_of_then_makes_the_same_switches_again_among_operators_and_others_who_write(int seed)
    {
        var random = new Random(seed);
        var service = World.Service with { OnDrift = (OnDrift)random.Next(3) };
        var outages = Enumerable.Range(0, 8).Select(_ =>
        {
            var from = random.NextDouble() * 3 * 3600;
            return (random.Next(4) > 0 ? Railway : Render, from, from + 20 + (random.NextDouble() * 400));
        }).ToArray();
        var world = new World(service, seed, outages)
        {
            Commands = [.. Enumerable.Range(0, 5).SelectMany(_ => Said(random))],
            Edits = [.. Enumerable.Range(0, 3).Select(_ => (random.NextDouble() * 3 * 3600, random.Next(2) == 0 ? Railway : Render))],
        };
        var journal = world.Run(3 * 3600);

        var report = ReplayReport.Of(World.Configured(service), journal, since: null)!;

        Assert.NotEmpty(report.Switches);
        Assert.True(report.Switches.All(one => one.Verdict == ReplayVerdict.Same), $"{service.OnDrift}\n{Told(report)}\n{string.Join('\n', journal.Entries.Select(entry => $"{entry.At:HH:mm:ss.fff} {entry.Sentence}"))}");
    }

    [Fact]
    public void A_forced_name_that_the_new_configuration_would_not_have_moved_stays_forced_and_comes_back()
    {
        var world = new World(World.Service, 3, (Railway, 1000, 1600)) { Commands = [(600, Begin(OverrideKind.Force, "render", 600, 900))] };
        var journal = world.Run(3600);

        var report = ReplayReport.Of(World.Configured(With(fall: 5)), journal, since: null)!;

        Assert.Equal(["Forced", "Failback", "Failover", "Failback"], report.Switches.Select(one => $"{one.Recorded!.Intent.Decision}"));
        Assert.Equal([ReplayVerdict.Same, ReplayVerdict.Same, ReplayVerdict.Later, ReplayVerdict.Same], report.Switches.Select(one => one.Verdict));
    }

    [Fact]
    public void What_an_operator_said_before_the_part_that_is_replayed_holds_in_it()
    {
        var world = new World(World.Service, 3, (Railway, 2000, 2300)) { Commands = [(600, Begin(OverrideKind.Freeze, endpoint: null, 600, 2200))] };
        var journal = world.Run(3600);
        var failover = Assert.Single(RecordedSwitch.In(journal.Entries), change => change.Title.StartsWith("Failover", StringComparison.Ordinal));
        Assert.InRange((failover.At - World.Noon).TotalSeconds, 2200, 2300); // held until the freeze was over

        var report = ReplayReport.Of(World.Configured(World.Service), journal, World.Noon.AddSeconds(1500))!;

        Assert.Equal([ReplayVerdict.Same, ReplayVerdict.Same], report.Switches.Select(one => one.Verdict));
    }

    [Fact]
    public void Who_else_changes_the_records_does_so_in_the_replay_at_the_time_it_was_noticed_and_on_drift_of_the_new_file_decides()
    {
        var world = new World(World.Service, 3) { Edits = [(1000, Render)] };
        var journal = world.Run(3600);
        Assert.Single(journal.Entries.OfType<DriftNoticed>());
        var back = Assert.Single(RecordedSwitch.In(journal.Entries));

        var same = ReplayReport.Of(World.Configured(World.Service), journal, World.Noon.AddSeconds(77))!;
        Assert.Equal(ReplayVerdict.Same, Assert.Single(same.Switches).Verdict);

        var restored = ReplayReport.Of(World.Configured(World.Service with { OnDrift = OnDrift.Restore }), journal, World.Noon.AddSeconds(77))!;
        var earlier = Assert.Single(restored.Switches);
        Assert.Equal(ReplayVerdict.Earlier, earlier.Verdict);
        Assert.InRange((earlier.Replayed!.At - journal.Entries.OfType<DriftNoticed>().Single().At).TotalSeconds, 0, 1);

        var paused = ReplayReport.Of(World.Configured(World.Service with { OnDrift = OnDrift.Pause }), journal, since: null)!;
        Assert.Equal((ReplayVerdict.Not, back.Title), (Assert.Single(paused.Switches).Verdict, paused.Switches[0].Recorded!.Title));
    }

    [Fact]
    public void A_replay_that_begins_after_a_foreign_change_begins_with_what_it_left()
    {
        var service = World.Service with { Failback = new FailbackRule(FailbackMode.Manual, TimeSpan.Zero) };
        var journal = new World(service, 3, (Railway, 300, 400)) { Edits = [(1000, Railway)] }.Run(3600);
        Assert.Equal(["Failover"], RecordedSwitch.In(journal.Entries).Select(change => $"{change.Intent.Decision}"));

        var (records, assumed) = ReplayStart.RecordsOf(service, journal.Entries, World.Noon.AddSeconds(2500));

        Assert.Null(assumed);
        Assert.Equal([Railway], records[RecordType.A]!.Values.Select(value => value.Data));
        Assert.Equal([Render], ReplayStart.RecordsOf(service, journal.Entries, World.Noon.AddSeconds(900)).Records[RecordType.A]!.Values.Select(value => value.Data));
    }

    [Fact]
    public void What_was_never_written_is_not_taken_for_what_was_there()
    {
        var journal = new World(World.Service, 3, (Railway, 300, 900)).Run(3600);
        var intent = journal.Entries.OfType<IntentRecorded>().First();
        JournalEntry[] refused = [intent, journal.Entries.OfType<OutcomeRecorded>().First() with { Result = ChangeResult.Rejected }];

        Assert.Equal([Railway], ReplayStart.RecordsOf(World.Service, refused, World.Noon.AddSeconds(1000)).Records[RecordType.A]!.Values.Select(value => value.Data));
        Assert.Equal([Render], ReplayStart.RecordsOf(World.Service, [intent], World.Noon.AddSeconds(1000)).Records[RecordType.A]!.Values.Select(value => value.Data));
    }

    [Fact]
    public void Planned_times_of_the_new_file_hold_in_the_replay_from_its_beginning_and_hours_later()
    {
        var journal = new World(World.Service, 3, (Railway, 600, 1200), (Railway, 9000, 9600)).Run(3 * 3600);
        Assert.Equal(4, RecordedSwitch.In(journal.Entries).Count());
        Window first = new(WindowKind.Maintenance, World.Service.Name, Endpoint: null, World.Noon.AddMinutes(-30), World.Noon.AddMinutes(21), "moving");
        var late = first with { From = World.Noon.AddSeconds(8900), Until = World.Noon.AddSeconds(9700) };

        var report = ReplayReport.Of(World.Configured(World.Service), journal, since: null, now => now < World.Noon.AddHours(1) ? [first] : [late])!;

        Assert.Equal([ReplayVerdict.Not, ReplayVerdict.Not, ReplayVerdict.Not, ReplayVerdict.Not], report.Switches.Select(one => one.Verdict));
        Assert.Contains("under planned maintenance", report.Switches[0].Reason, StringComparison.Ordinal);
        Assert.Contains("under planned maintenance", report.Switches[2].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void With_control_targets_the_switches_are_the_same_and_what_is_assumed_of_them_is_said()
    {
        var journal = new World(World.Service, 3, (Railway, 600, 1200)).Run(3600);
        var asked = World.Configured(World.Service) with { Rules = new FleetRules { SelfCheck = new SelfCheckRule(4, 2, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)) } };
        journal = journal with
        {
            Entries =
            [
                .. journal.Entries,
                new ConditionRaised { At = World.Noon.AddSeconds(2000), Cause = "network", Alert = AlertKind.Frozen, Reason = "0 of 4 control targets answer", Since = World.Noon.AddSeconds(2000), Told = true },
                new ConfigurationChanged { At = World.Noon.AddSeconds(2100), Accepted = true, Reason = "failover.yaml is in effect" },
                new ConfigurationChanged { At = World.Noon.AddSeconds(2200), Accepted = false, Reason = "a mistake" },
            ],
        };

        var report = ReplayReport.Of(asked, journal, since: null)!;

        Assert.Equal([ReplayVerdict.Same, ReplayVerdict.Same], report.Switches.Select(one => one.Verdict));
        Assert.Equal(
            ["failover.yaml was changed once within the record: not every recorded switch was made under the same configuration", "our own network was taken for the fault once within the record: in the replay the control targets always answer"],
            report.Notes);
    }

    private static IEnumerable<(double, OperatorCommand)> Said(Random random)
    {
        var (from, length) = (random.NextDouble() * 3 * 3600, 30 + (random.NextDouble() * 1200));
        var (kind, endpoint) = random.Next(3) switch
        {
            0 => (OverrideKind.Force, "render"),
            1 => (OverrideKind.Drain, "railway"),
            _ => (OverrideKind.Freeze, (string?)null),
        };
        yield return (from, Begin(kind, endpoint, from, from + length));
        if (random.Next(2) == 0)
        {
            yield return (from + (length / 2), new OperatorCommand.End(kind, World.Service.Name, kind == OverrideKind.Drain ? endpoint : null, "done", "alice"));
        }
    }

    private static OperatorCommand.Begin Begin(OverrideKind kind, string? endpoint, double from, double until) =>
        new(new Override(kind, World.Service.Name, endpoint, "a test", "alice", World.Noon.AddSeconds(from), World.Noon.AddSeconds(until)));

    private static ServiceDefinition With(int fall) => World.Service with { Endpoints = World.Service.Endpoints.Select(endpoint => endpoint with { Rule = endpoint.Rule with { Fall = fall } }).ToValueList() };

    private static string Told(ReplayReport report) => string.Join('\n', ReplayText.Lines(report, "new.yaml", "journal.db", TimeZoneInfo.Utc));
}
