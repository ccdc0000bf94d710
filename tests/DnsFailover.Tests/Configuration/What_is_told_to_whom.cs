using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Tests.Journal;

namespace DnsFailover.Tests.Configuration;

public sealed class What_is_told_to_whom
{
    [Fact]
    public void Every_kind_of_channel_and_every_key_reaches_its_place()
    {
        var configuration = Yaml.Valid(
            $$"""
            {{Yaml.Dozen}}
            pageUrl: https://failover.example.com/ops
            remindEvery: 2h
            notifications:
              slack: {token: "${T}", channel: "#alerts"}
              discord: {webhook: "${S}", severity: warning}
              teams: {webhook: "${S}", kinds: [failover, allDown]}
              pagerduty: {routingKey: "${K}", baseUrl: "https://events.eu.pagerduty.com"}
              email: {host: mail.example.com, security: tls, user: ops, password: "${T}", from: a@example.com, to: [b@example.com, c@example.com]}
              audit: {type: webhook, url: "${S}", signingSecret: "${S}"}
            """,
            new FakeSurroundings { Variables = { ["S"] = "https://example.com/x", ["T"] = "xoxb-1", ["K"] = new string('a', 32), ["TSIG_SECRET"] = FakeSurroundings.TsigSecret } });
        Assert.Equal((new Uri("https://failover.example.com/ops"), TimeSpan.FromHours(2)), (configuration.PageUrl, configuration.RemindEvery));
        var channels = configuration.Notifications;
        var slack = Assert.IsType<SlackBotChannel>(channels["slack"]);
        Assert.Equal(("#alerts", "https://slack.com/api/"), (slack.Channel, slack.BaseUrl.AbsoluteUri));
        Assert.Equal(AlertSeverity.Warning, Assert.IsType<DiscordChannel>(channels["discord"]).AtLeast);
        Assert.Equal([AlertKind.Failover, AlertKind.AllDown], Assert.IsType<TeamsChannel>(channels["teams"]).Kinds!);
        Assert.Equal("https://events.eu.pagerduty.com/", Assert.IsType<PagerDutyChannel>(channels["pagerduty"]).BaseUrl.AbsoluteUri);
        var mail = Assert.IsType<EmailChannel>(channels["email"]);
        Assert.Equal(("mail.example.com", 465, "ops", "b@example.com, c@example.com"), (mail.Host, mail.Port, mail.User!, $"{mail.To}"));
        Assert.NotNull(Assert.IsType<WebhookChannel>(channels["audit"]).SigningSecret);
        Assert.Equal(channels.Keys, configuration.Routes.Channels);
    }

    [Fact]
    public void Reminders_come_after_four_hours_unless_they_are_off()
    {
        Assert.Equal(TimeSpan.FromHours(4), Yaml.Valid(Yaml.Dozen).RemindEvery);
        Assert.Null(Yaml.Valid($"{Yaml.Dozen}remindEvery: off\n").RemindEvery);
    }

    [Fact]
    public void A_service_tells_the_channels_that_it_names()
    {
        var surroundings = new FakeSurroundings { Variables = { ["S"] = "https://example.com/x", ["TSIG_SECRET"] = FakeSurroundings.TsigSecret } };
        var text = Yaml.With("check: {type: https", "notify: [ops]\n    check: {type: https");
        var routes = Yaml.Valid($"{text}notifications:\n  ops: {{type: discord, webhook: \"${{S}}\"}}\n  audit: {{type: webhook, url: \"${{S}}\"}}\n", surroundings).Routes;
        Assert.Equal(["ops"], routes.Of(Samples.FullAlert, []));
        Assert.Equal(["ops", "audit"], routes.Of(Samples.SmallAlert, []));
    }

    [Theory]
    [InlineData("", "p c")]
    [InlineData(", severity: warning", "p c")]
    [InlineData(", severity: error", "c")]
    [InlineData(", kinds: [drillFailed]", "p c")]
    [InlineData(", kinds: [failover]", "c")]
    public void Who_pages_people_is_told_what_matters_and_of_a_drill_that_passed_where_it_was_told_of_one_that_failed(string keys, string drills)
    {
        var surroundings = new FakeSurroundings { Variables = { ["S"] = "https://example.com/x", ["K"] = new string('a', 32), ["TSIG_SECRET"] = FakeSurroundings.TsigSecret } };
        var routes = Yaml.Valid($"{Yaml.Dozen}notifications:\n  p: {{type: pagerduty, routingKey: \"${{K}}\"{keys}}}\n  c: {{type: discord, webhook: \"${{S}}\"}}\n", surroundings).Routes;
        string Told(AlertKind kind, params string[] before) => string.Join(' ', routes.Of(Samples.SmallAlert with { Kind = kind }, before));

        Assert.Equal(drills, Told(AlertKind.DrillFailed));
        Assert.Equal(drills, Told(AlertKind.DrillPassed));
        Assert.Equal("c", Told(AlertKind.Override)); // it would be thrown away, and called sent
        Assert.Equal("c", Told(AlertKind.Reminder, "p", "c"));
        Assert.Equal("p c", string.Join(' ', routes.Of(Samples.SmallAlert with { Kind = AlertKind.Recovered, Incident = new Incident("x", Samples.Noon) { Ends = true } }, ["p", "c"])));
    }

    [Theory]
    [InlineData("slack: {token: \"${T}\"}", "slack channel 'slack' has no 'channel'; expected 'token' and 'channel' together")]
    [InlineData("slack: {token: \"${T}\", channel: x, webhook: \"${S}\"}", "slack channel 'slack' has both 'webhook' and 'token' or 'channel'; expected one way of posting")]
    [InlineData("pagerduty: {routingKey: \"${T}\"}", "routingKey: the value has not 32 letters and digits; expected an integration key of 32 letters and digits")]
    [InlineData("teams: {webhook: \"${O}\"}", "webhook: the value is an Office 365 connector's, which Microsoft has retired; expected the address of a workflow")]
    [InlineData("email: {host: mail.example.com, from: a@example.com, to: [b@example.com], user: x}", "email channel 'email' has no 'password'; expected 'user' and 'password' together")]
    [InlineData("email: {host: mail.example.com, from: somebody, to: [b@example.com]}", "from: 'somebody' is no mail address; expected a mail address such as ops@example.com")]
    [InlineData("discord: {webhook: \"${S}\", severity: eror}", "severity: 'eror' is not known; expected info, warning, error or critical; did you mean 'error'?")]
    [InlineData("discord: {webhook: \"${S}\", kinds: [failovr]}", "did you mean 'failover'?")]
    [InlineData("audit: {type: webhook, url: \"${S}\", signingSecret: \"${T}\"}", "signingSecret: the value is shorter than 16 characters; expected a secret of at least 16 characters")]
    public void What_is_wrong_with_a_channel_is_told(string channel, string problem)
    {
        var surroundings = new FakeSurroundings { Variables = { ["S"] = "https://example.com/x", ["T"] = "xoxb-1", ["O"] = "https://acme.webhook.office.com/webhookb2/x", ["TSIG_SECRET"] = FakeSurroundings.TsigSecret } };

        Assert.EndsWith(problem, Yaml.OnlyProblem($"{Yaml.Dozen}notifications:\n  {channel}\n", surroundings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pageUrl: failover.example.com", "pageUrl: 'failover.example.com' is no http(s) address; expected an http(s) address without query and fragment")]
    [InlineData("remindEvery: 1m", "remindEvery: '1m' is too short; expected a duration from 5m to 1d, such as 10s or 1m30s, or off")]
    [InlineData("defaults: {notify: [opps]}\nnotifications: {ops: {type: discord, webhook: \"${S}\"}}", "notify: there is no channel 'opps' in notifications; expected ops; did you mean 'ops'?")]
    [InlineData("defaults: {notify: [ops]}", "notify: there is no channel 'ops' in notifications; expected one that is declared there")]
    public void What_is_wrong_with_the_rest_is_told(string text, string problem)
    {
        var surroundings = new FakeSurroundings { Variables = { ["S"] = "https://example.com/x", ["TSIG_SECRET"] = FakeSurroundings.TsigSecret } };

        Assert.EndsWith(problem, Yaml.OnlyProblem($"{Yaml.Dozen}{text}\n", surroundings), StringComparison.Ordinal);
    }
}
