using DnsFailover.Configuration;

namespace DnsFailover.Notifications;

/// <summary>The kinds of channel.</summary>
internal static class NotificationChannels
{
    /// <summary>The channel that a definition describes.</summary>
    public static INotificationChannel Create(ChannelDefinition definition, WebhookClient client) => definition switch
    {
        SlackChannel slack => new SlackNotifier(slack, client),
        WebhookChannel webhook => new WebhookNotifier(webhook, client),
        _ => throw new ArgumentException($"no such kind of channel: {definition.GetType().Name}", nameof(definition)),
    };
}
