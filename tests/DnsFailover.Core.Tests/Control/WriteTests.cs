using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What becomes of a write in the rarer cases, and what is said of it.</summary>
public sealed class WriteTests
{
    private static readonly ServiceDefinition AtBoth = TwoEndpoints with { AlsoAt = ["aws"] };

    [Fact]
    public void A_change_at_a_provider_that_a_reload_took_away_is_given_up()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Provider.WriteFaults = () => WriteFault.LostReply;
        watch.Fails(P).RunUntil(() => watch.Lead is { Change.Stage: ChangeStage.Resolving, PendingRead: not null }, within: 20, "the question what became of it");
        var gone = new ControllerEvent.ReadFailed(Name, watch.Lead.PendingRead!.Value, "'dns' is not declared any more", RetryAfter: null) { ProviderGone = true };
        var (state, effects) = Controller.Step(watch.State, gone, watch.Now);

        Assert.Null(state.Services[Name].Copies["dns"].Change);
        var outcome = Assert.Single(effects.OfType<Effect.Record>().SelectMany(record => record.Entries).OfType<OutcomeRecorded>());
        Assert.Equal((ChangeResult.Failed, "the reply was lost, and its outcome cannot be found out: 'dns' is not declared any more"), (outcome.Result, outcome.Reason));
        Assert.Null(state.Services[Name].Copies["dns"].Live); // read before anything is written there
    }

    [Fact]
    public void A_provider_that_takes_half_of_a_change_is_told_with_what_it_holds()
    {
        var watch = Watch.Settled(Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6)), P, P6);
        watch.Provider.ReadTakes = Seconds(3);
        watch.Provider.WriteFaults = () => WriteFault.OnlyTheFirstType;
        watch.Fails(P, P6).RunUntil(() => watch.Outcomes.Any(), within: 30, "the outcome");

        Assert.Equal("dns took the change, but holds A 192.0.2.2 (TTL 30); AAAA 2001:db8::1 (TTL 30)", watch.Outcomes.First().Reason);
    }

    [Fact]
    public void A_refusal_that_names_a_time_is_waited_for()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var attempts = new List<DateTimeOffset>();
        watch.Provider.RetryAfter = Seconds(120);
        watch.Provider.WriteFaults = () =>
        {
            attempts.Add(watch.Now);
            return WriteFault.Rejected;
        };
        watch.Fails(P).RunUntil(() => attempts.Count == 2, within: 180, "the second try");

        Assert.InRange(attempts[1] - attempts[0], Seconds(120), Seconds(121));
    }

    [Fact]
    public void Servers_of_a_follower_that_lag_behind_are_told()
    {
        var (watch, _) = Both(AtBoth);
        watch.VerificationFails = () => true;
        watch.Fails(P).Run(10);

        Assert.Contains(watch.Alerts, alert => alert is { Kind: AlertKind.Unverified, Title: "api.example.com is not answered everywhere", Next: "They are asked again." });
    }

    [Fact]
    public void A_later_change_ends_the_trouble_of_the_one_before_unheard()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var lagging = true;
        watch.VerificationFails = () => lagging;
        watch.Fails(P).Run(20).Works(P).RunUntil(() => watch.Published() is [P], within: 200, "the failback");
        lagging = false;
        watch.Run(10);

        Assert.Equal("the records were changed since", watch.Journal.OfType<ConditionCleared>().Last(cleared => cleared.Cause == "unverified:dns").Reason);
        Assert.Empty(watch.Service.Conditions);
        Assert.DoesNotContain(watch.Alerts, alert => alert.Reason.Contains("changed since", StringComparison.Ordinal) || alert.Title.Contains("changed since", StringComparison.Ordinal));
    }

    [Fact]
    public void A_lead_that_cannot_be_reached_says_where_traffic_can_be_moved()
    {
        var watch = Watch.Over(TwoEndpoints with { AlsoAt = ["aws", "azure"] }, P);
        foreach (var other in new[] { "aws", "azure" })
        {
            watch.Others[other] = new TinyProvider();
            watch.Others[other].Records[Name] = Holding(P);
        }

        watch.Start().Run(30);
        watch.Provider.ReadFault = () => "HTTP 503";
        watch.Run(200);
        Assert.Equal("What dns holds stays as it is until it works. If traffic has to move before, it is moved at aws or azure.", watch.Alerts.Single().Next);

        var (paused, _) = Both(AtBoth with { OnDrift = OnDrift.Pause });
        paused.Provider.Records[Name] = Holding(S);
        paused.Run(65);
        paused.Provider.ReadFault = () => "HTTP 503";
        paused.Run(200);
        Assert.Equal("What dns holds stays as it is.", paused.Alerts.Single(alert => alert.Reason.Contains("503", StringComparison.Ordinal)).Next);
    }

    [Fact]
    public void Records_that_somebody_took_away_are_called_nothing()
    {
        var watch = Watch.Settled(TwoEndpoints with { Create = true }, P);
        watch.Provider.Records[Name] = NameRecords.Create(Name, []);
        watch.Run(65);
        Assert.Equal("somebody else changed the records from A 192.0.2.1 (TTL 30) to nothing", watch.Journal.OfType<DriftNoticed>().Single().Sentence);
    }

    [Fact]
    public void A_value_that_was_ours_before_the_last_change_of_its_family_is_ours_no_more()
    {
        var service = Service(Endpoint("primary", 0, P, P6), Endpoint("standby", 1, S, S6));
        var watch = Watch.Settled(service, P, P6).Fails(P).Run(30).Fails(P6).Run(30);
        Assert.Equal([new EndpointTarget(RecordType.A, S), new EndpointTarget(RecordType.AAAA, S6)], watch.Service.Formerly);
        watch.Works(P).Run(150);
        Assert.Equal([new EndpointTarget(RecordType.AAAA, S6), new EndpointTarget(RecordType.A, P)], watch.Service.Formerly);
    }

    private static (Watch Watch, TinyProvider Aws) Both(ServiceDefinition service)
    {
        var watch = Watch.Over(service, P);
        var aws = watch.Others["aws"] = new TinyProvider();
        aws.Records[Name] = Holding(P);
        watch.Start().Run(30);
        return (watch, aws);
    }
}
