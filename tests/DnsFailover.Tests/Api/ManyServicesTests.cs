using System.Text.Json;
using DnsFailover.Api;
using DnsFailover.Core.Control;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Schedules;
using DnsFailover.Tests.Control;
using DnsFailover.Tests.Journal;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Api;

/// <summary>Ten thousand endpoints: what is sent stays small, and what has not changed is not sent.</summary>
public sealed class ManyServicesTests
{
    private const int Services = 5000;

    private static readonly WindowCalendar NoWindows = new([]);

    [Fact]
    public void A_page_of_ten_thousand_endpoints_is_small_and_the_pages_hold_each_service_once()
    {
        var report = new StatusReport(State(), NoWindows, Samples.Noon, notRecorded: null);
        var names = new List<string>();
        var filter = new ServiceFilter();
        while (true)
        {
            var page = report.Services(filter, 0);
            Assert.Equal((Services, Services), (page.Matching, page.Daemon.Counts.Total));
            Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(page, ReplyContext.Default.ServicesDocument).Length, 1000, 100_000);
            names.AddRange(page.Services.Select(service => service.Name));
            if (page.Next is not { } next)
            {
                break;
            }

            filter = filter with { After = DnsName.Parse(next) };
        }

        Assert.Equal(Services, names.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(["s4242.example.com"], report.Services(new ServiceFilter { Text = "s4242" }, 0).Services.Select(service => service.Name));

        var endpoints = report.Endpoints(new ServiceFilter { Limit = 3 });
        Assert.Equal((Services * 2, "s0001.example.com/active"), (endpoints.Matching, endpoints.Next));
        Assert.Equal("standby", report.Endpoints(new ServiceFilter { Limit = 3, After = DnsName.Parse("s0001.example.com"), AfterEndpoint = "active" }).Endpoints[0].Name);
    }

    [Fact]
    public void Only_what_looks_different_gets_a_number_however_much_is_observed()
    {
        var time = new ManualTime(Samples.Noon);
        var state = State();
        var feed = new ChangeFeed(() => state, () => null, () => NoWindows, time);
        var first = feed.Look();
        Assert.Empty(feed.Since(first, only: null));

        for (var number = 0; number < 100; number++)
        {
            state = Observed(state, number, Verdict.Inconclusive, time.GetUtcNow()); // which says nothing, and shows nowhere
        }

        time.Advance(ChangeFeed.Pulse);
        Assert.Equal(first, feed.Look());

        state = Observed(state, 17, Verdict.Pass, time.GetUtcNow());
        Assert.Equal(first, feed.Look()); // not so soon
        time.Advance(ChangeFeed.Pulse);
        var second = feed.Look();
        Assert.Equal(["s0017.example.com"], feed.Since(first, only: null).Select(item => item.Name?.ToString()).OfType<string>());
        Assert.DoesNotContain(feed.Since(first, only: DnsName.Parse("s0018.example.com")), item => item.Name is not null);
        Assert.True(feed.Knows(first) && feed.Knows(second) && !feed.Knows(first - 1) && !feed.Knows(second + 1));
    }

    [Fact]
    public void The_newest_probes_of_a_target_take_no_more_memory_however_many_there_were()
    {
        var recent = new RecentObservations();
        var state = State(1);
        var target = state.Services.Values.First().Definition.Targets.First().Target;
        for (var number = 0; number < 1000; number++)
        {
            var seen = Sample.Observed(target, number % 2 == 0 ? Verdict.Pass : Verdict.Fail).Observation with { StartedAt = Samples.Noon.AddSeconds(number), Reason = $"refused {number}", Phases = new ProbePhases(null, null, null, null, TimeSpan.FromMilliseconds(number)) };
            recent.Stepped(new ControllerEvent.Observed(seen), state, state, [], Samples.Noon);
        }

        var kept = recent.Of(target);
        Assert.Equal(60, kept.Count);
        Assert.Equal((Samples.Noon.AddSeconds(940), 940.0, "pass", (string?)null), (kept[0].At, kept[0].Milliseconds, kept[0].Verdict, kept[0].Reason));
        Assert.Equal(("fail", "refused 999"), (kept[^1].Verdict, kept[^1].Reason));
        Assert.Equal(8, kept.Count(one => one.Reason is not null));
        Assert.Equal(kept.Skip(57), recent.Since(target, 997).New);

        var without = state with { Configuration = new ControllerConfiguration([], TimeSpan.FromMinutes(5)), Services = state.Services.Clear() };
        recent.Stepped(new ControllerEvent.TimePassed(), state, without, [], Samples.Noon);
        Assert.Empty(recent.Of(target));
    }

    private static ControllerState State(int services = Services) => Controller.Start(
        new ControllerConfiguration([.. Enumerable.Range(0, services).Select(number => Sample.Service($"s{number:D4}.example.com"))], TimeSpan.FromMinutes(5)), [], Samples.Noon).State;

    private static ControllerState Observed(ControllerState state, int number, Verdict verdict, DateTimeOffset now)
    {
        var service = state.Services[DnsName.Parse($"s{number:D4}.example.com")].Definition;
        return Controller.Step(state, Sample.Observed(service.Target(Sample.Active), verdict), now).State;
    }
}
