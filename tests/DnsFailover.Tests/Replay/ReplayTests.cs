using DnsFailover.Core;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Replay;

namespace DnsFailover.Tests.Replay;

/// <summary>What a changed configuration would have done with what was recorded.</summary>
public sealed class ReplayTests
{
    private const string Railway = "192.0.2.1";

    private const string Render = "192.0.2.2";

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_configuration_of_then_makes_the_same_switches_again(int seed)
    {
        var random = new Random(seed);
        var outages = Enumerable.Range(0, 30).Select(_ =>
        {
            var from = random.NextDouble() * 3 * 3600;
            return (random.Next(4) > 0 ? Railway : Render, from, from + (random.NextDouble() * (random.Next(2) == 0 ? 6 : 400)));
        }).ToArray();
        var journal = new World(World.Service, seed, outages).Run(3 * 3600);

        var report = ReplayReport.Of(World.Configured(World.Service), journal, since: null)!;

        Assert.NotEmpty(report.Switches);
        Assert.True(report.Switches.All(one => one.Verdict == ReplayVerdict.Same), Told(report));
        Assert.Empty(report.Notes);
    }

    [Fact]
    public void A_failure_that_was_over_before_the_fifth_probe_would_not_have_switched_with_fall_5_and_a_long_one_would_later()
    {
        var journal = new World(World.Service, 7, (Railway, 600, 605), (Railway, 1800, 2400)).Run(3600);
        Assert.Equal(4, RecordedSwitch.In(journal.Entries).Count());

        var report = ReplayReport.Of(World.Configured(With(endpoint => endpoint with { Rule = endpoint.Rule with { Fall = 5 } })), journal, since: null)!;

        Assert.Equal([ReplayVerdict.Not, ReplayVerdict.Not, ReplayVerdict.Later, ReplayVerdict.Same], report.Switches.Select(one => one.Verdict));
        Assert.Equal("the longest run of failures was 3, and fall is 5", report.Switches[0].Reason);
        Assert.Equal("the name was there already", report.Switches[1].Reason);
        Assert.InRange(report.Switches[2].Shift, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2.5));

        var slow = ReplayReport.Of(World.Configured(With(endpoint => endpoint with { Rule = endpoint.Rule with { Fall = 43 } })), journal, since: null)!;
        var later = Assert.Single(slow.Switches, one => one.Verdict == ReplayVerdict.Later);
        Assert.InRange(later.Shift, TimeSpan.FromSeconds(37), TimeSpan.FromSeconds(47));
        Assert.Contains("failures lie between recorded ones", later.Reason, StringComparison.Ordinal);
        Assert.Contains($"would have happened {Text.Of(later.Shift)} later", Told(slow), StringComparison.Ordinal);
    }

    [Fact]
    public void A_lower_fall_makes_the_switches_that_were_not_made()
    {
        var service = With(endpoint => endpoint with { Rule = endpoint.Rule with { Fall = 8 } });
        var journal = new World(service, 3, (Railway, 600, 604)).Run(1800);
        Assert.Empty(RecordedSwitch.In(journal.Entries));

        var report = ReplayReport.Of(World.Configured(World.Service), journal, since: null)!;

        Assert.Equal([(ReplayVerdict.Additional, DecisionKind.Failover), (ReplayVerdict.Additional, DecisionKind.Failback)], report.Switches.Select(one => (one.Verdict, one.Replayed!.Intent.Decision)));
        Assert.Contains("additional: it did not happen, and would have", Told(report), StringComparison.Ordinal);
        Assert.Contains("it is taken to have been answered with what is preferred: 192.0.2.1", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_longer_interval_notices_later_by_at_most_what_is_added()
    {
        var journal = new World(World.Service, 5, (Railway, 611, 1200)).Run(3600);

        var report = ReplayReport.Of(World.Configured(With(endpoint => endpoint with { Timing = endpoint.Timing with { Interval = TimeSpan.FromSeconds(30) } })), journal, since: null)!;

        var failover = report.Switches[0];
        Assert.Equal(ReplayVerdict.Later, failover.Verdict);
        Assert.InRange(failover.Shift, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(21));
        Assert.Equal(2, report.Switches.Count);
        Assert.InRange(report.Observations, 700, 800);
    }

    [Fact]
    public void A_longer_failback_delay_moves_the_way_back_by_the_difference_and_a_manual_one_leaves_it_out()
    {
        var journal = new World(World.Service, 5, (Railway, 600, 1200)).Run(3600);

        var longer = ReplayReport.Of(World.Configured(World.Service with { Failback = World.Service.Failback with { Delay = TimeSpan.FromSeconds(300) } }), journal, since: null)!;
        Assert.Equal([ReplayVerdict.Same, ReplayVerdict.Later], longer.Switches.Select(one => one.Verdict));
        Assert.InRange(longer.Switches[1].Shift, TimeSpan.FromSeconds(238), TimeSpan.FromSeconds(242));

        var manual = ReplayReport.Of(World.Configured(World.Service with { Failback = new FailbackRule(FailbackMode.Manual, TimeSpan.Zero) }), journal, since: null)!;
        Assert.Equal([ReplayVerdict.Same, ReplayVerdict.Not], manual.Switches.Select(one => one.Verdict));
        Assert.Contains("failback is manual", manual.Switches[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_record_does_not_know_is_said_and_gets_no_traffic()
    {
        var journal = new World(World.Service, 5, (Railway, 600, 1200)).Run(3600);
        var elsewhere = World.Service with { Endpoints = [World.Service.Endpoints[0], World.Endpoint("fly", 1, "192.0.2.3")] };

        var report = ReplayReport.Of(World.Configured(elsewhere), journal, since: null)!;

        Assert.Equal([ReplayVerdict.Not, ReplayVerdict.Not], report.Switches.Select(one => one.Verdict));
        Assert.Equal("this configuration declares no endpoint with 192.0.2.2", report.Switches[0].Reason);
        Assert.Contains(report.Notes, note => note.StartsWith("fly (192.0.2.3) of api.example.com: not in the record", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note == "render (192.0.2.2): in the record, but this configuration does not declare it");
        Assert.Null(ReplayReport.Of(World.Configured(World.Service with { Name = DnsName.Parse("www.example.com") }), journal, since: null));
    }

    [Fact]
    public void A_time_without_the_daemon_changes_no_verdict()
    {
        var whole = new World(World.Service, 5, (Railway, 600, 1200)).Run(3600);
        var (from, until) = (World.Noon.AddSeconds(1500), World.Noon.AddSeconds(2700));
        var torn = whole with
        {
            Runs = [.. whole.Runs.SelectMany(run => run.Starts.Where(start => start < from || start > until).GroupBy(start => start > until)
                .Select(group => run with { First = group.Min(), Last = group.Max(), Count = group.Count() })).OrderBy(run => run.First)],
        };

        var report = ReplayReport.Of(World.Configured(World.Service), torn, since: null)!;

        Assert.Equal([ReplayVerdict.Same, ReplayVerdict.Same], report.Switches.Select(one => one.Verdict));
    }

    [Fact]
    public void It_can_begin_in_the_middle_of_the_record()
    {
        var journal = new World(World.Service, 5, (Railway, 600, 1200), (Railway, 2000, 2400)).Run(3600);

        var report = ReplayReport.Of(World.Configured(World.Service), journal, World.Noon.AddSeconds(1600))!;

        Assert.Equal([ReplayVerdict.Same, ReplayVerdict.Same], report.Switches.Select(one => one.Verdict));
        Assert.Contains("2 switches of before that time: not replayed", report.Notes);
    }

    [Fact]
    public void Records_that_somebody_else_changed_are_changed_in_the_replay_too()
    {
        var drift = new DriftNoticed { At = World.Noon, Service = World.Service.Name, Provider = "dns", Expected = "A 192.0.2.1 (TTL 30)", Actual = "A 192.0.2.2, 192.0.2.9 (weight 3) (TTL 60); AAAA 2001:db8::1 (TTL 30)" };

        var records = ReplayStart.RecordsAfter(drift)!;

        Assert.Equal("api.example.com 60 A 192.0.2.2, 192.0.2.9 (weight 3)", records[RecordType.A]!.ToString());
        Assert.Equal(["2001:db8::1"], records[RecordType.AAAA]!.Values.Select(value => value.Data));
        Assert.Empty(ReplayStart.RecordsAfter(drift with { Actual = "nothing" })!.Sets);
        Assert.Null(ReplayStart.RecordsAfter(drift with { Actual = "A alias to something (TTL 60)" }));
    }

    private static ServiceDefinition With(Func<EndpointDefinition, EndpointDefinition> change) => World.Service with { Endpoints = World.Service.Endpoints.Select(change).ToValueList() };

    private static string Told(ReplayReport report) => string.Join('\n', ReplayText.Lines(report, "new.yaml", "journal.db", TimeZoneInfo.Utc));
}
