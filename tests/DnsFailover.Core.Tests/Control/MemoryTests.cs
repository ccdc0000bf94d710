using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What is folded out of a journal, entry by entry.</summary>
public sealed class MemoryTests
{
    private static readonly ServiceDefinition AtBoth = TwoEndpoints with { AlsoAt = ["aws"] };

    [Fact]
    public void An_intent_without_an_outcome_is_found_out_at_the_provider_it_went_to()
    {
        var service = Remembered(AtBoth, Intent(4, "dns"), Intent(5, "aws") with { Follows = true }, Outcome(5, "aws", ChangeResult.Verified));
        Assert.Equal((ChangeStage.Resolving, 4L), (service.Copies["dns"].Change!.Stage, service.Copies["dns"].Change!.Intent.Change.Id));
        Assert.Equal("the daemon stopped before the outcome was known", service.Copies["dns"].Change!.Trouble);
        Assert.Null(service.Copies["aws"].Change);

        var moved = Remembered(TwoEndpoints with { Provider = "elsewhere" }, Intent(4, "dns"));
        Assert.Equal(["dns", "elsewhere"], moved.Copies.Keys);
        Assert.NotNull(moved.Copies["dns"].Change);
        Assert.Equal("elsewhere", moved.Lead); // a lead that is not declared any more does not lead
    }

    [Fact]
    public void Before_there_could_be_several_providers_it_was_the_first()
    {
        var service = Remembered(AtBoth, Intent(4, string.Empty));
        Assert.Equal(["aws", "dns"], service.Copies.Keys);
        Assert.Equal(4, service.Copies["dns"].Change!.Intent.Change.Id);
        Assert.Null(service.Copies["aws"].Change);

        var unverified = Remembered(AtBoth, Intent(4, string.Empty), Outcome(4, string.Empty, ChangeResult.Unverified));
        Assert.Equal((4L, true), (unverified.Copies["dns"].Unverified!.ChangeId, unverified.Copies["dns"].Unverified!.IsAsked)); // asked again at once
        Assert.Null(unverified.Copies["aws"].Unverified);
        Assert.Null(Remembered(AtBoth, Intent(4, string.Empty), Outcome(4, string.Empty, ChangeResult.Unverified), Intent(6, "dns"), Outcome(6, "dns", ChangeResult.Verified)).Copies["dns"].Unverified);
        Assert.Null(Remembered(AtBoth, Intent(4, string.Empty), Intent(6, "dns"), Outcome(6, "dns", ChangeResult.Verified)).Copies["dns"].Change);
    }

    [Theory]
    [InlineData("provider-read")]
    [InlineData("provider-write")]
    [InlineData("unverified")]
    public void Troubles_of_then_are_those_of_the_first_and_end_with_them(string cause)
    {
        var raised = Raised(cause);
        Assert.Equal([$"{cause}:dns"], Remembered(TwoEndpoints, raised).Conditions.Keys);
        Assert.Equal([$"{cause}:dns"], Remembered(TwoEndpoints, raised, Cleared("drift-of-something-else")).Conditions.Keys);
        Assert.Empty(Remembered(TwoEndpoints, raised, Cleared($"{cause}:dns")).Conditions);
        Assert.Empty(Remembered(TwoEndpoints, Raised("down:gone:192.0.2.9"), Cleared("down:gone:192.0.2.9")).Conditions);
    }

    [Fact]
    public void Numbers_go_on_after_the_largest_that_was_given()
    {
        Assert.Equal(7, Last(Intent(7, "elsewhere")));
        Assert.Equal(9, Last(Intent(7, "elsewhere"), Outcome(9, "elsewhere", ChangeResult.Failed)));
        Assert.Equal(7, Last(Intent(7, "elsewhere"), Intent(5, "elsewhere"), Outcome(3, "elsewhere", ChangeResult.Failed)));

        static long Last(params JournalEntry[] journal)
        {
            var (state, effects) = Started(TwoEndpoints, journal);
            return effects.OfType<Effect.ReadRecords>().Min(read => read.RequestId) - 1;
        }
    }

    [Fact]
    public void Who_was_written_first_leads_also_without_an_outcome()
    {
        Assert.Equal("aws", Remembered(AtBoth, Intent(4, "aws")).Lead);
        Assert.Equal("dns", Remembered(AtBoth, Intent(4, "aws") with { Follows = true }).Lead);
        Assert.Equal("dns", Remembered(AtBoth, Intent(4, string.Empty)).Lead);
        Assert.Equal("aws", Remembered(AtBoth, Intent(4, "aws"), Intent(5, "dns") with { Follows = true }).Lead);
    }

    [Fact]
    public void The_change_of_who_leads_goes_before_those_of_the_others()
    {
        var both = Remembered(AtBoth, Intent(5, "aws") with { Follows = true }, Intent(6, "dns"));
        Assert.Equal(6, both.Change!.Intent.Change.Id);
        Assert.Equal(7, Remembered(AtBoth, Intent(6, "dns"), Outcome(6, "dns", ChangeResult.Verified), Intent(7, "aws") with { Follows = true }).Change!.Intent.Change.Id);
        Assert.Null(Remembered(AtBoth).Change);
    }

    /// <summary>A change under way is the last move, whatever was before; one that only follows is none.</summary>
    [Fact]
    public void Traffic_last_began_to_move_with_the_newest_intent()
    {
        var past = new PastSwitch(Noon - Seconds(90), DecisionKind.Failover, [RecordType.A]);
        var outcome = Outcome(4, "dns", ChangeResult.Verified) with { Switches = [past] };
        var intent = Intent(5, "dns") with { At = Noon - Seconds(30), MovesTraffic = true };
        Assert.Equal(past.At, Remembered(AtBoth, outcome).LastMoveAt);
        Assert.Equal(intent.At, Remembered(AtBoth, outcome, intent).LastMoveAt);
        Assert.Equal(past.At, Remembered(AtBoth, outcome, intent with { MovesTraffic = false }).LastMoveAt);
        Assert.Equal(past.At, Remembered(AtBoth, outcome, intent with { Provider = "aws", Follows = true }).LastMoveAt);
        Assert.Null(Remembered(AtBoth, Outcome(4, "dns", ChangeResult.Verified) with { Switches = [past with { Kind = DecisionKind.Forced }] }).LastMoveAt);
    }

    [Fact]
    public void Traffic_changed_sides_with_what_is_written_and_waits_for_its_verification()
    {
        var hold = new HoldDown(RecordType.A, Noon - Seconds(90));
        var service = Remembered(TwoEndpoints, Outcome(4, "dns", ChangeResult.Verified) with { HoldDowns = [hold] }, Intent(5, "dns"));
        Assert.Equal(hold.SwitchedAt, service.SwitchedAt(RecordType.A, Noon)); // whether it was written is not known
        Assert.Null(service.SwitchedAt(RecordType.AAAA, Noon));
        var written = service with { Copies = service.Copies.SetItem("dns", service.Copies["dns"] with { Change = service.Change! with { Stage = ChangeStage.Verifying, WrittenAt = Noon } }) };
        Assert.Equal(Noon, written.SwitchedAt(RecordType.A, Noon));
        Assert.Null(written.SwitchedAt(RecordType.AAAA, Noon));
    }

    /// <summary>The change of a provider that cannot be read since a restart: it was followed, so that it was written.</summary>
    [Fact]
    public void Traffic_changed_sides_with_what_was_followed_although_its_outcome_is_not_known()
    {
        var intent = Intent(4, "dns") with { At = Noon - Seconds(20), Left = [new EndpointTarget(RecordType.A, P)] };
        var followed = Following(S, intent);
        Assert.Equal(intent.At, followed.SwitchedAt(RecordType.A, Noon));
        Assert.Null(followed.SwitchedAt(RecordType.AAAA, Noon));
        Assert.Null(followed.SwitchedAt(RecordType.A, intent.At - Seconds(1))); // the clock was set back
        Assert.Null(Following(P, intent).SwitchedAt(RecordType.A, Noon));
        Assert.Null(Following(S, intent with { Follows = true }).SwitchedAt(RecordType.A, Noon));
        Assert.Null(Following(S, intent with { Switched = [] }).SwitchedAt(RecordType.A, Noon));

        var since = new HoldDown(RecordType.A, Noon - Seconds(10));
        Assert.Equal(since.SwitchedAt, (followed with { HoldDowns = [since] }).SwitchedAt(RecordType.A, Noon));
        Assert.Equal(intent.At, (followed with { HoldDowns = [since with { Type = RecordType.AAAA }] }).SwitchedAt(RecordType.A, Noon));
        Assert.Equal(intent.At, (followed with { HoldDowns = [since with { SwitchedAt = Noon - Seconds(30) }] }).SwitchedAt(RecordType.A, Noon));

        static ServiceState Following(string live, IntentRecorded intent)
        {
            var service = Remembered(AtBoth, intent, Outcome(5, "aws", ChangeResult.Verified) with { Lead = "aws" });
            return service with { Copies = service.Copies.SetItem("aws", service.Copies["aws"] with { Live = Holding(live) }) };
        }
    }

    [Fact]
    public void A_change_that_may_yet_appear_says_why()
    {
        var doubtful = Remembered(TwoEndpoints, Intent(4, "dns"), Outcome(4, "dns", ChangeResult.Failed) with { Doubtful = [Intent(4, "dns")] }).Copies["dns"].Doubtful;
        Assert.Equal((4L, "it was taken for not written before the daemon stopped"), (doubtful.Single().Intent.Change.Id, doubtful.Single().Trouble));
    }

    [Fact]
    public void An_unverified_outcome_whose_intent_is_not_kept_any_more_is_not_waited_for() =>
        Assert.Null(Remembered(TwoEndpoints, Outcome(4, "dns", ChangeResult.Unverified)).Copies["dns"].Unverified);

    private static ServiceState Remembered(ServiceDefinition service, params JournalEntry[] journal) => Started(service, journal).State.Services[Name];

    private static (ControllerState State, ValueList<Effect> Effects) Started(ServiceDefinition service, JournalEntry[] journal) => Controller.Start(Watch.Configured(service), journal, Noon);

    private static IntentRecorded Intent(long id, string provider) => new()
    {
        At = Noon,
        Service = Name,
        Provider = provider,
        Change = new ChangeSet(id, Name, [new RecordChange(Holding(P).Sets[0], Holding(S).Sets[0])]),
        Decision = DecisionKind.Failover,
        Reason = "primary is down",
        Evidence = [],
        From = "primary",
        To = "standby",
        VerdictAt = Noon,
        Switched = [RecordType.A],
    };

    private static OutcomeRecorded Outcome(long id, string provider, ChangeResult result) =>
        new() { At = Noon, Service = Name, Provider = provider, ChangeId = id, Result = result, Reason = "it ended", HoldDowns = [] };

    private static ConditionRaised Raised(string cause) => new() { At = Noon, Service = Name, Cause = cause, Alert = AlertKind.Refused, Since = Noon, Told = true, Reason = "trouble" };

    private static ConditionCleared Cleared(string cause) => new() { At = Noon, Service = Name, Cause = cause, Reason = "over" };
}
