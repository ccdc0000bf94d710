using DnsFailover.Core.Definitions;
using DnsFailover.Core.Network;
using DnsFailover.Core.Operations;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Network;

public sealed class NetworkFactsTests
{
    private static readonly SelfCheckRule Rule = new(Targets: 3, Needed: 2, Seconds(2), Seconds(5));

    [Fact]
    public void An_answer_says_how_many_and_the_slowest()
    {
        Assert.Equal("2 of 3 control targets answered, the slowest in 40 ms", Answer(0.04, 0.03, null).Sentence);
        Assert.Equal("none of 3 control targets answered", Answer(null, null, null).Sentence);
        Assert.Equal("none of 3 control targets answered, 2 are needed", Answer(null, null, null).Shortage(Rule));
        Assert.Equal("1 of 3 control targets answered, 2 are needed", Answer(null, 0.03, null).Shortage(Rule));
        Assert.Equal("none of 1 control targets answered, 1 is needed", Answer([null]).Shortage(Rule with { Targets = 1, Needed = 1 }));
        Assert.Equal("c1: it answered", Answer(0.04).Results[0].Sentence);
    }

    [Fact]
    public void What_holds_for_a_service_is_what_lasts_the_longest_and_an_operators_word_goes_before_the_plan()
    {
        var said = new Override(OverrideKind.Drain, Name, "standby", "release", "alice", Noon, Noon + Seconds(60));
        var planned = new Window(WindowKind.Maintenance, Name, "standby", Noon, Noon + Seconds(600), "patches");
        Assert.Equal("alice", Orders.Of(Name, [said], [planned], Noon).Drains.Single().Actor);
        Assert.Null(Orders.Of(Name, [said], [planned], Noon + Seconds(60)).Drains.Single().Actor); // its time is over
        Assert.Equal("longer", Orders.Of(Name, [], [planned, planned with { Until = Noon + Seconds(700), Reason = "longer" }], Noon).Drains.Single().Reason);
        Assert.Same(Orders.None, Orders.Of(Name, [], [planned with { From = Noon + Seconds(1) }], Noon));
        var freeze = said with { Kind = OverrideKind.Freeze, Endpoint = null };
        var all = Orders.Of(Name, [said, said with { Kind = OverrideKind.Approve, Endpoint = null }, said with { Kind = OverrideKind.Force }, freeze], [], Noon).All;
        Assert.Equal([OverrideKind.Freeze, OverrideKind.Force, OverrideKind.Drain, OverrideKind.Approve], all.Select(order => order.Kind));
    }

    private static ControlAnswer Answer(params double?[] seconds) =>
        new(Noon, seconds.Select((took, i) => new ControlResult($"c{i + 1}", took is not null, took is null ? "no answer" : "it answered", Seconds(took ?? 2))).ToValueList());
}
