using System.Text.Json;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>Trouble while running: each is told with what to do, and everything else goes on.</summary>
public sealed class TroubleTests(TroubledDaemon troubled) : IClassFixture<TroubledDaemon>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_healthy_service_fails_over_in_spite_of_all_the_others()
    {
        await using var watch = await NameWatch.StartAsync(troubled.Named.EndPoint, "good.example.test");
        await troubled.Process.SaysAsync("good.example.test: standby (127.0.0.3) is Up");
        await troubled.OwnPrimary.KillAsync();
        await watch.ShowsAsync("127.0.0.3", () => troubled.Process.Said);
        var told = await troubled.ToldAsync("failover", "good.example.test failed over from primary (127.0.0.2) to standby (127.0.0.3)");
        Assert.True(told.GetProperty("timings").GetProperty("verificationSeconds").GetDouble() >= 0);
        Assert.Equal(["127.0.0.2", "127.0.0.3"], watch.Answers);
    }

    [Fact]
    public async Task A_missing_record_is_not_invented_and_the_alert_says_how_to_have_it_made()
    {
        var told = await troubled.ToldAsync("refused", "missing.example.test");
        Assert.Equal("missing.example.test has no A record at bind", Reason(told));
        Assert.Contains("create: true", Next(told), StringComparison.Ordinal);
        Assert.Empty(await troubled.Named.DigAsync("missing.example.test", "A", Ended));
    }

    [Fact]
    public async Task A_record_with_a_foreign_value_is_left_alone_and_the_alert_says_how_to_give_it_over()
    {
        var told = await troubled.ToldAsync("refused", "foreign.example.test");
        Assert.Contains("192.0.2.99, which no endpoint declares", Reason(told), StringComparison.Ordinal);
        Assert.Contains("adopt: true", Next(told), StringComparison.Ordinal);
        Assert.Equal(["60 192.0.2.99"], await troubled.Named.DigAsync("foreign.example.test", "A", Ended));
        Assert.Single(troubled.Find("refused", "foreign.example.test"));
    }

    [Fact]
    public async Task A_foreign_value_that_may_be_adopted_is_replaced_with_its_TTL_kept()
    {
        await troubled.ToldAsync("shift", "adopted.example.test shifted from undeclared (192.0.2.98) to primary (127.0.0.2)");
        Assert.Equal(["45 127.0.0.2"], await troubled.Named.DigAsync("adopted.example.test", "A", Ended));
    }

    [Fact]
    public async Task A_wrong_TSIG_key_is_named_and_nothing_is_written_with_it()
    {
        var told = await troubled.ToldAsync("refused", "badkey.example.test");
        Assert.Contains("dnsfailover", Reason(told), StringComparison.Ordinal);
        Assert.Contains("key", Reason(told), StringComparison.Ordinal);
        Assert.Equal(["60 127.0.0.3"], await troubled.Named.DigAsync("badkey.example.test", "A", Ended));
        Assert.Single(troubled.Find("refused", "badkey.example.test"));
    }

    [Fact]
    public async Task A_server_that_is_unreachable_at_the_start_is_told_once_and_written_to_as_soon_as_it_comes()
    {
        var told = await troubled.ToldAsync("refused", "api.away.test");
        Assert.Contains(troubled.Away.EndPoint.ToString(), Reason(told), StringComparison.Ordinal);

        await troubled.Away.StartAgainAsync(Ended);
        await using var watch = await NameWatch.StartAsync(troubled.Away.EndPoint, "api.away.test");
        await watch.ShowsAsync("127.0.0.2", () => troubled.Process.Said);
        await troubled.ToldAsync("recovered", "the records of api.away.test can be read at away again");
        await troubled.ToldAsync("failback", "api.away.test");
        Assert.Single(troubled.Find("refused", "api.away.test"));
        Assert.Equal(["127.0.0.3", "127.0.0.2"], watch.Answers);
    }

    [Fact]
    public async Task A_webhook_that_answers_404_is_complained_of_once_and_holds_up_nobody()
    {
        await troubled.Process.SaysAsync("Alerts cannot be sent to dead");
        await troubled.ToldAsync("refused", "missing.example.test");
        Assert.Matches(@"ERR Alerts cannot be sent to dead: .*notifications\.dead\.webhook", troubled.Process.Output);
        Assert.Equal(2, troubled.Process.Output.Split("Alerts cannot be sent to dead").Length);
    }

    [Fact]
    public async Task No_secret_is_in_the_log_the_journal_or_an_alert()
    {
        await troubled.ToldAsync("refused", "badkey.example.test");
        await troubled.ToldAsync("shift", "adopted.example.test");
        await troubled.Process.SaysAsync("Alerts cannot be sent to dead");
        var written = Directory.GetFiles(troubled.Place.Data, "journal.db*").Select(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            return reader.ReadToEnd();
        });
        var shown = troubled.Process.Said + troubled.Bodies + string.Concat(written);
        Assert.Contains("badkey.example.test", shown, StringComparison.Ordinal);
        string[] secrets = [troubled.Named.KeySecret, troubled.Away.KeySecret, TroubledDaemon.WrongKey, TroubledDaemon.DeadPath, Receiver.SecretPath];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, shown, StringComparison.Ordinal));
    }

    private static string Reason(JsonElement alert) => alert.GetProperty("reason").GetString()!;

    private static string Next(JsonElement alert) => alert.GetProperty("next").GetString()!;
}
