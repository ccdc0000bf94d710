using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>
/// Posts to a Discord webhook (https://discord.com/developers/docs/resources/webhook#execute-webhook). It is asked to wait,
/// so that a message that Discord does not take is not counted as taken. A webhook may post 30 messages a minute.
/// </summary>
internal sealed class DiscordNotifier(DiscordChannel definition, WebhookClient client, PageLinks links) : INotificationChannel
{
    private const int UnknownWebhook = 10015;
    private const int InvalidToken = 50027;

    /// <inheritdoc/>
    public string Name => definition.Name;

    /// <inheritdoc/>
    public TimeSpan Pace => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public bool TakesDigests => true;

    private string Setting => $"notifications.{Name}.webhook";

    /// <inheritdoc/>
    public async Task<string?> SendAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        await PostAsync(DiscordMessage.Of(item, links.Of(item.Alert)), cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) => PostAsync(DiscordMessage.OfDigest(items), cancellationToken);

    private async Task PostAsync(DiscordMessage message, CancellationToken cancellationToken)
    {
        var address = new Secret(string.Empty, _ => WithWait(definition.Webhook.Reveal()));
        var json = JsonSerializer.SerializeToUtf8Bytes(message, NotificationJson.Readable.DiscordMessage);
        var reply = await client.PostAsync(address, [], json, Setting, cancellationToken);
        if (reply is { IsSuccess: true, IsWebPage: false })
        {
            return;
        }

        var code = reply.Json is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("code", out var number) && number.TryGetInt32(out var known) ? known : 0;
        var remedy = reply.IsSuccess ? $"that is a web page and not a webhook; correct {Setting}"
            : code is UnknownWebhook or InvalidToken ? $"the webhook was removed; put a new one in {Setting}"
            : reply.Failure == DeliveryFailure.Misconfigured ? $"that is not a working webhook; correct {Setting}"
            : null;
        var said = $"Discord answered {(int)reply.Status}{(code > 0 ? $" (code {code})" : string.Empty)}";
        throw new DeliveryException(
            remedy is null ? reply.Failure : DeliveryFailure.Misconfigured,
            remedy is null ? said : $"{said}: {remedy}",
            RetryAfter(reply));
    }

    /// <summary>Discord says it twice: in the header in whole seconds, in the body to the millisecond.</summary>
    private static TimeSpan? RetryAfter(WebhookReply reply)
    {
        var exact = reply.Json is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("retry_after", out var seconds) && seconds.TryGetDouble(out var wait) && wait is >= 0 and < 86_400
            ? TimeSpan.FromSeconds(wait)
            : (TimeSpan?)null;
        return exact > reply.RetryAfter ? exact : reply.RetryAfter ?? exact;
    }

    private static string WithWait(string webhook) => $"{webhook}{(webhook.Contains('?', StringComparison.Ordinal) ? '&' : '?')}wait=true";
}
