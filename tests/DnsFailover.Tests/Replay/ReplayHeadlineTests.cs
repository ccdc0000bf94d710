using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Operations;
using DnsFailover.Journal;
using DnsFailover.Replay;

namespace DnsFailover.Tests.Replay;

/// <summary>What a replay says in one sentence: the difference with its arithmetic, and what was changed.</summary>
public sealed class ReplayHeadlineTests
{
    private const string Railway = "192.0.2.1";

    [Fact]
    public void What_a_setting_changes_is_said_in_one_sentence()
    {
        var journal = new World(World.Service, 7, (Railway, 600, 605), (Railway, 1800, 2400)).Run(3600);

        Assert.Matches(@"^With fall 5 the 12:10 failover would not have happened; the 12:30 one (1\.[5-9]\d?|2(\.[0-4]\d?)?) s later\.$", Headline(journal, With(fall: 5)));
        Assert.Matches(@"^With fall 43 the 12:10 failover would not have happened; the 12:30 one (3[7-9]|4[0-7])(\.\d)? s later\.$", Headline(journal, With(fall: 43)));
        Assert.Matches(@"^With failback delay 5m the 12:11 failback would have happened 4 min later; the 12:41 one 4 min later\.$", Headline(journal, World.Service with { Failback = World.Service.Failback with { Delay = TimeSpan.FromSeconds(300) } }));

        var quiet = new World(With(fall: 8), 3, (Railway, 600, 604)).Run(1800);
        Assert.Equal("With new.yaml there would have been a further failover at 12:10; there would have been a further failback at 12:11.", Headline(quiet, World.Service)); // no verdict shows what fall was
        Assert.Equal(string.Empty, Headline(quiet, With(fall: 8)));
    }

    [Fact]
    public void What_is_as_it_was_is_so_as_exactly_as_the_record_tells_and_no_difference_is_hidden_behind_an_interval()
    {
        var journal = new World(World.Service, 7, (Railway, 600, 605), (Railway, 1800, 2400)).Run(3600);
        Assert.Matches(@"^With new\.yaml every recorded switch would have happened as it did, to within \d+(\.\d)? ms\.$", Headline(journal, World.Service));

        var slow = World.Service with { Endpoints = World.Service.Endpoints.Select(endpoint => endpoint with { Timing = endpoint.Timing with { Interval = TimeSpan.FromSeconds(40) } }).ToValueList() };
        var seldom = new World(slow, 5, (Railway, 611, 1200)).Run(3600);
        var patient = slow with { Endpoints = slow.Endpoints.Select(endpoint => endpoint with { Rule = endpoint.Rule with { Fall = 32 } }).ToValueList() };
        Assert.Matches(@"^With fall 32 the 12:10 failover would have happened (2[89]|30)(\.\d)? s later\.$", Headline(seldom, patient));
    }

    [Theory]
    [InlineData(500, 2000, @"^With fastInterval 2s the 12:10 failover would have happened (2\.9\d?|3(\.0\d?)?) s later; the 12:21 failback 1\.[45]\d? s later\.$")]
    [InlineData(2000, 500, @"^With fastInterval 500ms the 12:10 failover would have happened (2\.9\d?|3(\.0\d?)?) s earlier; the 12:21 failback 1\.[45]\d? s earlier\.$")]
    public void The_setting_that_was_changed_is_named_and_no_other(int from, int to, string expected)
    {
        var journal = new World(Fast(World.Service, from), 11, (Railway, 600, 1200)).Run(3600);

        Assert.Matches(expected, Headline(journal, Fast(World.Service, to)));
    }

    [Fact]
    public void Of_two_changed_settings_the_one_is_named_that_makes_the_difference_and_both_where_it_takes_both()
    {
        var journal = new World(Fast(World.Service, 500), 11, (Railway, 600, 1200)).Run(3600);

        Assert.Matches(@"(?m)^With fastInterval 2s and fall 8 the 12:10 failover would have happened 1[23](\.\d)? s later\.$", Headline(journal, Fast(With(fall: 8), 2000)));
        Assert.Matches(
            @"^With failback delay 5m the 12:21 failback would have happened 4 min later\.\nWith fall 8 the 12:10 failover would have happened 2\.[4-6]\d? s later\.$",
            Headline(journal, Fast(With(fall: 8), 500) with { Failback = World.Service.Failback with { Delay = TimeSpan.FromSeconds(300) } }));

        var between = new World(Fast(World.Service, 500), 11, (Railway, 611, 1200)).Run(3600); // half an interval of 40 s before its next probe
        Assert.Matches(@"^With interval 40s the 12:10 failover would have happened (1\d|2\d)(\.\d+)? s later", Headline(between, Fast(Each(World.Service, endpoint => endpoint with { Timing = endpoint.Timing with { Interval = TimeSpan.FromSeconds(40) } }), 500)));
    }

    [Fact]
    public void A_setting_that_nobody_knows_to_have_been_another_is_not_blamed()
    {
        // The endpoints are preferred the other way round: fall, the interval and all that the record shows are as they were.
        var journal = new World(World.Service, 11, (Railway, 600, 1200)).Run(3600);
        var turned = World.Service with { Endpoints = [World.Service.Endpoints[0] with { Priority = 1 }, World.Service.Endpoints[1] with { Priority = 0 }] };

        Assert.Matches(@"^With new\.yaml the 12:21 failback would not have happened[^\n]*$", Headline(journal, turned));

        var rise = Each(With(fall: 5), endpoint => endpoint with { Rule = endpoint.Rule with { Rise = 12 } }); // which no sentence of the record tells
        Assert.Matches(@"^With fall 5 the 12:10 failover would have happened (1\.9\d?|2(\.0\d?)?) s later\.\nWith new\.yaml the 12:2\d failback would have happened (9\.\d+|10(\.\d)?) s later\.$", Headline(journal, rise));
    }

    [Fact]
    public void A_forced_move_and_a_single_change_more_are_said_in_English()
    {
        var force = new Override(OverrideKind.Force, World.Service.Name, "render", "a test", "alice", World.Noon.AddSeconds(600), World.Noon.AddSeconds(700));
        var journal = new World(World.Service, 3) { Commands = [(600, new OperatorCommand.Begin(force))] }.Run(1800);
        var elsewhere = World.Service with { Endpoints = [World.Service.Endpoints[0], World.Endpoint("fly", 1, "192.0.2.3")] };
        Assert.Equal("With new.yaml the forced move of 12:10 would not have happened.", Headline(journal, elsewhere));

        var often = new World(World.Service, 3, [.. Enumerable.Range(0, 7).Select(at => (Railway, 600.0 + (1200 * at), 603.5 + (1200 * at)))]).Run(3 * 3600);
        Assert.EndsWith("neither; and 1 more change.", Headline(often, With(fall: 20)), StringComparison.Ordinal);
    }

    private static string Headline(JournalRecord journal, ServiceDefinition service) =>
        string.Join('\n', ReplayHeadline.Sentences(ReplayReport.Of(World.Configured(service), journal, since: null)!, "new.yaml"));

    private static ServiceDefinition With(int fall) => Each(World.Service, endpoint => endpoint with { Rule = endpoint.Rule with { Fall = fall } });

    private static ServiceDefinition Fast(ServiceDefinition service, int milliseconds) => Each(service, endpoint => endpoint with { Timing = endpoint.Timing with { FastInterval = TimeSpan.FromMilliseconds(milliseconds) } });

    private static ServiceDefinition Each(ServiceDefinition service, Func<EndpointDefinition, EndpointDefinition> change) => service with { Endpoints = service.Endpoints.Select(change).ToValueList() };
}
