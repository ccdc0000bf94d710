using DnsFailover.Core.Decisions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Journal;
using DnsFailover.Replay;

namespace DnsFailover.Tests.Replay;

/// <summary>A replay through drills that moved the service itself.</summary>
public sealed class ReplayDrillTests
{
    private const string Railway = "192.0.2.1";

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_live_drill_and_a_real_failover_right_behind_it_are_made_again(int seed)
    {
        var random = new Random(seed);
        var fails = 600 + (random.NextDouble() * 60);
        var world = new World(World.Service, seed, (Railway, fails, 900)) { Commands = [(600, new OperatorCommand.Drill(World.Service.Name, Live: true, Endpoint: null, "alice") { IsConfirmed = true })] };
        var journal = world.Run(2400);
        Assert.Single(journal.Entries.OfType<DrillEnded>());
        Assert.Equal(2, journal.Entries.OfType<OverrideEnded>().Count(ended => ended.Override.Drill is not null));

        var report = ReplayReport.Of(World.Configured(World.Service), journal, since: null)!;

        Assert.InRange(report.Switches.Count, 3, 5);
        Assert.Contains(report.Switches, one => one.Recorded?.Intent.Decision == DecisionKind.Forced);
        AllTheSame(report, journal);
    }

    [Theory]
    [InlineData(true)] // the drill ends its drain
    [InlineData(false)] // its time is over
    public void A_drain_of_a_drill_lasts_as_long_as_it_did_also_when_the_replay_begins_in_the_middle_of_it(bool ends)
    {
        var drain = new Override(OverrideKind.Drain, World.Service.Name, "railway", "drill 1", "dnsfailover", World.Noon.AddSeconds(600), World.Noon.AddSeconds(ends ? 1500 : 1000)) { Drill = 1 };
        var world = new World(World.Service, 3, (Railway, 1300, 1600))
        {
            Commands = [(600, new OperatorCommand.Begin(drain)), .. ends ? [(1000, new OperatorCommand.End(drain.Kind, drain.Service, drain.Endpoint, "drill 1 does not need it any more", "dnsfailover"))] : Array.Empty<(double, OperatorCommand)>()],
        };
        var journal = world.Run(2400);
        journal = journal with { Entries = [.. journal.Entries.Select(entry => entry is OverrideEnded ended ? ended with { Actor = null } : entry)] };

        AllTheSame(ReplayReport.Of(World.Configured(World.Service), journal, since: null)!, journal, count: 4);
        AllTheSame(ReplayReport.Of(World.Configured(World.Service), journal, World.Noon.AddSeconds(700))!, journal, count: 3);
    }

    [Fact]
    public void A_drain_that_an_operator_put_in_the_place_of_that_of_a_drill_outlasts_the_drill()
    {
        var drill = new Override(OverrideKind.Drain, World.Service.Name, "railway", "drill 1", "dnsfailover", World.Noon.AddSeconds(600), World.Noon.AddSeconds(1500)) { Drill = 1 };
        var own = drill with { Actor = "alice", Since = World.Noon.AddSeconds(700), Until = World.Noon.AddSeconds(1400), Drill = null };
        var journal = new World(World.Service, 3) { Commands = [(600, new OperatorCommand.Begin(drill)), (700, new OperatorCommand.Begin(own))] }.Run(2400);
        JournalEntry late = new OverrideEnded { At = World.Noon.AddSeconds(800), Service = World.Service.Name, Override = drill, Reason = "drill 1 does not need it any more" };
        journal = journal with { Entries = [.. journal.Entries.Append(late).OrderBy(entry => entry.At)] };

        AllTheSame(ReplayReport.Of(World.Configured(World.Service), journal, since: null)!, journal, count: 2);
        AllTheSame(ReplayReport.Of(World.Configured(World.Service), journal, World.Noon.AddSeconds(750))!, journal, count: 1);
    }

    private static void AllTheSame(ReplayReport report, JournalRecord journal, int? count = null) => Assert.True(
        report.Switches.Count == (count ?? report.Switches.Count) && report.Switches.All(one => one.Verdict == ReplayVerdict.Same),
        $"{string.Join('\n', ReplayText.Lines(report, "failover.yaml", "journal.db", TimeZoneInfo.Utc))}\n{string.Join('\n', journal.Entries.Select(entry => $"{entry.At:HH:mm:ss.fff} {entry.Sentence}"))}");
}
