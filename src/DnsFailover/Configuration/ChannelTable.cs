using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Probing;

namespace DnsFailover.Configuration;

/// <summary>The kinds of channel that alerts go to.</summary>
internal static class ChannelTable
{
    private static readonly Key<string> Type = new("type", Kinds.OneOf(("slack", "slack"), ("webhook", "webhook")), "Which kind of channel it is.") { DefaultText = "the entry's name, where that is a type" };

    private static readonly Key<Secret> Webhook = new("webhook", new SecretKind("an incoming webhook's address such as https://hooks.slack.com/services/…", AddressComplaint, warnWhenLiteral: true), "The address of a Slack incoming webhook. It is a secret.") { Required = true };

    private static readonly Key<Secret> Url = new("url", new SecretKind("an address such as https://example.com/alerts", AddressComplaint, warnWhenLiteral: false), "Where each alert is posted as JSON. It may hold secrets.") { Required = true };

    private static readonly Key<ValueList<CheckHeader>> Headers = new("headers", HeaderKind.Instance, "Extra request headers; values may hold secrets.") { DefaultText = "none" };

    /// <summary>One line per kind.</summary>
    public static IReadOnlyList<TypedCase<ChannelDefinition>> Channels { get; } =
    [
        new("slack", new Section("slack channel", "Posts alerts to a Slack channel.", Type, Webhook), Slack),
        new("webhook", new Section("webhook channel", "Posts each alert as JSON.", Type, Url, Headers), Post),
    ];

    private static SlackChannel? Slack(string name, Values values, Reading reading) => values.TryGet(Webhook, out var webhook) ? new SlackChannel(name, webhook) : null;

    private static WebhookChannel? Post(string name, Values values, Reading reading) =>
        values.TryGet(Url, out var url) ? new WebhookChannel(name, url, values.TryGet(Headers, out var headers) ? headers : []) : null;

    private static string? AddressComplaint(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp) && !value.Any(char.IsWhiteSpace)
            ? null
            : "is not an http or https address";
}
