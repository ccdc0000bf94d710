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
/// What is told of a service's drills is an alert of its own, which the next drill that passes resolves.
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
        if (alert.Incident is { Ends: true })
        {
            await PostAsync("resolve", item, IncidentKey(item), cancellationToken);
        }

        if (alert.Kind == AlertKind.Test)
        {
            await PostAsync("trigger", item, IncidentKey(item), cancellationToken);
            await PostAsync("resolve", item, IncidentKey(item), cancellationToken);
        }
        else if (IsOfDrill(alert))
        {
            await PostAsync(alert.Kind == AlertKind.DrillPassed ? "resolve" : "trigger", item, DrillKey(alert), cancellationToken);
        }
        else if (alert.Incident is not { Ends: true } && alert.Severity() > AlertSeverity.Info)
        {
            await PostAsync("trigger", item, IncidentKey(item), cancellationToken);
        }

        return null;
    }

    /// <inheritdoc/>
    public Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) =>
        throw new NotSupportedException("each alert is an event of its own");

    /// <summary>What makes its events one alert there.</summary>
    internal static string DedupKey(OutboxItem item) => IsOfDrill(item.Alert) ? DrillKey(item.Alert) : IncidentKey(item);

    /// <summary>No incident waits for a drill: what is told of one stands open until one of the same service passes.</summary>
    private static bool IsOfDrill(Alert alert) => alert.Kind is AlertKind.DrillFailed or AlertKind.DrillPassed;

    /// <summary>The same for all drills of a service, also those that were refused or are overdue.</summary>
    private static string DrillKey(Alert alert) => Short($"dnsfailover/drill/{alert.Service}");

    /// <summary>The same for every alert of an incident; what stands by itself has one of its own.</summary>
    private static string IncidentKey(OutboxItem item) => Short(item.Alert.Incident?.Id ?? $"dnsfailover/alert/{item.Id}");

    private static string Short(string key) => key.Length <= LongestKey ? key : $"dnsfailover/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";

    private async Task PostAsync(string action, OutboxItem item, string dedupKey, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(PagerDutyEvent.Of(action, RoutingKey(), dedupKey, item.Alert, links), NotificationJson.Readable.PagerDutyEvent);
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
