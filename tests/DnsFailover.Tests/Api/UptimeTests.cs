using DnsFailover.Api;
using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Tests.Control;
using DnsFailover.Tests.Journal;

namespace DnsFailover.Tests.Api;

/// <summary>Uptime: what is not known never counts as up.</summary>
public sealed class UptimeTests
{
    private static readonly DateTimeOffset Now = Samples.Noon;

    private static readonly ServiceDefinition Definition = Sample.Service("api.example.com");

    private static readonly TargetId Active = Definition.Target(Sample.Active);

    private static readonly TargetId Standby = Definition.Target(Sample.Standby);

    [Fact]
    public void Time_that_nobody_watched_is_a_share_of_its_own()
    {
        // Watched for the last twelve hours: ten of passes, one of failures, one of probes that said nothing.
        var uptime = Of([Run(Active, Verdict.Pass, 12, 2), Run(Active, Verdict.Fail, 2, 1), Run(Active, Verdict.Inconclusive, 1, 0)]);

        Is(uptime.Endpoints["active"].Day, 10 / 24d, 1 / 24d, 13 / 24d);
        Is(uptime.Endpoints["active"].Month, 10 / 720d, 1 / 720d, 709 / 720d);
        Is(uptime.Endpoints["standby"].Day, 0, 0, 1);
    }

    [Fact]
    public void A_short_failure_is_seen_in_every_span_though_little_of_a_long_one_is_known()
    {
        // The daemon runs for ten minutes, two seconds of which were bad.
        var uptime = Of([Run(Active, Verdict.Pass, 1 / 6d, 2 / 3600d), Run(Active, Verdict.Fail, 2 / 3600d, 0)]).Endpoints["active"];

        foreach (var share in new[] { uptime.Day, uptime.Week, uptime.Month })
        {
            Assert.Equal(2 / 600d, share.Down / (share.Up + share.Down), 4);
        }
    }

    [Fact]
    public void A_probe_speaks_for_an_interval_and_a_half_and_no_longer()
    {
        var uptime = Of([Run(Active, Verdict.Pass, 24, 20), Run(Active, Verdict.Pass, 1, 0)]);

        Assert.Equal((4 + (15 / 3600d) + 1) / 24d, uptime.Endpoints["active"].Day.Up, 5);
        Assert.Equal(0, uptime.Endpoints["active"].Day.Down);
    }

    [Fact]
    public void A_service_is_up_while_what_it_was_answered_with_worked()
    {
        // The active endpoint fails six hours ago, the name moves one hour later, the standby worked all along.
        List<ObservationRun> runs = [Run(Active, Verdict.Pass, 24, 6), Run(Active, Verdict.Fail, 6, 0), Run(Standby, Verdict.Pass, 24, 0)];
        var moved = new NumberedChange(1, Intent(5), Outcome(5));

        var uptime = Of(runs, Sample.Standby, moved);

        Is(uptime.Service.Day, 23 / 24d, 1 / 24d, 0);
        Is(uptime.Endpoints["active"].Day, 18 / 24d, 6 / 24d, 0);
        Is(uptime.Endpoints["standby"].Day, 1, 0, 0);
    }

    [Fact]
    public void A_change_that_was_not_written_moved_nothing()
    {
        List<ObservationRun> runs = [Run(Active, Verdict.Pass, 24, 6), Run(Active, Verdict.Fail, 6, 0), Run(Standby, Verdict.Pass, 24, 0)];
        var failed = new NumberedChange(1, Intent(5), Outcome(5) with { Result = ChangeResult.Failed, Timings = null });

        Is(Of(runs, Sample.Active, failed).Service.Day, 18 / 24d, 6 / 24d, 0);
    }

    private static ServiceUptime Of(List<ObservationRun> runs, string live = Sample.Active, params NumberedChange[] changes)
    {
        var state = Controller.Start(new ControllerConfiguration([Definition], TimeSpan.FromMinutes(5)), [], Now).State.Services.Values.First();
        var copy = state.Copies[state.Lead] with { Live = Sample.Records(Definition.Name, live) };
        return Uptime.Of(state with { Copies = state.Copies.SetItem(state.Lead, copy) }, [.. runs.OrderBy(run => run.First)], [.. changes], Now);
    }

    private static ObservationRun Run(TargetId target, Verdict verdict, double fromHours, double untilHours) => new()
    {
        Target = target,
        Verdict = verdict,
        IsScheduled = true,
        First = Now.AddHours(-fromHours),
        Last = Now.AddHours(-untilHours),
        Count = 2,
        Fastest = TimeSpan.Zero,
        Slowest = TimeSpan.Zero,
        Interval = TimeSpan.FromSeconds(10),
        Reason = "x",
    };

    private static IntentRecorded Intent(double hoursAgo) => new()
    {
        At = Now.AddHours(-hoursAgo),
        Service = Definition.Name,
        Change = Sample.Change(Definition.Name),
        Decision = DecisionKind.Failover,
        Reason = "x",
        Evidence = [],
        From = "active",
        To = "standby",
        VerdictAt = Now.AddHours(-hoursAgo),
        Switched = [RecordType.A],
    };

    private static OutcomeRecorded Outcome(double hoursAgo) => new()
    {
        At = Now.AddHours(-hoursAgo),
        Service = Definition.Name,
        ChangeId = 1,
        Result = ChangeResult.Verified,
        Reason = "x",
        HoldDowns = [],
        Timings = new Core.Alerts.SwitchTimings(null, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero),
    };

    private static void Is(ShareDocument share, double up, double down, double unknown)
    {
        Assert.Equal(up, share.Up, 3);
        Assert.Equal(down, share.Down, 3);
        Assert.Equal(unknown, share.Unknown, 3);
    }
}
