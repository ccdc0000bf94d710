using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Explain;
using DnsFailover.Journal;

namespace DnsFailover.Tests.Explain;

/// <summary>What a journal says of a service at a time, out of journals made by hand.</summary>
public sealed class ExplainTests
{
    private static readonly DnsName Api = DnsName.Parse("api.example.com");

    private static readonly DateTimeOffset Two = new(2026, 3, 1, 14, 2, 0, TimeSpan.Zero);

    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(1), "test", "test");

    private static readonly TargetId Railway = new(Api, "railway", RecordType.A, "192.0.2.1");

    private static readonly TargetId Render = new(Api, "render", RecordType.A, "198.51.100.2");

    private static readonly IntentRecorded Intent = new()
    {
        At = At(9.35),
        Service = Api,
        Provider = "bind",
        Change = new ChangeSet(17, Api, [new RecordChange(Set("192.0.2.1"), Set("198.51.100.2"))]),
        Decision = DecisionKind.Failover,
        Reason = "railway (192.0.2.1) is down: 3 failures in a row; render (198.51.100.2) is up",
        Evidence = ["14:02:07.120 railway (192.0.2.1): connection refused by 192.0.2.1:443", "14:02:09.310 render (198.51.100.2): status 200 in 34 ms"],
        Guards = ["minActiveTime 30 s: the last switch was 3 h ago", "budget: 1 of 6 switches in the last hour"],
        From = "railway (192.0.2.1)",
        To = "render (198.51.100.2)",
        FirstFailureAt = At(7.12),
        VerdictAt = At(9.3),
        Switched = [RecordType.A],
    };

    private static readonly OutcomeRecorded Outcome = new()
    {
        At = At(9.388),
        Service = Api,
        Provider = "bind",
        ChangeId = 17,
        Result = ChangeResult.Verified,
        Reason = "both name servers answer it",
        HoldDowns = [],
        Calls = ["Update example.com SOA at 192.0.2.53:53 → NOERROR in 3 ms, message id 4711"],
        Timings = new SwitchTimings(TimeSpan.FromSeconds(2.18), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(8)),
    };

    private static readonly JournalEntry[] Switch =
    [
        Health(Railway, HealthStatus.Up, -3600), Health(Render, HealthStatus.Up, -3600), Health(Railway, HealthStatus.Down, 9.3), Intent, Outcome,
    ];

    [Fact]
    public void A_switch_is_told_with_its_reason_its_times_its_evidence_guards_calls_and_alerts()
    {
        var told = Explain(Two.AddMinutes(1), Switch, alerts: [new SentAlert("slack", Failover, IsSettled: true, At(10), null), new SentAlert("hook", Failover, IsSettled: false, null, null), new SentAlert("pager", Failover, IsSettled: true, At(20), "refused: 410")]);

        Assert.Equal(
            """
            api.example.com at 2026-03-01 14:03:00 UTC (15:03:00 local), 57 min ago

            Failover from railway (192.0.2.1) to render (198.51.100.2), 2026-03-01 14:02:09 UTC (15:02:09 local), 50.7 s before
              why         railway (192.0.2.1) is down: 3 failures in a row; render (198.51.100.2) is up
              change      17 at bind: A 192.0.2.1 → 198.51.100.2
              outcome     verified: both name servers answer it
              times       14:02:07.120               first failed probe
                          14:02:09.300  + 2.18 s     verdict: down
                          14:02:09.350  + 50 ms      intent recorded: what gets traffic is proven, the live records are read
                          14:02:09.380  + 30 ms      written at the provider, and read back
                          14:02:09.388  + 8 ms       verified: every authoritative server answers it (2.27 s in all)
              evidence    14:02:07.120 railway (192.0.2.1): connection refused by 192.0.2.1:443
                          14:02:09.310 render (198.51.100.2): status 200 in 34 ms
              guards      minActiveTime 30 s: the last switch was 3 h ago
                          budget: 1 of 6 switches in the last hour
              calls       Update example.com SOA at 192.0.2.53:53 → NOERROR in 3 ms, message id 4711
              alerts      slack: Failover sent at 2026-03-01 14:02:10 UTC (15:02:10 local)
                          hook: Failover not sent yet
                          pager: Failover given up: refused: 410

              in the way  nothing: no refusal, no override, no drift
              health      railway (192.0.2.1): down since 2026-03-01 14:02:09 UTC (15:02:09 local): because
                          render (198.51.100.2): up since 2026-03-01 13:02:00 UTC (14:02:00 local)
            """,
            told,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void What_stood_in_the_way_at_the_time_is_told_and_what_was_over_or_came_later_is_not()
    {
        JournalEntry[] entries =
        [
            .. Switch,
            Refused("refused:A:budget", 20, "the budget of 6 switches an hour is used up") with { Guards = ["budget: 6 of 6 switches since 13:20:00"] },
            Refused("refused:A:other", 21, "something that was over"),
            new ConditionCleared { At = At(22), Service = Api, Cause = "refused:A:other", Reason = "it is over" },
            Refused("refused:A:late", 500, "something that came later"),
            Overriding(OverrideKind.Drain, "render", 25, 3600),
            Overriding(OverrideKind.Force, "railway", 25, 30),
            Overriding(OverrideKind.Freeze, null, 26, 3600) with { Service = null, Override = new Override(OverrideKind.Freeze, null, null, "network works", "bob@desk", At(26), At(3600)) },
            new DriftNoticed { At = At(40), Service = Api, Provider = "bind", Expected = "A 192.0.2.1 (TTL 30)", Actual = "A 203.0.113.9 (TTL 30)", Response = new Drift(At(40), [], OnDrift.Pause, GivenUp: false) },
        ];

        var told = Explain(Two.AddMinutes(1), entries);

        Assert.Contains("in the way  the budget of 6 switches an hour is used up (since 2026-03-01 14:02:20 UTC", told, StringComparison.Ordinal);
        Assert.Contains("budget: 6 of 6 switches since 13:20:00", told, StringComparison.Ordinal);
        Assert.Contains("override    render drained by alice@laptop, 2026-03-01 14:02:25 UTC (15:02:25 local) until 2026-03-01 15:02:00 UTC (16:02:00 local): works", told, StringComparison.Ordinal);
        Assert.Contains("override    every service frozen by bob@desk", told, StringComparison.Ordinal);
        Assert.Contains("drift       somebody else changed the records from A 192.0.2.1 (TTL 30) to A 203.0.113.9 (TTL 30) at bind", told, StringComparison.Ordinal);
        Assert.DoesNotContain("something that", told, StringComparison.Ordinal);
        Assert.DoesNotContain("forced", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Planned_times_are_told_as_they_were_in_effect_whatever_failover_yaml_says_now()
    {
        Window backup = new(WindowKind.Maintenance, Api, "render", At(-600), At(3000), "backup");
        PlannedSpell[] planned =
        [
            new(backup, At(-500), At(3000)),
            new(backup with { Endpoint = null, Reason = "moving" }, At(-500), At(100)),
            new(backup with { Kind = WindowKind.Failback, Endpoint = null, Reason = "planned maintenance" }, At(-500), At(3000)),
            new(backup with { Service = DnsName.Parse("www.example.com"), Reason = "of another" }, At(-500), At(3000)),
            new(backup with { Reason = "over by then" }, At(-500), At(50)),
        ];

        var told = Explain(Two.AddMinutes(1), Switch, planned: planned);

        Assert.Contains("planned     maintenance of render: no traffic as long as another one works, 2026-03-01 13:52:00 UTC (14:52:00 local) until 2026-03-01 14:52:00 UTC (15:52:00 local): backup\n", told, StringComparison.Ordinal);
        Assert.Contains("planned     maintenance of the service: it is held as it is, 2026-03-01 13:52:00 UTC (14:52:00 local) until 2026-03-01 14:52:00 UTC (15:52:00 local): moving (failover.yaml was changed at 2026-03-01 14:03:40 UTC (15:03:40 local), and planned it no more)\n", told, StringComparison.Ordinal);
        Assert.Contains("planned     traffic may return to the preferred endpoint, 2026-03-01 13:52:00 UTC", told, StringComparison.Ordinal);
        Assert.DoesNotContain("of another", told, StringComparison.Ordinal);
        Assert.DoesNotContain("over by then", told, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing: no refusal", told, StringComparison.Ordinal);
        Assert.DoesNotContain("planned  ", Explain(Two.AddMinutes(90), Switch, planned: planned), StringComparison.Ordinal);
    }

    [Fact]
    public void Providers_that_followed_and_what_stood_against_all_services_are_told_and_endpoints_of_long_ago_are_not()
    {
        var follows = Intent with { At = At(10), Provider = "aws", Follows = true, Change = Intent.Change with { Id = 18 } };
        var gone = new TargetId(Api, "fly", RecordType.A, "203.0.113.9");
        JournalEntry[] entries =
        [
            Health(gone, HealthStatus.Up, -900_000),
            .. Switch,
            follows,
            Outcome with { At = At(10.2), Provider = "aws", ChangeId = 18, Reason = "aws answers it" },
            follows with { At = At(11), Provider = "late", Change = Intent.Change with { Id = 19 } },
            new ConditionRaised { At = At(12), Cause = "network", Alert = AlertKind.Frozen, Reason = "0 of 4 control targets answer", Since = At(12), Told = true },
        ];
        ObservationRun run = new() { Target = Render, Verdict = Verdict.Pass, IsScheduled = true, First = At(-600), Last = At(50), Count = 66, Fastest = TimeSpan.Zero, Slowest = TimeSpan.Zero, Interval = TimeSpan.FromSeconds(10), Reason = "status 200" };

        var told = Explain(Two.AddMinutes(1), entries, [run, run with { Target = gone, First = At(-1_000_000), Last = At(-900_000) }]);

        Assert.Contains("followed    aws: verified at 14:02:10.200: aws answers it\n              late: not done by then\n", told, StringComparison.Ordinal);
        Assert.Contains("in the way  0 of 4 control targets answer (since 2026-03-01 14:02:12 UTC (15:02:12 local))", told, StringComparison.Ordinal);
        Assert.DoesNotContain("fly", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_force_is_not_said_to_have_been_proven()
    {
        var told = Explain(Two.AddMinutes(1), [.. Switch[..3], Intent with { Decision = DecisionKind.Forced, Evidence = [], FirstFailureAt = null }, Outcome]);

        Assert.Contains("decided\n", told, StringComparison.Ordinal);
        Assert.Contains("intent recorded: the live records are read\n", told, StringComparison.Ordinal);
        Assert.DoesNotContain("proof", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_that_was_not_written_is_told_with_the_one_that_stayed_in_force_and_what_comes_next()
    {
        var again = Intent with { At = At(100), Change = Intent.Change with { Id = 18 }, Decision = DecisionKind.Failback, From = Intent.To, To = Intent.From, FirstFailureAt = null };
        JournalEntry[] entries = [.. Switch, again, Outcome with { At = At(101), ChangeId = 18, Result = ChangeResult.Rejected, Reason = "REFUSED", Timings = null }, again with { At = At(900), Change = Intent.Change with { Id = 19 } }];

        var told = Explain(Two.AddMinutes(5), entries);

        Assert.Contains("Failback from render (198.51.100.2) to railway (192.0.2.1), 2026-03-01 14:03:40 UTC", told, StringComparison.Ordinal);
        Assert.Contains("outcome     rejected: REFUSED", told, StringComparison.Ordinal);
        Assert.Contains("before      Failover from railway (192.0.2.1) to render (198.51.100.2), 2026-03-01 14:02:09 UTC (15:02:09 local), stayed in force", told, StringComparison.Ordinal);
        Assert.EndsWith("Next: Failback from render (198.51.100.2) to railway (192.0.2.1) at 2026-03-01 14:17:00 UTC (15:17:00 local)", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_of_which_nothing_is_known_is_said_to_be_one()
    {
        var told = Explain(Two.AddDays(-2), Switch);

        Assert.Contains("Nothing is known of that time: what the journal holds of api.example.com begins at 2026-03-01 13:02:00 UTC", told, StringComparison.Ordinal);
        Assert.DoesNotContain("health", told, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_seen_last_is_told_and_when_it_was_long_ago_that_too()
    {
        ObservationRun seen = new()
        {
            Target = Render,
            Verdict = Verdict.Pass,
            IsScheduled = true,
            First = At(-600),
            Last = At(0),
            Count = 61,
            Fastest = TimeSpan.FromMilliseconds(20),
            Slowest = TimeSpan.FromMilliseconds(50),
            Interval = TimeSpan.FromSeconds(10),
            Reason = "status 200 in 34 ms",
        };

        Assert.Contains("render (198.51.100.2): up since 2026-03-01 13:02:00 UTC (14:02:00 local); last probe 4 s before, passed: status 200 in 34 ms", Explain(At(-296), Switch, [seen]), StringComparison.Ordinal);
        Assert.Contains("last probe 1 min before, passed: status 200 in 34 ms (not observed since: the daemon was not running, or did not record)", Explain(At(60), Switch, [seen]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-03-01T14:02:10Z", "2026-03-01 14:02:10")]
    [InlineData("2026-03-01 14:02", "2026-03-01 14:02:00")]
    [InlineData("2026-03-01T15:02:10+01:00", "2026-03-01 14:02:10")]
    [InlineData("14:02:10", "2026-03-01 14:02:10")]
    [InlineData("15:30", "2026-02-28 15:30:00")]
    [InlineData("90m", "2026-03-01 13:32:00")]
    [InlineData("yesterday", null)]
    public void Times_are_read_as_they_are_written_at_night(string text, string? expected) =>
        Assert.Equal(expected, Moment.TryParse(text, Two.AddHours(1), out var at) ? $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}" : null);

    private static Alert Failover => new() { Kind = AlertKind.Failover, At = Outcome.At, Service = Api, Title = "t", Reason = "r", Next = "n" };

    private static DateTimeOffset At(double seconds) => Two + TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));

    private static RecordSet Set(string value) => RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(30), value);

    private static HealthChanged Health(TargetId target, HealthStatus to, double second) => new() { At = At(second), Service = Api, Target = target, From = HealthStatus.Unknown, To = to, Reason = "because" };

    private static ConditionRaised Refused(string cause, double second, string reason) =>
        new() { At = At(second), Service = Api, Cause = cause, Alert = AlertKind.Refused, Reason = reason, Since = At(second), Told = true };

    private static OverrideBegan Overriding(OverrideKind kind, string? endpoint, double from, double until) =>
        new() { At = At(from), Service = Api, Override = new Override(kind, Api, endpoint, "works", "alice@laptop", At(from), At(until)) };

    private static string Explain(DateTimeOffset at, IReadOnlyList<JournalEntry> entries, IReadOnlyList<ObservationRun>? runs = null, IReadOnlyList<SentAlert>? alerts = null, IReadOnlyList<PlannedSpell>? planned = null) =>
        string.Join('\n', new ExplanationText(Explanation.Of(new JournalRecord("journal.db", entries, runs ?? [], alerts ?? [], 0) { Planned = planned ?? [] }, Api, at), Berlin, Two.AddMinutes(58)).Lines().Select(line => line.TrimEnd()));
}
