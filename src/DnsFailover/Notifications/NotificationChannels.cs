using DnsFailover.Configuration;

namespace DnsFailover.Notifications;

/// <summary>The kinds of channel.</summary>
internal static class NotificationChannels
{
    /// <summary>The channel that a definition describes.</summary>
    /// <param name="definition">What failover.yaml says.</param>
    /// <param name="client">For those that are reached over HTTP.</param>
    /// <param name="links">The way to the status page.</param>
    /// <param name="time">The clock.</param>
    public static INotificationChannel Create(ChannelDefinition definition, WebhookClient client, PageLinks links, TimeProvider time) => definition switch
    {
        SlackChannel slack => new SlackNotifier(slack, client, links),
        SlackBotChannel slack => new SlackBotNotifier(slack, client, links),
        DiscordChannel discord => new DiscordNotifier(discord, client, links),
        TeamsChannel teams => new TeamsNotifier(teams, client, links),
        PagerDutyChannel pager => new PagerDutyNotifier(pager, client, links),
        EmailChannel email => new EmailNotifier(email, links),
        WebhookChannel webhook => new WebhookNotifier(webhook, client, links, time),
        _ => throw new ArgumentException($"no such kind of channel: {definition.GetType().Name}", nameof(definition)),
    };
}
