using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>
/// Posts to a Slack incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
/// Slack takes one message per second and says what is wrong in a word in the body.
/// </summary>
internal sealed class SlackNotifier(SlackChannel definition, WebhookClient client, PageLinks links) : INotificationChannel
{
    /// <inheritdoc/>
    public string Name => definition.Name;

    /// <inheritdoc/>
    public TimeSpan Pace => TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public bool TakesDigests => true;

    private string Setting => $"notifications.{Name}.webhook";

    /// <inheritdoc/>
    public async Task<string?> SendAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        await PostAsync(SlackMessage.Of(item, links.Of(item.Alert)), cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) => PostAsync(SlackMessage.OfDigest(items), cancellationToken);

    private async Task PostAsync(SlackMessage message, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, NotificationJson.Readable.SlackMessage);
        var reply = await client.PostAsync(definition.Webhook, [], json, Setting, cancellationToken);
        if (reply is { IsSuccess: true, IsWebPage: false })
        {
            return;
        }

        var remedy = Remedy(reply);
        var said = reply.Word.Length > 0 ? $"Slack says {reply.Word} ({(int)reply.Status})" : $"Slack answered {(int)reply.Status}";
        throw new DeliveryException(
            remedy is null ? reply.Failure : DeliveryFailure.Misconfigured,
            remedy is null ? said : $"{said}: {remedy}",
            reply.RetryAfter);
    }

    // A word that speaks of the webhook outranks the status: the next alert would fare no better than this one.
    private string? Remedy(WebhookReply reply) => reply.Word switch
    {
        "no_service" or "no_service_id" or "no_active_hooks" or "invalid_token" => $"the webhook was removed; put a new one in {Setting}",
        "no_team" or "team_disabled" => $"the workspace does not exist any more; put a webhook of another in {Setting}",
        "channel_not_found" => $"the webhook's channel does not exist any more; put a webhook for another in {Setting}",
        "channel_is_archived" => $"the webhook's channel is archived; unarchive it, or put a webhook for another in {Setting}",
        "action_prohibited" or "posting_to_general_channel_denied" => $"an administrator of the workspace has forbidden it; have it allowed, or put a webhook for another channel in {Setting}",
        _ when reply.IsSuccess => $"that is a web page and not an incoming webhook; correct {Setting}",
        _ when reply.Failure == DeliveryFailure.Misconfigured => $"that is not a working incoming webhook; correct {Setting}",
        _ => null,
    };
}
