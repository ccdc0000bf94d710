using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Tests.Notifications;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>One name at two real BINDs, as at two vendors; and records that somebody else changes there.</summary>
public sealed class SeveralProvidersTests
{
    private const string Name = "api.example.test";
    private const string Primary = "127.0.0.2";
    private const string Standby = "127.0.0.3";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_serve_the_same_and_one_that_was_dead_during_the_failover_follows_when_it_is_back()
    {
        var options = new NamedOptions { Records = $"api 30 IN A {Primary}" };
        await using var first = await NamedServer.StartAsync("example.test", options, Ended);
        await using var second = await NamedServer.StartAsync("example.test", options, Ended);
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        await using var slack = await Receiver.StartAsync();
        using var place = new Workplace();
        place.Write($$"""
            providers:
              one: {{Workplace.Rfc2136(first)}}
              two: {{Workplace.Rfc2136(second).Replace("${TSIG_SECRET}", "${TSIG_SECRET_2}", StringComparison.Ordinal)}}
            reconcileInterval: 1s
            defaults: { {{Workplace.Quick}} }
            services:
              - name: {{Name}}
                providers: [one, two]
                failback: manual
                endpoints:
                  - {{primary.Yaml("primary")}}
                  - {{standby.Yaml("standby")}}
            notifications:
              slack: {webhook: "${SLACK_WEBHOOK}"}
            """);
        await using var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, [("TSIG_SECRET", first.KeySecret), ("TSIG_SECRET_2", second.KeySecret), ("SLACK_WEBHOOK", slack.Url)]);
        await daemon.SaysAsync("is Up", times: 2);

        await first.StopAsync();
        await primary.KillAsync();
        await Eventually.HoldsAsync(async () => await second.DigAsync(Name, "A", Ended) is [$"30 {Standby}"], () => $"the second follows the failover while the first is dead; it said\n{daemon.Said}");
        await primary.StartAsync(); // what the dead one holds works again: it must not pull the name back
        await first.StartAgainAsync(Ended);

        await Eventually.HoldsAsync(async () => await first.DigAsync(Name, "A", Ended) is [$"30 {Standby}"], () => $"the first follows when it is back; it said\n{daemon.Said}");
        Assert.Equal([$"30 {Standby}"], await second.DigAsync(Name, "A", Ended));
        await daemon.SignalAsync("TERM");
        Assert.Equal(0, await daemon.EndsAsync());
        var intents = (await place.JournalAsync()).OfType<IntentRecorded>().ToList();
        Assert.Equal([("two", false), ("one", true)], intents.Select(intent => (intent.Provider, intent.Follows)));
        Assert.Contains(slack.Requests, request => request.Body.Contains("one is behind and follows once it works", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_somebody_else_changes_is_put_back_when_failover_yaml_says_so()
    {
        await using var named = await NamedServer.StartAsync("example.test", new NamedOptions { Records = $"api 30 IN A {Primary}" }, Ended);
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        using var place = new Workplace();
        place.Write($$"""
            providers:
              bind: {{Workplace.Rfc2136(named)}}
            reconcileInterval: 1s
            defaults: { {{Workplace.Quick}} }
            services:
              - name: {{Name}}
                onDrift: restore
                endpoints:
                  - {{primary.Yaml("primary")}}
                  - {{standby.Yaml("standby")}}
            """);
        await using var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, [("TSIG_SECRET", named.KeySecret)]);
        await daemon.SaysAsync("is Up", times: 2);

        await named.ReplaceAsync(Name, "A", 30, ["203.0.113.9"], Ended);

        await Eventually.HoldsAsync(async () => await named.DigAsync(Name, "A", Ended) is [$"30 {Primary}"], () => $"it is put back; it said\n{daemon.Said}");
        await daemon.SaysAsync("verified, written in");
        await daemon.SignalAsync("TERM");
        Assert.Equal(0, await daemon.EndsAsync());
        var drift = (await place.JournalAsync()).Where(entry => entry is DriftNoticed or DriftEnded).ToList();
        Assert.Equal(OnDrift.Restore, Assert.IsType<DriftNoticed>(drift[0]).Response?.Response);
        Assert.Single(Assert.IsType<DriftEnded>(drift[1]).Restores);
        Assert.Contains("somebody else changed the records from A 127.0.0.2 (TTL 30) to A 203.0.113.9 (TTL 30)", daemon.Said, StringComparison.Ordinal);
    }
}
