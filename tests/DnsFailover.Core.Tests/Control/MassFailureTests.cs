using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>Is it us? Many endpoints of different services and vendors that fail at once.</summary>
public sealed class MassFailureTests
{
    private static readonly FleetRules Three = new() { MassFailure = new MassFailureRule(Endpoints: 3, Vendors: 2, Seconds(30)) };

    [Fact]
    public void What_two_vendors_lose_at_once_is_held_for_the_window_and_then_goes()
    {
        var services = new[] { TwoEndpoints, Of("www", 1, "rack", "cloud"), Of("app", 2, "cloud", "rack"), Of("db", 3, "rack", "cloud") };
        var watch = NetworkTests.Over(services, Three);
        string[] lost = [P, "192.0.2.10", "192.0.2.20", "192.0.2.30"];
        watch.Fails(lost).Run(30);

        Assert.Empty(watch.Provider.Writes);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
        Assert.Matches("^[34] endpoints of [23] vendors failed within [0-9.]+ (ms|s)$", watch.Alerts[0].Reason);
        Assert.Contains("primary of api.example.com", watch.Alerts[0].Evidence);

        watch.Run(40);
        Assert.Equal(4, watch.Provider.Writes.Count);
        Assert.Equal(1, watch.AlertKinds.Count(kind => kind == AlertKind.Recovered));
        Assert.Equal(4, watch.AlertKinds.Count(kind => kind == AlertKind.Failover));
    }

    [Fact]
    public void What_recovers_within_the_window_has_moved_nothing()
    {
        var watch = NetworkTests.Over(NetworkTests.Many(4), Three);
        var all = watch.State.Services.Values.SelectMany(service => service.Definition.Targets).Select(pair => pair.Target.Value).ToArray();
        watch.Fails(all).Run(20).Works(all).Run(120);
        Assert.Empty(watch.Provider.Writes);
        Assert.Equal([AlertKind.Frozen, AlertKind.Recovered], watch.AlertKinds);
    }

    [Fact]
    public void The_outage_of_one_vendor_is_no_fault_of_ours()
    {
        var services = Enumerable.Range(1, 5).Select(i => Of($"s{i}", i, "rack", "cloud")).ToArray();
        var watch = NetworkTests.Over(services, Three);
        watch.Fails([.. services.Select(service => service.Endpoints[0].Targets[0].Value)]).Run(20);
        Assert.Equal(5, watch.Provider.Writes.Count);
        Assert.DoesNotContain(AlertKind.Frozen, watch.AlertKinds);
    }

    [Fact]
    public void One_service_with_all_its_endpoints_is_no_fault_of_ours()
    {
        var watch = NetworkTests.Over([Service(Primary, Standby, Third, Endpoint("fourth", 3, "192.0.2.4"))], Three);
        watch.Fails(P, S, T).RunUntil(() => watch.Published() is ["192.0.2.4"], within: 20, "the failover");
        Assert.DoesNotContain(AlertKind.Frozen, watch.AlertKinds);
    }

    [Fact]
    public void An_endpoint_with_two_addresses_counts_once()
    {
        var six = Service(Endpoint("rack", 0, P, P6), Endpoint("cloud", 1, S, S6));
        var watch = NetworkTests.Over([six, Of("www", 1, "cloud", "rack")], Three);
        watch.Provider.Records[Name] = Holding(P, P6);
        watch.Run(70).Fails(P, P6, "192.0.2.10").RunUntil(() => watch.Provider.Writes.Count >= 2, within: 20, "the failovers");
        Assert.DoesNotContain(AlertKind.Frozen, watch.AlertKinds);
    }

    [Fact]
    public void What_goes_on_failing_one_by_one_does_not_hold_a_name_for_ever()
    {
        var services = Enumerable.Range(1, 20).Select(i => Of($"s{i}", i, $"vendor{i % 5}", "cloud")).ToArray();
        var watch = NetworkTests.Over(services, Three);
        foreach (var service in services)
        {
            watch.Fails(service.Endpoints[0].Targets[0].Value).Run(10);
        }

        Assert.InRange(watch.Provider.Writes.Count, 10, 20); // 200 s after the first; two went before it was suspicious
        watch.Run(150);
        Assert.Equal(20, watch.Provider.Writes.Count);
    }

    [Fact]
    public void What_is_seldom_probed_is_probed_again_before_it_is_left()
    {
        var seldom = new ProbeTiming(Seconds(600), Seconds(2), Seconds(1));
        var services = Enumerable.Range(1, 4).Select(i => Of($"s{i}", i, i % 2 == 0 ? "rack" : "cloud", "third")).Select(service => service with { Endpoints = service.Endpoints.Select(endpoint => endpoint with { Timing = seldom }).ToValueList() }).ToArray();
        var watch = NetworkTests.Over(services, Three);
        string[] lost = [.. services.Select(service => service.Endpoints[0].Targets[0].Value)];
        watch.Fails(lost).RunUntil(() => watch.Alerts.Count > 0, within: 700, "the freeze");
        watch.Run(3);
        watch.Works(lost).Run(300);
        Assert.Empty(watch.Provider.Writes);
    }

    [Theory]
    [InlineData(2, "of what failed at once, 1 endpoint is still down")]
    [InlineData(1, "of what failed at once, 2 endpoints are still down")]
    public void What_recovers_for_the_most_part_was_no_mass_failure(int recover, string expected)
    {
        var services = new[] { TwoEndpoints, Of("www", 1, "rack", "cloud"), Of("app", 2, "cloud", "rack") };
        string[] lost = [P, "192.0.2.10", "192.0.2.20"];
        var watch = NetworkTests.Over(services, Three).Fails(lost).Run(15);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
        watch.Works(lost[..recover]).RunUntil(() => watch.AlertKinds.Contains(AlertKind.Recovered), within: 30, "the end of it");

        Assert.StartsWith(expected, watch.Alerts.First(alert => alert.Kind == AlertKind.Recovered).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reload_ends_it_only_where_failover_yaml_does_not_ask_for_it_any_more(bool asked)
    {
        var services = new[] { TwoEndpoints, Of("www", 1, "rack", "cloud"), Of("app", 2, "cloud", "rack") };
        var watch = NetworkTests.Over(services, Three).Fails(P, "192.0.2.10", "192.0.2.20").Run(15);
        Assert.NotNull(watch.State.Network.ByMass);

        watch.Under(asked ? Three : new FleetRules()).Reload(services).Run(0.5);
        Assert.Equal(asked, watch.State.Network.ByMass is not null);
        Assert.Equal(asked ? [AlertKind.Frozen] : [AlertKind.Frozen, AlertKind.Recovered], watch.AlertKinds.Take(asked ? 9 : 2));
    }

    [Fact]
    public void A_restart_does_not_end_it_and_does_not_prolong_it_for_ever()
    {
        var services = new[] { TwoEndpoints, Of("www", 1, "rack", "cloud"), Of("app", 2, "cloud", "rack") };
        var watch = NetworkTests.Over(services, Three).Fails(P, "192.0.2.10", "192.0.2.20").Run(15);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);
        var held = watch.Journal.OfType<ConditionRaised>().Single(raised => raised.Cause == "network");
        Assert.Equal(held.Since + Seconds(120), held.HoldsUntil);

        watch.Restart(after: 1).Run(25);
        Assert.NotNull(watch.State.Network.ByMass);
        Assert.Empty(watch.Provider.Writes);
        Assert.Equal([AlertKind.Frozen], watch.AlertKinds);

        watch.Restart(after: 1).Run(25).Restart(after: 1).Run(25);
        Assert.Empty(watch.Provider.Writes);
        watch.Restart(after: 1).RunUntil(() => watch.Provider.Writes.Count == 3, within: 40, "the failovers"); // 2 min after it was noticed at the latest
        Assert.Equal(1, watch.AlertKinds.Count(kind => kind == AlertKind.Recovered));
        Assert.StartsWith("so much had failed at once before the daemon was started again", watch.Alerts.Single(alert => alert.Kind == AlertKind.Recovered).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_restart_long_after_it_holds_nothing()
    {
        var services = new[] { TwoEndpoints, Of("www", 1, "rack", "cloud"), Of("app", 2, "cloud", "rack") };
        var watch = NetworkTests.Over(services, Three).Fails(P, "192.0.2.10", "192.0.2.20").Run(15).Restart(after: 130);
        Assert.Null(watch.State.Network.ByMass);
        watch.RunUntil(() => watch.Provider.Writes.Count == 3, within: 40, "the failovers");
        Assert.Equal(1, watch.AlertKinds.Count(kind => kind == AlertKind.Recovered));
    }

    internal static ServiceDefinition Of(string label, int number, string first, string second)
    {
        var service = NetworkTests.Other(label, number);
        return service with { Endpoints = [service.Endpoints[0] with { Vendor = first }, service.Endpoints[1] with { Vendor = second }] };
    }
}
