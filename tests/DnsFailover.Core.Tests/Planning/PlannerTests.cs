using DnsFailover.Core.Decisions;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Planning;

public sealed class PlannerTests
{
    [Fact]
    public void Only_what_differs_is_changed()
    {
        var live = Holding(P);
        Assert.Empty(Planner.Plan(TwoEndpoints, live, [Serve(P)]));

        var change = Assert.Single(Planner.Plan(TwoEndpoints, live, [Serve(S)]));
        Assert.Same(live.Sets[0], change.Before);
        Assert.Equal(RecordSet.Create(Name, RecordType.A, Seconds(30), S), change.After);
    }

    [Fact]
    public void A_decision_without_an_answer_changes_nothing() =>
        Assert.Empty(Planner.Plan(TwoEndpoints, Holding(P), [Serve(S) with { Answer = null }]));

    [Fact]
    public void The_ttl_is_the_declared_one_or_the_one_found_or_a_minute()
    {
        var undeclared = TwoEndpoints with { Ttl = null };
        Assert.Equal(Seconds(30), Planner.Plan(TwoEndpoints, Holding(Name, Seconds(300), P), [Serve(S)])[0].After.Ttl);
        Assert.Equal(Seconds(300), Planner.Plan(undeclared, Holding(Name, Seconds(300), P), [Serve(S)])[0].After.Ttl);
        Assert.Equal(Seconds(60), Planner.Plan(undeclared, NameRecords.Create(Name, []), [Serve(S)])[0].After.Ttl);
    }

    [Fact]
    public void Changes_are_sorted_by_type()
    {
        var service = Service(Endpoint("primary", 0, P6, P));
        var decisions = service.Targets.Select(pair => Serve(service, pair.Target.Value)).Reverse().Concat([]).ToList();
        Assert.Equal([RecordType.A, RecordType.AAAA], Planner.Plan(service, NameRecords.Create(Name, []), decisions).Select(change => change.After.Type));
    }

    [Fact]
    public void An_answer_without_members_cannot_be_made() => Assert.Throws<ArgumentException>(() => Answer.Of([]));

    private static Decision Serve(string value) => Serve(TwoEndpoints, value);

    private static Decision Serve(Core.Definitions.ServiceDefinition service, string value) => new()
    {
        Type = service.Target(value).Type,
        Kind = DecisionKind.Failover,
        Reason = "for the test",
        Answer = Answer.Of([new AnswerMember(service.Target(value), null)]),
    };
}
