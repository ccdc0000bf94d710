using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>
/// Posts to a workflow of Microsoft Teams with the trigger "When a Teams webhook request is received", which posts the
/// Adaptive Card that it gets. It answers 202 when it has taken the card; whether the flow behind it works is seen there.
/// </summary>
internal sealed class TeamsNotifier(TeamsChannel definition, WebhookClient client, PageLinks links) : INotificationChannel
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
        await PostAsync(TeamsMessage.Of(item, links.Of(item.Alert)), cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) => PostAsync(TeamsMessage.OfDigest(items), cancellationToken);

    private async Task PostAsync(byte[] json, CancellationToken cancellationToken)
    {
        var reply = await client.PostAsync(definition.Webhook, [], json, Setting, cancellationToken);
        if (reply is { IsSuccess: true, IsWebPage: false })
        {
            return;
        }

        var status = (int)reply.Status;
        var remedy = reply.IsSuccess ? $"that is a web page and not a workflow; correct {Setting}"
            : status is 401 or 403 ? $"the workflow does not let us in: its signature was renewed, or it takes signed-in people only; put its present address in {Setting}"
            : status is 404 or 410 ? $"there is no such workflow (any more); make one from the template 'Send webhook alerts to a channel', and put its address in {Setting}"
            : reply.Failure == DeliveryFailure.Misconfigured ? $"that is not a working workflow; correct {Setting}"
            : status == 400 && reply.Json is { ValueKind: JsonValueKind.Object } body && IsTriggerOff(body) ? "the workflow is turned off; turn it on in Teams' Workflows app"
            : null;
        throw new DeliveryException(
            remedy is null ? reply.Failure : DeliveryFailure.Misconfigured,
            remedy is null ? $"Teams answered {status}" : $"Teams answered {status}: {remedy}",
            reply.RetryAfter);
    }

    // {"error":{"code":"WorkflowTriggerIsNotEnabled", …}}
    private static bool IsTriggerOff(JsonElement body) =>
        body.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("code", out var code)
        && code.ValueKind == JsonValueKind.String && code.GetString() == "WorkflowTriggerIsNotEnabled";
}
