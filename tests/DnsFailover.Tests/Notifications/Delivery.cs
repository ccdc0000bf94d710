using System.Globalization;
using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using DnsFailover.Notifications;
using DnsFailover.Probing;
using DnsFailover.Tests.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Notifications;

/// <summary>Alerts on their way from a real outbox to real receivers; only time is not real.</summary>
public sealed class Delivery : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new(Samples.Noon);
    private readonly CapturedLog<NotificationSender> _log = new();
    private SqliteJournal _journal;
    private NotificationSender _sender;

    public Delivery()
    {
        _journal = OpenJournal();
        _sender = new NotificationSender(_journal, _time, _log);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _journal.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task The_generic_webhook_gets_the_documented_json_with_its_headers()
    {
        await using var receiver = await Receiver.StartAsync();
        _sender.Replace(Channels(new WebhookChannel("hook", Secret.Literal(receiver.Url), [new CheckHeader("Authorization", new Secret("Bearer ${T}", text => text.Replace("${T}", "tok-SECRET", StringComparison.Ordinal)))])));
        await _journal.WriteAsync([], [Samples.FullAlert, Samples.SmallAlert], Ct);
        await receiver.WaitForAsync(2);
        var id = Samples.Noon.ToUnixTimeMilliseconds() + 3; // slack has the two numbers before
        Assert.Equal(
            $$"""
            {"version":1,"id":{{id}},"channel":"hook","kind":"failover","severity":"error","incident":null,"at":"2026-07-29T12:00:00+00:00","service":"api.example.com","title":"api.example.com failed over from railway to render","from":"railway (192.0.2.1)","to":"render (198.51.100.1)","reason":"3 failures in a row, last: connection refused by 192.0.2.1:443","evidence":["railway (192.0.2.1): connection refused","render (198.51.100.1): status 200 in 34 ms"],"timings":{"detectionSeconds":2.1,"decisionSeconds":0.012,"writeSeconds":0.0400001,"verificationSeconds":0.008},"downtimeSeconds":192,"next":"Traffic goes back 5 min after railway is Up again.","stillWrong":null,"links":null}
            """,
            receiver.Requests[0].Body);
        Assert.Equal(
            $$"""
            {"version":1,"id":{{id + 1}},"channel":"hook","kind":"reloadRejected","severity":"warning","incident":null,"at":"2026-07-29T12:00:00+00:00","service":null,"title":"The new configuration was rejected","from":null,"to":null,"reason":"line 3","evidence":[],"timings":null,"downtimeSeconds":null,"next":"The last good one goes on.","stillWrong":null,"links":null}
            """,
            receiver.Requests[1].Body);
        Assert.Equal(("POST", Receiver.SecretPath), (receiver.Requests[0].Method, receiver.Requests[0].Path));
        Assert.Equal("Bearer tok-SECRET", receiver.Requests[0].Headers["Authorization"]);
        Assert.Equal("application/json; charset=utf-8", receiver.Requests[0].Headers["Content-Type"]);
        AssertNoSecretInLog(receiver);
    }

    [Fact]
    public async Task Slack_gets_one_message_per_second()
    {
        await using var receiver = await Receiver.StartAsync();
        _sender.Replace(Slack(receiver));
        await WriteAlertsAsync(2);
        await receiver.WaitForAsync(1);
        await _time.WaitForTimerAsync(Second, Second);
        Assert.Single(receiver.Requests);
        _time.Advance(Second);
        await receiver.WaitForAsync(2);
        Assert.Contains("alert 0", receiver.Requests[0].Body, StringComparison.Ordinal);
        Assert.Contains("alert 1", receiver.Requests[1].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "37", 37)]
    [InlineData(503, "Wed, 29 Jul 2026 12:02:00 GMT", 120)]
    [InlineData(429, "90000", 3600)]
    public async Task Retry_After_is_honoured_in_seconds_and_as_a_date_up_to_an_hour(int status, string retryAfter, int seconds)
    {
        await using var receiver = await Receiver.StartAsync();
        var tried = new List<DateTimeOffset>();
        receiver.Answer = (number, context) =>
        {
            tried.Add(_time.GetUtcNow());
            return number == 0 ? Receiver.Say(context, status, "rate_limited", retryAfter) : Receiver.Say(context, 200, "ok");
        };
        _sender.Replace(Slack(receiver));
        await WriteAlertsAsync(1);
        var wait = await _time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds));
        _sender.Replace(Slack(receiver)); // a reload does not outrank the wish of the other side
        await _time.WaitForTimerAsync(wait, wait);
        _time.Advance(wait);
        await SettledAsync("slack");
        Assert.Equal([Samples.Noon, Samples.Noon + wait], tried);
    }

    [Fact]
    public async Task Failures_are_retried_with_growing_pauses_in_order_and_logged_once()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (number, context) => number < 6 ? Receiver.Say(context, 500, "rollup_error") : Receiver.Say(context, 200, "");
        _sender.Replace(Hook(receiver));
        await WriteAlertsAsync(3);
        for (var i = 0; i < 6; i++)
        {
            var nominal = Math.Pow(2, i);
            await receiver.WaitForAsync(i + 1);
            _time.Advance(await _time.WaitForTimerAsync(TimeSpan.FromSeconds(0.8 * nominal), TimeSpan.FromSeconds(1.2 * nominal)));
        }

        await receiver.WaitForAsync(9);
        await SettledAsync("hook");
        Assert.Equal([.. Enumerable.Repeat("alert 0", 7), "alert 1", "alert 2"], receiver.Requests.Select(request => request.Title));
        Assert.Single(_log.Lines, line => line.Id == 6003);
        Assert.Single(_log.Lines, line => line.Id == 6005);
        AssertNoSecretInLog(receiver);
    }

    [Fact]
    public async Task A_receiver_that_hangs_is_given_up_after_ten_seconds_and_asked_again()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (number, context) => number == 0 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Receiver.Say(context, 200, "");
        _sender.Replace(Hook(receiver));
        await WriteAlertsAsync(1);
        await receiver.WaitForAsync(1);
        _time.Advance(await _time.WaitForTimerAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)));
        _time.Advance(await _time.WaitForTimerAsync(0.8 * Second, 1.2 * Second));
        await receiver.WaitForAsync(2);
        await SettledAsync("hook");
        Assert.Contains("no answer within 10 s", _log.Text, StringComparison.Ordinal);
        AssertNoSecretInLog(receiver);
    }

    [Fact]
    public async Task A_refused_connection_is_retried_until_somebody_listens()
    {
        var gone = await Receiver.StartAsync();
        var port = gone.Port;
        _sender.Replace(Hook(gone));
        await gone.DisposeAsync();
        await WriteAlertsAsync(1);
        var wait = await _time.WaitForTimerAsync(0.8 * Second, 1.2 * Second);
        await using var receiver = await Receiver.StartAsync(port);
        _time.Advance(wait);
        await receiver.WaitForAsync(1);
        await SettledAsync("hook");
        Assert.Contains("no connection (ConnectionRefused)", _log.Text, StringComparison.Ordinal);
        AssertNoSecretInLog(receiver);
    }

    [Fact]
    public async Task An_alert_whose_reply_was_lost_is_sent_again_with_the_same_number()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (number, context) =>
        {
            if (number == 0)
            {
                context.Abort();
            }

            return Task.CompletedTask;
        };
        _sender.Replace(Hook(receiver));
        await WriteAlertsAsync(1);
        _time.Advance(await _time.WaitForTimerAsync(0.8 * Second, 1.2 * Second));
        await receiver.WaitForAsync(2);
        await SettledAsync("hook");
        Assert.Equal(receiver.Requests[0].Body, receiver.Requests[1].Body);
        AssertNoSecretInLog(receiver);
    }

    [Fact]
    public async Task A_removed_webhook_is_reported_once_with_the_remedy_and_served_at_once_after_a_reload()
    {
        await using var receiver = await Receiver.StartAsync();
        var removed = true;
        receiver.Answer = (_, context) => removed ? Receiver.Say(context, 404, "no_service") : Receiver.Say(context, 200, "ok");
        _sender.Replace(Slack(receiver));
        await WriteAlertsAsync(2);
        for (var i = 1; i <= 3; i++)
        {
            await receiver.WaitForAsync(i);
            _time.Advance(await _time.WaitForTimerAsync(TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6)));
        }

        await receiver.WaitForAsync(4);
        await _time.WaitForTimerAsync(TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6));
        var line = Assert.Single(_log.Lines, line => line.Id == 6004);
        Assert.Contains("Slack says no_service (404): the webhook was removed; put a new one in notifications.slack.webhook", line.Text, StringComparison.Ordinal);
        removed = false;
        _sender.Replace(Slack(receiver));
        await _time.PassAsync(Second, () => receiver.Requests.Count == 6);
        await SettledAsync("slack");
        AssertNoSecretInLog(receiver);
    }

    [Fact]
    public async Task A_channel_whose_address_changed_gets_what_waited_at_the_new_one()
    {
        await using var old = await Receiver.StartAsync();
        await using var renewed = await Receiver.StartAsync();
        old.Answer = (_, context) => Receiver.Say(context, 403, "invalid_token");
        _sender.Replace(Slack(old));
        await WriteAlertsAsync(1);
        await _time.WaitForTimerAsync(TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6));
        _sender.Replace(Slack(renewed));
        await renewed.WaitForAsync(1);
        await SettledAsync("slack");
        Assert.Single(old.Requests);
    }

    [Fact]
    public async Task Alerts_that_no_one_took_for_a_day_are_given_up_with_the_reason()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) => Receiver.Say(context, 410, "channel_is_archived");
        _sender.Replace(Slack(receiver));
        await WriteAlertsAsync(1);
        await _time.WaitForTimerAsync(TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6));
        _time.Advance(TimeSpan.FromHours(25));
        await SettledAsync("slack");
        Assert.StartsWith("not delivered within 24 hours; at last: Slack says channel_is_archived (410)", await ReasonAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_that_is_refused_is_given_up_and_the_next_goes_on()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (number, context) => number == 0 ? Receiver.Say(context, 400, "invalid_payload") : Receiver.Say(context, 200, "ok");
        _sender.Replace(Slack(receiver));
        await WriteAlertsAsync(2);
        await _time.PassAsync(Second, () => receiver.Requests.Count == 2);
        await SettledAsync("slack");
        Assert.Contains("alert 1", receiver.Requests[1].Body, StringComparison.Ordinal);
        Assert.Equal("Slack says invalid_payload (400)", await ReasonAsync());
    }

    [Theory]
    [InlineData(302, "text/plain", "")]
    [InlineData(200, "text/html", "<html>sign in</html>")]
    [InlineData(404, "text/html", "Cannot POST " + Receiver.SecretPath)]
    public async Task An_address_that_is_no_webhook_loses_no_alert_and_is_not_repeated_in_the_log(int status, string type, string body)
    {
        await using var elsewhere = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            context.Response.ContentType = type;
            context.Response.Headers.Location = elsewhere.Url;
            return Receiver.Say(context, status, body);
        };
        _sender.Replace(Slack(receiver));
        await WriteAlertsAsync(1);
        await _time.WaitForTimerAsync(TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6));
        Assert.Single(await _journal.PendingAsync("slack", 10, Ct));
        Assert.Contains("correct notifications.slack.webhook", Assert.Single(_log.Lines, line => line.Id == 6004).Text, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
        AssertNoSecretInLog(receiver);
    }

    [Fact]
    public async Task A_secret_that_is_missing_or_no_address_is_reported_and_the_alert_waits()
    {
        _sender.Replace(Channels(
            new SlackChannel("slack", new Secret("${SLACK}", _ => throw new SecretUnavailableException("${SLACK} is not set"))),
            new WebhookChannel("hook", Secret.Literal("XXSECRETXX"), [])));
        await WriteAlertsAsync(1);
        await Eventually.HoldsAsync(() => _log.Lines.Count(line => line.Id == 6004) == 2, () => _log.Text);
        Assert.Contains("${SLACK} is not set; needed for notifications.slack.webhook", _log.Text, StringComparison.Ordinal);
        Assert.Contains("notifications.hook.url is not an http(s) address", _log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("XXSECRETXX", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_channel_does_not_hold_up_another()
    {
        await using var dead = await Receiver.StartAsync();
        await using var alive = await Receiver.StartAsync();
        dead.Answer = (_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        _sender.Replace(Channels(new SlackChannel("slack", Secret.Literal(dead.Url)), new WebhookChannel("hook", Secret.Literal(alive.Url), [])));
        await WriteAlertsAsync(5);
        await alive.WaitForAsync(5);
        await SettledAsync("hook");
        Assert.Equal(5, (await _journal.PendingAsync("slack", 10, Ct)).Count);
    }

    [Fact]
    public async Task What_was_pending_is_sent_after_a_restart_and_what_was_sent_is_not()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (number, context) => Receiver.Say(context, number == 0 ? 200 : 500, "");
        _sender.Replace(Hook(receiver));
        await WriteAlertsAsync(3);
        await receiver.WaitForAsync(2);
        await _sender.DisposeAsync();
        await _journal.DisposeAsync();
        var before = receiver.Requests.Count;
        receiver.Answer = (_, context) => Receiver.Say(context, 200, "");
        _journal = OpenJournal();
        _sender = new NotificationSender(_journal, _time, _log);
        _sender.Replace(Hook(receiver));
        await receiver.WaitForAsync(before + 2);
        await SettledAsync("hook");
        Assert.Equal(["alert 1", "alert 2"], receiver.Requests.Skip(before).Select(request => request.Title));
    }

    [Fact]
    public async Task After_an_outage_of_Slack_the_backlog_comes_as_digests_and_nothing_is_lost()
    {
        await using var receiver = await Receiver.StartAsync();
        await WriteAlertsAsync(50);
        _sender.Replace(Slack(receiver));
        await _time.PassAsync(Second, () => receiver.Requests.Count == 3);
        await SettledAsync("slack");
        var all = string.Concat(receiver.Requests.Select(request => request.Body));
        Assert.All(Enumerable.Range(0, 50), i => Assert.Contains($"alert {i}:", all, StringComparison.Ordinal));
        Assert.Contains("30 alerts that waited", receiver.Requests[0].Body, StringComparison.Ordinal);
        Assert.Contains("19 alerts that waited", receiver.Requests[1].Body, StringComparison.Ordinal);
        Assert.Contains("alert 49", receiver.Requests[2].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_refused_digest_every_alert_is_tried_by_itself()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) => receiver.Requests[^1].Body.Contains("that waited", StringComparison.Ordinal)
            ? Receiver.Say(context, 400, "invalid_blocks")
            : Receiver.Say(context, 200, "ok");
        await WriteAlertsAsync(12);
        _sender.Replace(Slack(receiver));
        await _time.PassAsync(Second, () => receiver.Requests.Count == 13);
        await SettledAsync("slack");
        Assert.Equal(13, receiver.Requests.Count);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_receiver_that_hangs()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        _sender.Replace(Hook(receiver));
        await WriteAlertsAsync(1);
        await receiver.WaitForAsync(1);
        var stopping = _sender.DisposeAsync().AsTask();
        var grace = await _time.WaitForTimerAsync(Second, 5 * Second);
        Assert.False(stopping.IsCompleted);
        _time.Advance(grace);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        Assert.Single(await _journal.PendingAsync("hook", 10, Ct));
    }

    private static Dictionary<string, ChannelDefinition> Channels(params ChannelDefinition[] channels) => channels.ToDictionary(channel => channel.Name);

    private static Dictionary<string, ChannelDefinition> Slack(Receiver receiver) => Channels(new SlackChannel("slack", Secret.Literal(receiver.Url)));

    private static Dictionary<string, ChannelDefinition> Hook(Receiver receiver) => Channels(new WebhookChannel("hook", Secret.Literal(receiver.Url), []));

    private SqliteJournal OpenJournal() => SqliteJournal.Open(_directory.Path, ["slack", "hook"], _time, NullLogger<SqliteJournal>.Instance);

    private Task WriteAlertsAsync(int count) =>
        _journal.WriteAsync([], [.. Enumerable.Range(0, count).Select(i => Samples.SmallAlert with { Kind = AlertKind.Failover, Title = $"alert {i}" })], Ct);

    private Task SettledAsync(string channel) => Eventually.HoldsAsync(
        () => _journal.PendingAsync(channel, 10, Ct).GetAwaiter().GetResult().Count == 0, () => string.Create(CultureInfo.InvariantCulture, $"an empty outbox; {_log.Text}"));

    private async Task<string?> ReasonAsync()
    {
        await _sender.DisposeAsync();
        await _journal.DisposeAsync();
        await using var connection = new SqliteConnection($"Data Source={_directory["journal.db"]};Pooling=False");
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT reason FROM outbox WHERE channel = 'slack' AND state = 2";
        return (string?)await command.ExecuteScalarAsync(Ct);
    }

    private void AssertNoSecretInLog(Receiver receiver)
    {
        Assert.DoesNotContain("SECRET", _log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain($":{receiver.Port}", _log.Text, StringComparison.Ordinal);
    }
}
