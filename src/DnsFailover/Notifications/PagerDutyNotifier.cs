using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>
/// Sends events to PagerDuty (https://developer.pagerduty.com/docs/send-alert-event): the first alert of an incident triggers,
/// the last one resolves, and those between are noted with it, all under one dedup key, so that a repetition changes nothing.
/// What is only good to know pages nobody, and PagerDuty reminds by itself.
/// </summary>
internal sealed class PagerDutyNotifier(PagerDutyChannel definition, WebhookClient client, PageLinks links) : INotificationChannel
{
    private const int LongestKey = 255;

    /// <inheritdoc/>
    public string Name => definition.Name;

    /// <inheritdoc/>
    public TimeSpan Pace => TimeSpan.Zero;

    /// <inheritdoc/>
    public bool TakesDigests => false;

    private string Setting => $"notifications.{Name}.routingKey";

    /// <inheritdoc/>
    public async Task<string?> SendAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        var alert = item.Alert;
        if (alert.Kind == AlertKind.Test)
        {
            await PostAsync("trigger", item, cancellationToken);
            await PostAsync("resolve", item, cancellationToken);
        }
        else if (alert.Incident is { Ends: true })
        {
            await PostAsync("resolve", item, cancellationToken);
        }
        else if (alert.Severity() > AlertSeverity.Info)
        {
            await PostAsync("trigger", item, cancellationToken);
        }

        return null;
    }

    /// <inheritdoc/>
    public Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) =>
        throw new NotSupportedException("each alert is an event of its own");

    /// <summary>The same for every alert of an incident; what stands by itself has one of its own.</summary>
    internal static string DedupKey(OutboxItem item)
    {
        var key = item.Alert.Incident?.Id ?? $"dnsfailover/alert/{item.Id}";
        return key.Length <= LongestKey ? key : $"dnsfailover/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";
    }

    private async Task PostAsync(string action, OutboxItem item, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(PagerDutyEvent.Of(action, RoutingKey(), DedupKey(item), item.Alert, links), NotificationJson.Readable.PagerDutyEvent);
        var reply = await client.PostAsync(Secret.Literal(new Uri(definition.BaseUrl, "v2/enqueue").AbsoluteUri), [], json, Setting, cancellationToken);
        if (reply is { IsSuccess: true, IsWebPage: false })
        {
            return;
        }

        // The body of a 400 says what it dislikes in sentences; only whether it is the key is looked for.
        var isKey = (int)reply.Status is 400 or 403 && Encoding.UTF8.GetString(reply.Body) is var body
            && (body.Contains("routing key", StringComparison.OrdinalIgnoreCase) || body.Contains("routing_key", StringComparison.OrdinalIgnoreCase));
        var remedy = isKey ? $"it does not know the routing key; put the integration key of an 'Events API v2' integration in {Setting}"
            : reply.IsSuccess || reply.Failure == DeliveryFailure.Misconfigured ? $"that is not its Events API; correct notifications.{Name}.baseUrl"
            : null;
        throw new DeliveryException(
            remedy is null ? reply.Failure : DeliveryFailure.Misconfigured,
            remedy is null ? $"PagerDuty answered {(int)reply.Status}" : $"PagerDuty answered {(int)reply.Status}: {remedy}",
            reply.RetryAfter);
    }

    private string RoutingKey()
    {
        try
        {
            return definition.RoutingKey.Reveal().Trim();
        }
        catch (SecretUnavailableException error)
        {
            throw new DeliveryException(DeliveryFailure.Misconfigured, $"{error.Message}; needed for {Setting}");
        }
    }
}
