using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Probing;

namespace DnsFailover.Configuration;

/// <summary>A place alerts go to.</summary>
/// <param name="Name">Its name, unique; the key of its outbox.</param>
public abstract record ChannelDefinition(string Name)
{
    /// <summary>What matters less is not told there.</summary>
    public AlertSeverity AtLeast { get; init; }

    /// <summary>Only these kinds are told there; null tells all.</summary>
    public ValueList<AlertKind>? Kinds { get; init; }
}

/// <summary>A Slack incoming webhook.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Webhook">The webhook's address, which is a secret.</param>
public sealed record SlackChannel(string Name, Secret Webhook) : ChannelDefinition(Name);

/// <summary>A Slack channel that a bot posts to, with a thread for each incident.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Token">The bot's token.</param>
/// <param name="Channel">The channel in Slack: its id, or its name.</param>
/// <param name="BaseUrl">Where Slack's Web API is.</param>
public sealed record SlackBotChannel(string Name, Secret Token, string Channel, Uri BaseUrl) : ChannelDefinition(Name);

/// <summary>A Discord webhook.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Webhook">The webhook's address, which is a secret.</param>
public sealed record DiscordChannel(string Name, Secret Webhook) : ChannelDefinition(Name);

/// <summary>A workflow of Microsoft Teams that posts what it gets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Webhook">The workflow's address, which is a secret.</param>
public sealed record TeamsChannel(string Name, Secret Webhook) : ChannelDefinition(Name);

/// <summary>A service of PagerDuty.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RoutingKey">The integration key of the service, which is a secret.</param>
/// <param name="BaseUrl">Where the Events API is.</param>
public sealed record PagerDutyChannel(string Name, Secret RoutingKey, Uri BaseUrl) : ChannelDefinition(Name);

/// <summary>A POST of the alert as JSON.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Url">Where to, which may hold a secret.</param>
/// <param name="Headers">Extra request headers.</param>
public sealed record WebhookChannel(string Name, Secret Url, ValueList<CheckHeader> Headers) : ChannelDefinition(Name)
{
    /// <summary>What requests are signed with; null signs none.</summary>
    public Secret? SigningSecret { get; init; }
}

/// <summary>How a mail server is spoken to.</summary>
public enum MailSecurity
{
    /// <summary>In plain text at first, and not at all where it cannot be encrypted then.</summary>
    StartTls,

    /// <summary>Encrypted from the first byte.</summary>
    Tls,

    /// <summary>In plain text.</summary>
    None,
}

/// <summary>Mail.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Host">The mail server.</param>
/// <param name="Port">Its port.</param>
/// <param name="Security">How it is spoken to.</param>
/// <param name="From">The sender's address.</param>
/// <param name="To">Who gets it.</param>
public sealed record EmailChannel(string Name, string Host, int Port, MailSecurity Security, string From, ValueList<string> To) : ChannelDefinition(Name)
{
    /// <summary>The user to log in as; null logs in as nobody.</summary>
    public string? User { get; init; }

    /// <summary>The user's password.</summary>
    public Secret? Password { get; init; }
}
