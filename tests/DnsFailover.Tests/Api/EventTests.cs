using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DnsFailover.Api;

namespace DnsFailover.Tests.Api;

/// <summary>Who watches sees what changes, at once, and nobody is held up by them.</summary>
public sealed class EventTests
{
    private const string Name = ApiSite.Name;

    [Fact]
    public async Task Each_change_of_a_service_is_an_event_with_what_it_is_now_and_a_number_that_grows()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        await using var events = new EventReader(site.Address);
        await events.UntilAsync(one => one.Kind == "reset", "a fresh watcher is told to load everything");

        await site.Primary.KillAsync();
        await events.UntilAsync(one => one.Kind == "service" && one.Data.GetProperty("answeredWith").GetString() == "standby (127.0.0.3)", "the name has moved");
        await events.UntilAsync(one => one.Kind == "daemon" && one.Data.GetProperty("counts").GetProperty("degraded").GetInt32() == 1, "one service is degraded");
        Assert.Equal(200, (await site.AskAsync("POST", "/api/v1/freeze", """{"reason":"looking","for":"1h"}""", ApiSite.Token)).Status);
        await events.UntilAsync(one => one.Kind == "service" && one.Data.TryGetProperty("frozen", out var frozen) && frozen.GetString()!.Contains("looking", StringComparison.Ordinal), "it is frozen");

        var numbers = events.Events.Select(one => long.Parse(one.Id!, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(numbers.Order(), numbers);
        Assert.DoesNotContain(events.Events, one => one.Kind == "observation");
    }

    [Fact]
    public async Task Who_comes_back_is_sent_what_was_missed_in_its_newest_shape_and_who_was_away_too_long_loads_anew()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        var seen = (await site.GetAsync("/api/v1/services")).GetProperty("lastEvent").GetInt64().ToString(CultureInfo.InvariantCulture);
        await site.FailedOverAsync();

        await using (var again = new EventReader(site.Address, lastEvent: seen))
        {
            var first = await again.UntilAsync(one => one.Kind == "service", "what was missed");
            Assert.Equal("standby (127.0.0.3)", first.Data.GetProperty("answeredWith").GetString());
            Assert.DoesNotContain(again.Events, one => one.Kind == "reset");
        }

        await using (var query = new EventReader(site.Address, $"?lastEvent={seen}"))
        {
            await query.UntilAsync(one => one.Kind == "service", "the same, said in the address");
        }

        foreach (var unknown in new[] { "1", "9999999999999999", "x" })
        {
            await using var stranger = new EventReader(site.Address, lastEvent: unknown);
            var reset = await stranger.UntilAsync(one => one.Kind == "reset", "it is to load everything");
            Assert.Equal(reset.Id, reset.Data.GetProperty("lastEvent").GetInt64().ToString(CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task Who_watches_one_service_sees_each_of_its_probes()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        await using var events = new EventReader(site.Address, $"?service={Name}");
        await events.UntilAsync(one => one.Kind == "observation" && one.Data.GetProperty("observation").GetProperty("verdict").GetString() == "pass", "a probe that passes");

        await site.Primary.KillAsync();
        var failed = await events.UntilAsync(one => one.Kind == "observation" && one.Data.GetProperty("observation").GetProperty("verdict").GetString() == "fail", "a probe that fails");
        Assert.Equal((Name, "primary", "127.0.0.2"), (failed.Data.GetProperty("service").GetString(), failed.Data.GetProperty("endpoint").GetString(), failed.Data.GetProperty("value").GetString()));
        Assert.Null(failed.Id);

        var unknown = await site.AskAsync("GET", "/api/v1/events?service=api.go.tst");
        Assert.Equal((404, "there is no service 'api.go.tst'; did you mean 'api.go.test'?"), (unknown.Status, unknown.Detail));
    }

    [Fact]
    public async Task A_service_that_is_not_declared_any_more_is_told()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        await using var events = new EventReader(site.Address);
        await events.UntilAsync(one => one.Kind == "reset", "it watches");

        site.Place.Write(site.Yaml("{listen: \"127.0.0.1:0\"}").Replace($"name: {Name}", "name: other.go.test", StringComparison.Ordinal));
        site.Daemon.Watcher.Reload();

        await events.UntilAsync(one => one.Kind == "gone" && one.Data.GetProperty("name").GetString() == Name, "it is gone");
        await events.UntilAsync(one => one.Kind == "service" && one.Data.GetProperty("name").GetString() == "other.go.test", "another one is there");
    }

    [Fact]
    public async Task A_client_that_reads_nothing_holds_nobody_up_and_more_than_so_many_are_turned_away()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        var deaf = new List<Socket>();
        try
        {
            for (var client = 0; client < EventStream.MostClients; client++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 512 };
                deaf.Add(socket);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, site.Address.Port), TestContext.Current.CancellationToken);
                await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET /api/v1/events?service={Name} HTTP/1.1\r\nHost: localhost\r\n\r\n"), TestContext.Current.CancellationToken);
            }

            DoorReply? refused = null;
            await Eventually.HoldsAsync(async () => (refused = await AskBrieflyAsync(site)) is { Status: 503 }, () => "all places are taken");
            Assert.Contains("connections watch already", refused!.Text, StringComparison.Ordinal);

            await site.FailedOverAsync(); // while all of them are deaf
            Assert.Equal(200, (await site.AskAsync("GET", "/api/v1/services")).Status);
        }
        finally
        {
            deaf.ForEach(socket => socket.Dispose());
        }

        await Eventually.HoldsAsync(async () => await AskBrieflyAsync(site) is { Status: 200 }, () => "their places are free again");
    }

    [Fact]
    public async Task The_daemon_stops_while_somebody_watches()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        await using var events = new EventReader(site.Address);
        await events.UntilAsync(one => one.Kind == "reset", "it watches");

        await site.StopAsync();

        await Eventually.HoldsAsync(() => events.HasEnded, "the connection has ended");
    }

    private static async Task<DoorReply?> AskBrieflyAsync(ApiSite site)
    {
        using var http = new HttpClient { BaseAddress = site.Address };
        using var response = await http.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return new DoorReply((int)response.StatusCode, response.IsSuccessStatusCode ? string.Empty : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private sealed record DoorReply(int Status, string Text);
}
