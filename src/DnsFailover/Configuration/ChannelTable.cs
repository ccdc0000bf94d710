using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Notifications;
using DnsFailover.Probing;
using DnsFailover.Providers.Http;
using MimeKit;

namespace DnsFailover.Configuration;

/// <summary>The kinds of channel that alerts go to.</summary>
internal static class ChannelTable
{
    /// <summary>What a secret for signatures has at least, in characters.</summary>
    private const int ShortestSigningSecret = 16;

    private static readonly Uri SlackApi = new("https://slack.com/api/");

    private static readonly Uri PagerDutyApi = new("https://events.pagerduty.com/");

    private static readonly Key<string> Type = new("type", Kinds.OneOf(((string, string)[])[.. new[] { "slack", "discord", "teams", "pagerduty", "email", "webhook" }.Select(type => (type, type))]), "Which kind of channel it is.") { DefaultText = "the entry's name, where that is a type" };

    private static readonly Key<AlertSeverity> Severity = new("severity", Kinds.OneOf([.. Enum.GetValues<AlertSeverity>().Select(severity => (Text.Of(severity), severity))]), "What matters less is not told here: `critical` is a name of which every endpoint is down, `error` a failover or what the daemon cannot do, `warning` what has to be mended before it is needed, `info` all the rest. The end of an incident is told wherever its beginning was.") { Default = AlertSeverity.Info };

    private static readonly Key<IReadOnlyList<Placed<AlertKind>>> AlertKinds = new("kinds", new ListKind<AlertKind>(Kinds.OneOf([.. AlertKindNames.All.Select(kind => (AlertKindNames.Of(kind), kind))]), "kinds of alert"), "Only these kinds of alert are told here, and the end of an incident of which one was told.") { DefaultText = "all" };

    private static readonly Key<Secret> SlackWebhook = new("webhook", new SecretKind("an incoming webhook's address such as https://hooks.slack.com/services/…", AddressComplaint, warnWhenLiteral: true), "The address of a Slack incoming webhook, where each alert is a message of its own. It is a secret.");

    private static readonly Key<Secret> SlackToken = new("token", new SecretKind("a bot token such as xoxb-…", TokenComplaint, warnWhenLiteral: true), "In place of `webhook`: the token of a bot with the scope `chat:write`, which makes one thread of each incident. It is a secret.");

    private static readonly Key<string> SlackTarget = new("channel", Kinds.Text, "With `token`: the channel in Slack, its id (`C0123456789`) or its name (`\"#alerts\"`).");

    private static readonly Key<Uri> SlackBase = HttpKeys.BaseUrl("Slack", SlackApi.AbsoluteUri);

    private static readonly Key<Secret> DiscordWebhook = new("webhook", new SecretKind("a webhook's address such as https://discord.com/api/webhooks/…", AddressComplaint, warnWhenLiteral: true), "The address of a Discord webhook. It is a secret.") { Required = true };

    private static readonly Key<Secret> TeamsWebhook = new("webhook", new SecretKind("the address of a workflow", TeamsComplaint, warnWhenLiteral: true), "The address of a workflow of Microsoft Teams that begins with \"When a Teams webhook request is received\" (the template \"Send webhook alerts to a channel\"). It is a secret.") { Required = true };

    private static readonly Key<Secret> RoutingKey = new("routingKey", new SecretKind("an integration key of 32 letters and digits", RoutingKeyComplaint, warnWhenLiteral: true), "The integration key of an \"Events API v2\" integration. It is a secret.") { Required = true };

    private static readonly Key<Uri> PagerDutyBase = HttpKeys.BaseUrl("PagerDuty's events", PagerDutyApi.AbsoluteUri, "`https://events.pagerduty.com/`; accounts in Europe: `https://events.eu.pagerduty.com/`");

    private static readonly Key<Secret> Url = new("url", new SecretKind("an address such as https://example.com/alerts", AddressComplaint, warnWhenLiteral: false), "Where each alert is posted as JSON. It may hold secrets.") { Required = true };

    private static readonly Key<ValueList<CheckHeader>> Headers = new("headers", HeaderKind.Instance, "Extra request headers; values may hold secrets.") { DefaultText = "none" };

    private static readonly Key<Secret> SigningSecret = new("signingSecret", new SecretKind($"a secret of at least {ShortestSigningSecret} characters", SigningSecretComplaint, warnWhenLiteral: true), "Signs every request: `DnsFailover-Signature: t=…,v1=…`, where `v1` is the HMAC-SHA256, in hexadecimal, of the time `t`, the method, the path with its query, each with a line feed behind it, and the body.") { DefaultText = "requests are not signed" };

    private static readonly Key<DnsFailover.Core.Records.DnsName> Host = new("host", Kinds.HostName, "The mail server.") { Required = true };

    private static readonly Key<MailSecurity> Security = new("security", Kinds.OneOf(("starttls", MailSecurity.StartTls), ("tls", MailSecurity.Tls), ("none", MailSecurity.None)), "How it is spoken to. With `starttls` nothing is sent where it cannot be encrypted.") { Default = MailSecurity.StartTls };

    private static readonly Key<int> Port = new("port", Kinds.Port, "Its port.") { DefaultText = "587 with `starttls`, 465 with `tls`, 25 with `none`" };

    private static readonly Key<string> User = new("user", Kinds.Text, "The user to log in as.") { DefaultText = "nobody logs in" };

    private static readonly Key<Secret> Password = new("password", new SecretKind("a password", _ => null, warnWhenLiteral: true), "The user's password. It is a secret.");

    private static readonly Key<string> From = new("from", Address, "The sender's address.") { Required = true };

    private static readonly Key<IReadOnlyList<Placed<string>>> To = new("to", new ListKind<string>(Address, "addresses"), "Who gets it.") { Required = true };

    /// <summary>One line per kind.</summary>
    public static IReadOnlyList<TypedCase<ChannelDefinition>> Channels { get; } =
    [
        new("slack", new Section("slack channel", "Posts alerts to a Slack channel: by `webhook`, or as a bot with `token` and `channel`, which makes one thread of each incident.", Type, SlackWebhook, SlackToken, SlackTarget, SlackBase, Severity, AlertKinds), Slack),
        new("discord", new Section("discord channel", "Posts alerts to a Discord channel.", Type, DiscordWebhook, Severity, AlertKinds), (name, values, _) => values.TryGet(DiscordWebhook, out var webhook) ? Told(new DiscordChannel(name, webhook), values) : null),
        new("teams", new Section("teams channel", "Posts alerts to a channel or chat of Microsoft Teams, as cards.", Type, TeamsWebhook, Severity, AlertKinds), (name, values, _) => values.TryGet(TeamsWebhook, out var webhook) ? Told(new TeamsChannel(name, webhook), values) : null),
        new("pagerduty", new Section("pagerduty channel", "Triggers an alert in PagerDuty for each incident, and resolves it at its end. What is only `info` and reminders are not sent. What is told of the drills of a service is one alert too, which the next drill that passes resolves.", Type, RoutingKey, PagerDutyBase, Severity, AlertKinds), (name, values, _) => values.TryGet(RoutingKey, out var key) ? Told(new PagerDutyChannel(name, key, WithSlash(values.Get(PagerDutyBase)!)), values) : null),
        new("email", new Section("email channel", "Sends mail, with one conversation for each incident.", Type, Host, Port, Security, User, Password, From, To, Severity, AlertKinds), Mail),
        new("webhook", new Section("webhook channel", "Posts each alert as JSON.", Type, Url, Headers, SigningSecret, Severity, AlertKinds), Post),
    ];

    private static ChannelDefinition? Slack(string name, Values values, Reading reading)
    {
        var (bot, webhook) = (values.IsWritten(SlackToken) || values.IsWritten(SlackTarget), values.IsWritten(SlackWebhook));
        if (bot == webhook)
        {
            reading.Error(values.Node, bot ? $"slack channel '{name}' has both 'webhook' and 'token' or 'channel'; expected one way of posting" : $"slack channel '{name}' has no 'webhook'; expected it, or 'token' and 'channel'");
            return null;
        }

        if (webhook)
        {
            return values.TryGet(SlackWebhook, out var address) ? Told(new SlackChannel(name, address), values) : null;
        }

        if (!values.IsWritten(SlackToken) || !values.IsWritten(SlackTarget))
        {
            reading.Error(values.Node, $"slack channel '{name}' has no '{(values.IsWritten(SlackToken) ? SlackTarget.Name : SlackToken.Name)}'; expected 'token' and 'channel' together");
            return null;
        }

        HttpKeys.WarnIfPlain(values, SlackBase, reading);
        return values.TryGet(SlackToken, out var token) && values.TryGet(SlackTarget, out var target) ? Told(new SlackBotChannel(name, token, target, WithSlash(values.Get(SlackBase)!)), values) : null;
    }

    private static ChannelDefinition? Mail(string name, Values values, Reading reading)
    {
        var security = values.Get(Security);
        if (values.IsWritten(User) != values.IsWritten(Password))
        {
            reading.Error(values.Node, $"email channel '{name}' has no '{(values.IsWritten(User) ? Password.Name : User.Name)}'; expected 'user' and 'password' together");
            return null;
        }

        if (security == MailSecurity.None && values.IsWritten(Password))
        {
            reading.Warn(values.NodeOf(Password), "password: it goes over the network in plain text with security: none; expected starttls or tls");
        }

        return values.TryGet(Host, out var host) && values.TryGet(From, out var from) && values.TryGet(To, out var to) && !values.IsBroken(Port) && !values.IsBroken(Password)
            ? Told(
                new EmailChannel(name, host.ToString(), values.TryGet(Port, out var port) ? port : security switch { MailSecurity.Tls => 465, MailSecurity.StartTls => 587, _ => 25 }, security, from, to.Select(item => item.Value).ToValueList())
                {
                    User = values.TryGet(User, out var user) ? user : null,
                    Password = values.TryGet(Password, out var password) ? password : null,
                },
                values)
            : null;
    }

    private static ChannelDefinition? Post(string name, Values values, Reading reading) =>
        values.TryGet(Url, out var url) && !values.IsBroken(SigningSecret)
            ? Told(new WebhookChannel(name, url, values.TryGet(Headers, out var headers) ? headers : []) { SigningSecret = values.TryGet(SigningSecret, out var secret) ? secret : null }, values)
            : null;

    private static ChannelDefinition Told(ChannelDefinition channel, Values values) => channel with
    {
        AtLeast = values.Get(Severity),
        Kinds = values.TryGet(AlertKinds, out var kinds) ? kinds.Select(kind => kind.Value).ToValueList() : null,
    };

    private static Uri WithSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri($"{address.AbsoluteUri}/");

    private static ScalarKind<string> Address => new(
        "a mail address such as ops@example.com",
        () => new System.Text.Json.Nodes.JsonObject { ["type"] = "string" },
        text => MailboxAddress.TryParse(text, out var address) && address.Address == text && text.Contains('@', StringComparison.Ordinal) ? new Parsed<string>(text) : Parsed<string>.No("is no mail address"));

    private static string? AddressComplaint(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp) && !value.Any(char.IsWhiteSpace)
            ? null
            : "is not an http or https address";

    private static string? TeamsComplaint(string value) => AddressComplaint(value)
        ?? (new Uri(value).Host.EndsWith(".webhook.office.com", StringComparison.OrdinalIgnoreCase) ? "is an Office 365 connector's, which Microsoft has retired" : null);

    private static string? TokenComplaint(string value) => value.Trim() is { Length: > 0 } token && token.All(c => c is > ' ' and < (char)0x7f) ? null : "has characters that no token has";

    private static string? RoutingKeyComplaint(string value) => value.Trim() is { Length: 32 } key && key.All(char.IsAsciiLetterOrDigit) ? null : "has not 32 letters and digits";

    private static string? SigningSecretComplaint(string value) => value.Trim().Length < ShortestSigningSecret ? $"is shorter than {ShortestSigningSecret} characters" : null;
}
