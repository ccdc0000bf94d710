using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Journal;

/// <summary>The keys are kept in journals: entries of one key supersede each other. The sentences are what log and page show.</summary>
public sealed class JournalEntryTests
{
    private static readonly IntentRecorded Intent = new()
    {
        At = Noon,
        Service = Name,
        Provider = "dns",
        Change = new ChangeSet(7, Name, [new RecordChange(Holding(P).Sets[0], Holding(S).Sets[0])]),
        Decision = DecisionKind.Failover,
        Reason = "primary is down",
        Evidence = [],
        From = "primary",
        To = "standby",
        VerdictAt = Noon,
        Switched = [RecordType.A],
    };

    private static readonly OutcomeRecorded Outcome = new()
    {
        At = Noon,
        Service = Name,
        Provider = "dns",
        ChangeId = 7,
        Result = ChangeResult.Verified,
        Reason = "all 2 servers answer it",
        HoldDowns = [],
    };

    private static readonly ConditionRaised Raised = new()
    {
        At = Noon,
        Service = Name,
        Cause = "down:standby:192.0.2.2",
        Alert = AlertKind.RedundancyLost,
        Since = Noon,
        Told = true,
        Reason = "standby is down",
    };

    private static readonly Override Drained = new(OverrideKind.Drain, Name, "standby", "kernel update", "alice@laptop", Noon, Noon + Seconds(3660));

    [Fact]
    public void An_intent_says_from_where_to_where_and_what_is_written()
    {
        Assert.Equal("Failover from primary to standby (A 192.0.2.1 → 192.0.2.2): primary is down", Intent.Sentence);
        Assert.Equal("Shift (A 192.0.2.1 → 192.0.2.2): the TTL is 1 min", (Intent with { Decision = DecisionKind.Shift, To = "primary", Reason = "the TTL is 1 min" }).Sentence);
    }

    [Fact]
    public void An_outcome_says_how_long_it_took()
    {
        Assert.Equal("change 7 verified: all 2 servers answer it", Outcome.Sentence);
        var timings = new SwitchTimings(null, Seconds(1), Seconds(2), Seconds(3));
        Assert.Equal("change 7 verified, written in 2 s, verified in 3 s: all 2 servers answer it", (Outcome with { Timings = timings }).Sentence);
        Assert.Equal(
            "change 7 unverified, written in 2 s: ns2 lags",
            (Outcome with { Result = ChangeResult.Unverified, Reason = "ns2 lags", Timings = timings with { Verification = null } }).Sentence);
    }

    [Fact]
    public void A_condition_says_what_it_is()
    {
        Assert.Equal("standby is down", Raised.Sentence);
        Assert.Equal("every endpoint is down: no answer", (Raised with { Cause = "all-down:A", Alert = AlertKind.AllDown, Reason = "no answer" }).Sentence);
        Assert.True(Raised.IsOfTarget);
        Assert.False((Raised with { Cause = "all-down:A" }).IsOfTarget);
        Assert.Equal("it is up", new ConditionCleared { At = Noon, Cause = "x", Reason = "it is up" }.Sentence);
    }

    [Fact]
    public void The_rest_says_what_happened()
    {
        Assert.Equal(
            "primary (192.0.2.1) is Down: 3 failures in a row",
            new HealthChanged { At = Noon, Target = TwoEndpoints.Target(P), From = HealthStatus.Up, To = HealthStatus.Down, Reason = "3 failures in a row" }.Sentence);
        Assert.Equal("somebody else changed the records from A 1 to A 2", Noticed.Sentence);
        Assert.Equal("it was put back", Ended.Sentence);
        Assert.Equal("2 services", new ConfigurationChanged { At = Noon, Accepted = true, Reason = "2 services" }.Sentence);
        Assert.Equal("alice@laptop: standby drained until 2026-03-01 13:01 UTC: kernel update", new OverrideBegan { At = Noon, Override = Drained }.Sentence);
        Assert.Equal("no longer standby drained: its time is over", new OverrideEnded { At = Noon, Override = Drained, Reason = "its time is over" }.Sentence);
        Assert.Equal("bob: no longer standby drained: done", new OverrideEnded { At = Noon, Override = Drained, Actor = "bob", Reason = "done" }.Sentence);
    }

    [Fact]
    public void What_supersedes_an_entry_is_of_the_same_service_and_provider_or_cause()
    {
        Assert.Equal("intent:api.example.com:dns", Intent.Key);
        Assert.Equal("outcome:api.example.com:dns", Outcome.Key);
        Assert.Equal("condition:api.example.com:down:standby:192.0.2.2", Raised.Key);
        Assert.Equal(Raised.Key, new ConditionCleared { At = Noon, Service = Name, Cause = Raised.Cause, Reason = "up" }.Key);
        Assert.Equal("drift:api.example.com:dns", Noticed.Key);
        Assert.Equal(Noticed.Key, Ended.Key);
        Assert.Equal("override:api.example.com:Drain:standby", new OverrideBegan { At = Noon, Override = Drained }.Key);
        Assert.Equal("override:api.example.com:Drain:standby", new OverrideEnded { At = Noon, Override = Drained, Reason = "over" }.Key);
    }

    [Fact]
    public void What_only_tells_history_supersedes_nothing()
    {
        Assert.Null(new HealthChanged { At = Noon, Target = TwoEndpoints.Target(P), From = HealthStatus.Up, To = HealthStatus.Down, Reason = "it failed" }.Key);
        Assert.Null(new ConfigurationChanged { At = Noon, Accepted = true, Reason = "2 services" }.Key);
    }

    [Fact]
    public void A_journal_of_before_a_member_was_added_is_read_as_if_it_were_empty()
    {
        // The serializer hands null to a member that the file does not have.
        var intent = Intent with { Provider = null!, Guards = null! };
        Assert.Equal((string.Empty, 0), (intent.Provider, intent.Guards.Count));
        var outcome = Outcome with { Provider = null!, Formerly = null!, Switches = null!, Calls = null! };
        Assert.Equal((string.Empty, 0, 0, 0), (outcome.Provider, outcome.Formerly.Count, outcome.Switches.Count, outcome.Calls.Count));
        var raised = Raised with { Evidence = null!, Guards = null! };
        Assert.Equal((0, 0), (raised.Evidence.Count, raised.Guards.Count));
        var noticed = Noticed with { Provider = null!, HoldDowns = null!, Restores = null! };
        Assert.Equal((string.Empty, 0, 0), (noticed.Provider, noticed.HoldDowns.Count, noticed.Restores.Count));
        var ended = Ended with { HoldDowns = null!, Restores = null! };
        Assert.Equal((0, 0), (ended.HoldDowns.Count, ended.Restores.Count));
        Assert.Equal((string.Empty, string.Empty, string.Empty), (Bare.Intent.Provider, Bare.Outcome.Provider, Bare.Noticed.Provider));
    }

    [Fact]
    public void What_a_journal_holds_is_read()
    {
        ValueList<HoldDown> held = [new(RecordType.A, Noon)];
        var intent = Intent with { Guards = ["minActiveTime"] };
        Assert.Equal(("dns", "minActiveTime"), (intent.Provider, intent.Guards[0]));
        var outcome = Outcome with { Formerly = [new(RecordType.A, P)], Switches = [new(Noon, DecisionKind.Failover, [RecordType.A])], Calls = ["POST"] };
        Assert.Equal(("dns", P, Noon, "POST"), (outcome.Provider, outcome.Formerly[0].Value, outcome.Switches[0].At, outcome.Calls[0]));
        var raised = Raised with { Evidence = ["refused"], Guards = ["minActiveTime"] };
        Assert.Equal(("refused", "minActiveTime"), (raised.Evidence[0], raised.Guards[0]));
        var noticed = Noticed with { HoldDowns = held, Restores = [Noon] };
        Assert.Equal(("dns", held, Noon), (noticed.Provider, noticed.HoldDowns, noticed.Restores[0]));
        var ended = Ended with { HoldDowns = held, Restores = [Noon] };
        Assert.Equal((held, Noon), (ended.HoldDowns, ended.Restores[0]));
    }

    [Theory]
    [InlineData(OverrideKind.Force, "forced to standby")]
    [InlineData(OverrideKind.Drain, "standby drained")]
    [InlineData(OverrideKind.Freeze, "frozen")]
    [InlineData(OverrideKind.Approve, "failback approved")]
    public void An_override_is_called_by_what_it_does(OverrideKind kind, string expected) => Assert.Equal(expected, (Drained with { Kind = kind }).Describe());

    [Fact]
    public void There_is_one_force_of_a_service_and_one_drain_of_each_endpoint()
    {
        Assert.Equal("every service frozen", (Drained with { Kind = OverrideKind.Freeze, Service = null }).Describe());
        Assert.NotEqual(Drained.Identity, (Drained with { Endpoint = "primary" }).Identity);
        var forced = Drained with { Kind = OverrideKind.Force };
        Assert.Equal(forced.Identity, (forced with { Endpoint = "primary" }).Identity);
        Assert.NotEqual(forced.Identity, (forced with { Service = null }).Identity);
    }

    [Fact]
    public void A_drift_concerns_the_types_that_were_changed()
    {
        var drift = new Drift(Noon, [Holding(P).Sets[0]], OnDrift.Restore, GivenUp: false);
        Assert.True(drift.Concerns(RecordType.A) && !drift.Concerns(RecordType.AAAA));
        Assert.True(drift.IsUndone(RecordType.A, Holding(P)));
        Assert.False(drift.IsUndone(RecordType.A, Holding(S)) || drift.IsUndone(RecordType.A, NameRecords.Create(Name, [])) || drift.IsUndone(RecordType.AAAA, Holding(P, P6)));
        var both = drift with { Expected = Holding(P, P6).Sets };
        Assert.True(both.Concerns(RecordType.A) && both.Concerns(RecordType.AAAA) && both.IsUndone(RecordType.A, Holding(P, S6)));
        Assert.False(drift.IsPaused);
        Assert.True((drift with { GivenUp = true }).IsPaused && (drift with { Response = OnDrift.Pause }).IsPaused);
    }

    private static readonly DriftNoticed Noticed = new() { At = Noon, Service = Name, Provider = "dns", Expected = "A 1", Actual = "A 2" };

    private static readonly DriftEnded Ended = new() { At = Noon, Service = Name, Provider = "dns", Reason = "it was put back" };

    /// <summary>As a journal of before there could be several providers has them.</summary>
    private static class Bare
    {
        public static readonly IntentRecorded Intent = new() { At = Noon, Change = JournalEntryTests.Intent.Change, Decision = DecisionKind.Shift, Reason = "it", Evidence = [], From = "a", To = "b", VerdictAt = Noon, Switched = [] };

        public static readonly OutcomeRecorded Outcome = new() { At = Noon, ChangeId = 1, Result = ChangeResult.Failed, Reason = "it", HoldDowns = [] };

        public static readonly DriftNoticed Noticed = new() { At = Noon, Expected = "a", Actual = "b" };
    }
}
