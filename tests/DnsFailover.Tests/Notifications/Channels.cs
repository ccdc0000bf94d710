using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Records;
using DnsFailover.Notifications;
using DnsFailover.Probing;
using DnsFailover.Tests.Journal;
using RequestSignature = DnsFailover.Providers.Webhook.RequestSignature;

namespace DnsFailover.Tests.Notifications;

/// <summary>Each kind of channel against a fake that is as strict as its vendor.</summary>
public sealed class Channels : IDisposable
{
    private static readonly Uri Page = new("https://failover.example.com");
    private readonly ManualTime _time = new(Samples.Noon);
    private readonly WebhookClient _client;

    public Channels() => _client = new WebhookClient(_time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Discord_takes_every_alert_and_digest_whatever_it_says()
    {
        await using var discord = await DiscordFake.StartAsync();
        await TakesAsync(discord, Create(new DiscordChannel("ops", Secret.Literal(discord.Receiver.Url))));
    }

    [Fact]
    public async Task Teams_takes_every_alert_and_digest_whatever_it_says()
    {
        await using var teams = await TeamsFake.StartAsync();
        await TakesAsync(teams, Create(new TeamsChannel("ops", Secret.Literal(teams.Receiver.Url))));
    }

    [Fact]
    public async Task Slack_takes_every_alert_and_digest_of_a_bot_whatever_it_says()
    {
        await using var slack = await SlackFake.StartAsync();
        await TakesAsync(slack, Create(Bot(slack)));
    }

    [Fact]
    public async Task PagerDuty_takes_every_alert_whatever_it_says()
    {
        await using var pager = await PagerDutyFake.StartAsync();
        await TakesAsync(pager, Create(Pager(pager)));
    }

    [Fact]
    public async Task A_mail_server_takes_every_alert_and_digest_whatever_it_says()
    {
        await using var smtp = new SmtpFake();
        var channel = Create(Mail(smtp));
        foreach (var alert in Story.Absurd())
        {
            await channel.SendAsync(Story.Item(alert), Ct);
        }

        await channel.SendDigestAsync([.. Story.All.Select(alert => Story.Item(alert))], Ct);
        Assert.Equal(Story.Absurd().Count() + 1, smtp.Taken.Count);
    }

    [Fact]
    public async Task Slack_keeps_an_incident_in_one_thread_and_shows_what_is_urgent_and_its_end_to_all()
    {
        await using var slack = await SlackFake.StartAsync();
        var channel = Create(Bot(slack));
        var thread = await channel.SendAsync(Story.Item(Story.RedundancyLost), Ct);
        Assert.Equal("1785326400.000000 #alerts", thread);
        Assert.Null(await channel.SendAsync(Story.Item(Story.Failover, thread: thread), Ct));
        Assert.Null(await channel.SendAsync(Story.Item(Story.Reminder, thread: thread), Ct));
        Assert.Null(await channel.SendAsync(Story.Item(Story.Recovered, thread: thread), Ct));
        Assert.Equal(
            ["– –", "1785326400.000000 True", "1785326400.000000 –", "1785326400.000000 True"],
            slack.Taken.Select(message => $"{Member(message, "thread_ts")} {Member(message, "reply_broadcast")}"));
        Assert.Null(await channel.SendAsync(Story.Item(Story.Drill), Ct)); // stands by itself
    }

    [Fact]
    public async Task When_the_thread_is_gone_or_of_another_channel_the_rest_gets_a_new_one()
    {
        await using var slack = await SlackFake.StartAsync();
        var channel = Create(Bot(slack));
        var first = await channel.SendAsync(Story.Item(Story.Failover), Ct);
        slack.Delete("1785326400.000000");
        var second = await channel.SendAsync(Story.Item(Story.Reminder, thread: first), Ct);
        Assert.Equal("1785326400.000001 #alerts", second);
        Assert.Null(await channel.SendAsync(Story.Item(Story.Recovered, thread: second), Ct));
        Assert.Equal("1785326400.000003 #alerts", await channel.SendAsync(Story.Item(Story.Recovered, thread: "1600000000.000000 #alerts"), Ct));
        Assert.Equal(["thread_not_found"], slack.Refusals);
        Assert.Equal("1785326400.000004 #alerts", await channel.SendAsync(Story.Item(Story.Recovered, thread: "1785326400.000001 #elsewhere"), Ct));
    }

    [Theory]
    [InlineData("invalid_auth", DeliveryFailure.Misconfigured, "Slack says invalid_auth: the token is not valid (any more); put a bot token of the app in notifications.ops.token")]
    [InlineData("not_in_channel", DeliveryFailure.Misconfigured, "Slack says not_in_channel: invite the app to #alerts, or give it the scope chat:write.public")]
    [InlineData("msg_too_long", DeliveryFailure.Refused, "Slack says msg_too_long")]
    [InlineData("internal_error", DeliveryFailure.Transient, "Slack says internal_error")]
    [InlineData("xoxb-SECRET-1 is not a token", DeliveryFailure.Refused, "Slack says no")]
    public async Task What_Slack_says_in_a_200_is_heard(string error, object failure, string message)
    {
        await using var slack = await SlackFake.StartAsync();
        slack.Instead.Enqueue(context => Receiver.Say(context, 200, JsonSerializer.Serialize(new { ok = false, error })));
        await FailsAsync(Create(Bot(slack)), (DeliveryFailure)failure, message);
    }

    [Fact]
    public async Task Slack_limits_a_bot_with_429_and_the_seconds_to_wait()
    {
        await using var slack = await SlackFake.StartAsync();
        slack.Instead.Enqueue(context => Receiver.Say(context, 429, """{"ok":false,"error":"ratelimited"}""", "30"));
        await FailsAsync(Create(Bot(slack)), DeliveryFailure.Transient, "Slack answered 429", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_wrong_token_or_channel_of_Slack_is_told_without_the_token()
    {
        await using var slack = await SlackFake.StartAsync();
        await FailsAsync(Create(Bot(slack) with { Token = Secret.Literal("xoxb-SECRET-2") }), DeliveryFailure.Misconfigured, "Slack says invalid_auth: the token is not valid (any more); put a bot token of the app in notifications.ops.token");
        await FailsAsync(Create(Bot(slack) with { Channel = "#no" }), DeliveryFailure.Misconfigured, "Slack says channel_not_found: there is no channel #no that the app can see; correct notifications.ops.channel, or invite the app to it");
    }

    [Theory]
    [InlineData(429, """{"message": "You are being rate limited.", "retry_after": 1.337, "global": false}""", "1", DeliveryFailure.Transient, "Discord answered 429", 1.337)]
    [InlineData(404, """{"message": "Unknown Webhook", "code": 10015}""", null, DeliveryFailure.Misconfigured, "Discord answered 404 (code 10015): the webhook was removed; put a new one in notifications.ops.webhook", null)]
    [InlineData(400, """{"message": "Invalid Form Body", "code": 50035}""", null, DeliveryFailure.Refused, "Discord answered 400 (code 50035)", null)]
    [InlineData(401, """{"message": "Invalid Webhook Token", "code": 50027}""", null, DeliveryFailure.Misconfigured, "Discord answered 401 (code 50027): the webhook was removed; put a new one in notifications.ops.webhook", null)]
    [InlineData(502, "<html>/services/T0SECRET</html>", null, DeliveryFailure.Transient, "Discord answered 502", null)]
    public async Task What_Discord_says_is_heard(int status, string body, string? retryAfter, object failure, string message, double? wait)
    {
        await using var discord = await DiscordFake.StartAsync();
        discord.Instead.Enqueue(context => Receiver.Say(context, status, body, retryAfter));
        await FailsAsync(Create(new DiscordChannel("ops", Secret.Literal(discord.Receiver.Url))), (DeliveryFailure)failure, message, wait is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    [Theory]
    [InlineData(429, "{}", "10", DeliveryFailure.Transient, "Teams answered 429", 10)]
    [InlineData(404, """{"error":{"code":"WorkflowNotFound"}}""", null, DeliveryFailure.Misconfigured, "Teams answered 404: there is no such workflow (any more); make one from the template 'Send webhook alerts to a channel', and put its address in notifications.ops.webhook", null)]
    [InlineData(400, """{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"…"}}""", null, DeliveryFailure.Misconfigured, "Teams answered 400: the workflow is turned off; turn it on in Teams' Workflows app", null)]
    [InlineData(401, """{"error":{"code":"DirectApiAuthorizationRequired"}}""", null, DeliveryFailure.Misconfigured, "Teams answered 401: the workflow does not let us in: its signature was renewed, or it takes signed-in people only; put its present address in notifications.ops.webhook", null)]
    [InlineData(400, """{"error":{"code":"TriggerInputSchemaMismatch"}}""", null, DeliveryFailure.Refused, "Teams answered 400", null)]
    public async Task What_Teams_says_is_heard(int status, string body, string? retryAfter, object failure, string message, int? wait)
    {
        await using var teams = await TeamsFake.StartAsync();
        teams.Instead.Enqueue(context => Receiver.Say(context, status, body, retryAfter));
        await FailsAsync(Create(new TeamsChannel("ops", Secret.Literal(teams.Receiver.Url))), (DeliveryFailure)failure, message, wait is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    [Fact]
    public async Task PagerDuty_has_one_alert_for_an_incident_and_it_is_resolved_at_the_end()
    {
        await using var pager = await PagerDutyFake.StartAsync();
        var channel = Create(Pager(pager));
        await channel.SendAsync(Story.Item(Story.RedundancyLost), Ct);
        await channel.SendAsync(Story.Item(Story.RedundancyLost), Ct); // a reply got lost
        await channel.SendAsync(Story.Item(Story.Failover), Ct);
        Assert.Equal(["api.example.com/1785326400000"], pager.Open);
        await channel.SendAsync(Story.Item(Story.Reminder), Ct);
        await channel.SendAsync(Story.Item(Story.Recovered), Ct);
        Assert.Empty(pager.Open);
        Assert.Equal(
            ["trigger warning", "trigger warning", "trigger error", "resolve info"],
            pager.Taken.Select(sent => $"{Member(sent, "event_action")} {Member(sent.GetProperty("payload"), "severity")}"));
    }

    [Fact]
    public async Task What_stands_by_itself_pages_when_it_matters_and_a_test_leaves_nothing_open()
    {
        await using var pager = await PagerDutyFake.StartAsync();
        var channel = Create(Pager(pager));
        await channel.SendAsync(Story.Item(Story.Drill with { Kind = AlertKind.Override }), Ct);
        await channel.SendAsync(Story.Item(Story.Drill with { Kind = AlertKind.Test }), Ct);
        Assert.Equal((0, 2), (pager.Open.Count, pager.Taken.Count));
        await channel.SendAsync(Story.Item(Story.Drill with { Kind = AlertKind.JournalDamaged }), Ct);
        Assert.Equal(["dnsfailover/alert/42"], pager.Open);
    }

    [Fact]
    public async Task What_a_drill_found_stands_open_in_PagerDuty_until_one_of_the_same_service_passes()
    {
        await using var pager = await PagerDutyFake.StartAsync();
        var channel = Create(Pager(pager));
        var (failed, passed) = (Story.Drill, Story.Drill with { Kind = AlertKind.DrillPassed });
        await channel.SendAsync(Story.Item(failed) with { Id = 1 }, Ct);
        await channel.SendAsync(Story.Item(failed) with { Id = 2 }, Ct); // the next one failed too
        await channel.SendAsync(Story.Item(failed with { Service = DnsName.Parse("www.example.com") }), Ct);
        Assert.Equal(["dnsfailover/drill/api.example.com", "dnsfailover/drill/www.example.com"], pager.Open.Order(StringComparer.Ordinal));

        // An outage in between is a story of its own, and neither ends the other; an alert can be the last of the one and of the other.
        await channel.SendAsync(Story.Item(Story.Failover), Ct);
        await channel.SendAsync(Story.Item(failed with { Incident = Story.Failover.Incident! with { Opens = false, Ends = true } }), Ct);
        Assert.Equal(["dnsfailover/drill/api.example.com", "dnsfailover/drill/www.example.com"], pager.Open.Order(StringComparer.Ordinal));
        await channel.SendAsync(Story.Item(passed), Ct);
        Assert.Equal(["dnsfailover/drill/www.example.com"], pager.Open);
    }

    [Fact]
    public async Task A_dedup_key_is_never_too_long()
    {
        await using var pager = await PagerDutyFake.StartAsync();
        var name = string.Join('.', Enumerable.Repeat(new string('a', 49), 5));
        await Create(Pager(pager)).SendAsync(Story.Item(Story.Failover with { Incident = new Incident($"{name}/{1785326400000}", Samples.Noon) }), Ct);
        Assert.Single(pager.Taken);
    }

    [Fact]
    public async Task What_PagerDuty_says_is_heard()
    {
        await using var pager = await PagerDutyFake.StartAsync();
        await FailsAsync(Create(Pager(pager) with { RoutingKey = Secret.Literal("SECRETSECRETSECRETSECRETSECRET99") }), DeliveryFailure.Misconfigured, "PagerDuty answered 400: it does not know the routing key; put the integration key of an 'Events API v2' integration in notifications.ops.routingKey");
        await FailsAsync(Create(Pager(pager) with { BaseUrl = new Uri(pager.BaseUrl, "wrong/") }), DeliveryFailure.Misconfigured, "PagerDuty answered 404: that is not its Events API; correct notifications.ops.baseUrl");
        pager.Instead.Enqueue(context => Receiver.Say(context, 429, "", "120"));
        await FailsAsync(Create(Pager(pager)), DeliveryFailure.Transient, "PagerDuty answered 429", TimeSpan.FromMinutes(2));
        pager.Instead.Enqueue(context => Receiver.Say(context, 400, """{"status":"invalid event","errors":["no JSON"]}"""));
        await FailsAsync(Create(Pager(pager)), DeliveryFailure.Refused, "PagerDuty answered 400");
    }

    [Fact]
    public async Task A_signature_covers_the_time_the_path_and_the_body()
    {
        await using var receiver = await Receiver.StartAsync();
        var channel = Create(new WebhookChannel("hook", Secret.Literal($"{receiver.Url}?a=1"), [new CheckHeader("X-A", Secret.Literal("b"))]) { SigningSecret = Secret.Literal("SECRET-of-16-characters") });
        await channel.SendAsync(Story.Item(Story.Failover), Ct);
        var request = receiver.Requests.Single();
        Assert.Equal(RequestSignature.Of("SECRET-of-16-characters", Samples.Noon, "POST", $"{Receiver.SecretPath}?a=1", System.Text.Encoding.UTF8.GetBytes(request.Body)), request.Headers["DnsFailover-Signature"]);
        Assert.Equal("b", request.Headers["X-A"]);
        Assert.Equal(
            """{"id":"api.example.com/1785326400000","since":"2026-07-29T12:00:00+00:00","opens":true,"ends":false}""",
            request.Json.GetProperty("incident").GetRawText());
        Assert.Equal(
            ["Open the status page https://failover.example.com/#/services/api.example.com", "Freeze https://failover.example.com/#/services/api.example.com?do=freeze"],
            request.Json.GetProperty("links").EnumerateArray().Select(link => $"{Member(link, "text")} {Member(link, "address")}"));
    }

    [Fact]
    public async Task Mail_is_one_conversation_and_logs_in_when_it_has_to()
    {
        await using var smtp = new SmtpFake { WantsLogin = true };
        var channel = Create(Mail(smtp) with { User = "ops", Password = Secret.Literal("SECRET-word") });
        await channel.SendAsync(Story.Item(Story.Failover), Ct);
        await channel.SendAsync(Story.Item(Story.Recovered), Ct);
        Assert.Equal("\0ops\0SECRET-word", smtp.Login);
        var mails = smtp.Taken.Select(taken => taken.Mail).ToList();
        Assert.All(smtp.Taken, taken => Assert.Equal("<alice@example.com> <bob@example.com>", taken.To));
        Assert.All(mails, mail => Assert.Contains("Message-Id: <42.ops@example.org>", mail, StringComparison.OrdinalIgnoreCase));
        var references = mails.ConvertAll(mail => mail.Split('\n').Single(line => line.StartsWith("References:", StringComparison.Ordinal)));
        Assert.Equal(references[0], references[1]);
    }

    [Fact]
    public async Task What_a_mail_server_says_is_heard()
    {
        await using var smtp = new SmtpFake { WantsLogin = true };
        await FailsAsync(Create(Mail(smtp)), DeliveryFailure.Misconfigured, "the mail server wants a user and password: add them to notifications.ops");
        smtp.Instead["AUTH"] = "535 5.7.8 SECRET-REPLY";
        await FailsAsync(Create(Mail(smtp) with { User = "ops", Password = Secret.Literal("SECRET-word") }), DeliveryFailure.Misconfigured, "the mail server does not take the user and password: correct notifications.ops");
        smtp.WantsLogin = false;
        await FailsAsync(Create(Mail(smtp) with { Security = MailSecurity.StartTls }), DeliveryFailure.Misconfigured, "the mail server does not offer what notifications.ops asks for (security: starttls): correct it");
        smtp.Instead["RCPT"] = "550 5.1.1 SECRET-REPLY";
        await FailsAsync(Create(Mail(smtp)), DeliveryFailure.Misconfigured, "the mail server answered 550 to a recipient: correct notifications.ops.to");
        smtp.Instead["RCPT"] = "451 4.3.0 later";
        await FailsAsync(Create(Mail(smtp)), DeliveryFailure.Transient, "the mail server answered 451");
        smtp.Instead.Clear();
        smtp.Instead["DATA"] = "554 5.7.1 spam";
        await FailsAsync(Create(Mail(smtp)), DeliveryFailure.Refused, "the mail server refused the mail with 554");
    }

    private static SlackBotChannel Bot(SlackFake slack) => new("ops", Secret.Literal(SlackFake.Token), "#alerts", new Uri(slack.BaseUrl, "api/"));

    private static PagerDutyChannel Pager(PagerDutyFake pager) => new("ops", Secret.Literal(PagerDutyFake.RoutingKey), pager.BaseUrl);

    private static EmailChannel Mail(SmtpFake smtp) => new("ops", "127.0.0.1", smtp.Port, MailSecurity.None, "failover@example.org", ["alice@example.com", "bob@example.com"]);

    private static string Member(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : "–";

    private INotificationChannel Create(ChannelDefinition definition) => NotificationChannels.Create(definition, _client, new PageLinks(Page), _time);

    private static async Task TakesAsync(VendorFake vendor, INotificationChannel channel)
    {
        foreach (var alert in Story.Absurd())
        {
            await channel.SendAsync(Story.Item(alert), Ct);
            if (channel.TakesDigests)
            {
                await channel.SendDigestAsync([.. Enumerable.Repeat(Story.Item(alert), SlackMessage.LargestDigest)], Ct);
            }
        }

        Assert.Empty(vendor.Refusals);
        Assert.NotEmpty(vendor.Taken);
    }

    private static async Task FailsAsync(INotificationChannel channel, DeliveryFailure failure, string message, TimeSpan? retryAfter = null)
    {
        var thrown = await Assert.ThrowsAsync<DeliveryException>(() => channel.SendAsync(Story.Item(Story.Failover), Ct));
        Assert.Equal((failure, message, retryAfter), (thrown.Failure, thrown.Message, thrown.RetryAfter));
        Assert.DoesNotContain("SECRET", thrown.ToString(), StringComparison.Ordinal);
    }
}
