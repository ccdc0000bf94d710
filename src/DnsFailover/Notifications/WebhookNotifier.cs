using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using DnsFailover.Probing;
using DnsFailover.Providers.Webhook;

namespace DnsFailover.Notifications;

/// <summary>Posts each alert as JSON, for machines: see <see cref="WebhookAlert"/> for the contract.</summary>
internal sealed class WebhookNotifier(WebhookChannel definition, WebhookClient client, PageLinks links, TimeProvider time) : INotificationChannel
{
    /// <inheritdoc/>
    public string Name => definition.Name;

    /// <inheritdoc/>
    public TimeSpan Pace => TimeSpan.Zero;

    /// <inheritdoc/>
    public bool TakesDigests => false;

    private string Setting => $"notifications.{Name}.url";

    /// <inheritdoc/>
    public async Task<string?> SendAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(WebhookAlert.Of(item, links), NotificationJson.Readable.WebhookAlert);
        var reply = await client.PostAsync(definition.Url, [.. definition.Headers, .. Signature(json)], json, Setting, cancellationToken);
        return reply.IsSuccess ? null : throw new DeliveryException(reply.Failure, Complaint(reply), reply.RetryAfter);
    }

    /// <inheritdoc/>
    public Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) =>
        throw new NotSupportedException("a webhook gets every alert by itself");

    // Made anew for each attempt: a receiver may refuse what was signed long ago.
    private IEnumerable<CheckHeader> Signature(byte[] json)
    {
        if (definition.SigningSecret is not { } secret)
        {
            return [];
        }

        try
        {
            return Uri.TryCreate(definition.Url.Reveal(), UriKind.Absolute, out var address)
                ? [new CheckHeader(RequestSignature.Header, Secret.Literal(RequestSignature.Of(secret.Reveal().Trim(), time.GetUtcNow(), "POST", address.PathAndQuery, json)))]
                : [];
        }
        catch (SecretUnavailableException error)
        {
            throw new DeliveryException(DeliveryFailure.Misconfigured, $"{error.Message}; needed for notifications.{Name}");
        }
    }

    private string Complaint(WebhookReply reply)
    {
        var status = (int)reply.Status;
        return (reply.Failure, status) switch
        {
            (DeliveryFailure.Transient, _) => $"the webhook answered {status}",
            (DeliveryFailure.Refused, _) => $"the webhook refused the alert with {status}",
            (_, 401 or 403) => $"the webhook answered {status}: correct the credentials in {Setting} or its headers",
            (_, 404 or 410) => $"the webhook answered {status}: nothing takes alerts there, correct {Setting}",
            (_, >= 300 and < 400) => $"the webhook answered {status}, and redirects are not followed: put the final address in {Setting}",
            _ => $"the webhook answered {status}: correct {Setting}",
        };
    }
}

/// <summary>
/// The JSON of the generic webhook. Every member is always there, null when it does not apply. Members may be added
/// in later versions; none changes its meaning while <see cref="Version"/> stays. An alert can arrive twice: the same
/// <see cref="Id"/> is the same alert.
/// </summary>
internal sealed record WebhookAlert
{
    /// <summary>1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The alert's number; rising, and the same when it is sent again.</summary>
    public required long Id { get; init; }

    /// <summary>The channel's name.</summary>
    public required string Channel { get; init; }

    /// <summary>One of <see cref="AlertKind"/>, as <c>allDown</c>.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary><c>critical</c>, <c>error</c>, <c>warning</c> or <c>info</c>.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>The incident that it belongs to: the same <c>id</c> from the first alert to the one that <c>ends</c> it. Null for what stands by itself.</summary>
    public required WebhookIncident? Incident { get; init; }

    /// <summary>When it happened, in UTC (RFC 3339).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The service; null when the whole daemon is meant.</summary>
    public required string? Service { get; init; }

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>What was served before.</summary>
    public required string? From { get; init; }

    /// <summary>What is served now.</summary>
    public required string? To { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>The observations it rests on.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    /// <summary>Where the time of a switch went.</summary>
    public required WebhookTimings? Timings { get; init; }

    /// <summary>How long the outage or the condition lasted.</summary>
    public required double? DowntimeSeconds { get; init; }

    /// <summary>What happens next.</summary>
    public required string Next { get; init; }

    /// <summary>What is still wrong afterwards; null when that is not known.</summary>
    public required IReadOnlyList<string>? StillWrong { get; init; }

    /// <summary>Where the status page is; null when failover.yaml does not say.</summary>
    public required IReadOnlyList<PageLink>? Links { get; init; }

    /// <summary>The JSON's content for an alert.</summary>
    public static WebhookAlert Of(OutboxItem item, PageLinks links) => new()
    {
        Id = item.Id,
        Channel = item.Channel,
        Kind = item.Alert.Kind,
        Severity = item.Alert.Severity(),
        Incident = item.Alert.Incident is { } incident ? new WebhookIncident(incident.Id, incident.Since.ToUniversalTime(), incident.Opens, incident.Ends) : null,
        At = item.Alert.At.ToUniversalTime(),
        Service = item.Alert.Service?.ToString(),
        Title = item.Alert.Title,
        From = item.Alert.From,
        To = item.Alert.To,
        Reason = item.Alert.Reason,
        Evidence = item.Alert.Evidence,
        Timings = item.Alert.Timings is { } timings
            ? new WebhookTimings(timings.Detection?.TotalSeconds, timings.Decision.TotalSeconds, timings.Write.TotalSeconds, timings.Verification?.TotalSeconds)
            : null,
        DowntimeSeconds = item.Alert.Downtime?.TotalSeconds,
        Next = item.Alert.Next,
        StillWrong = item.Alert.StillWrong,
        Links = links.Page is null ? null : links.Of(item.Alert),
    };
}

/// <summary>See <see cref="Core.Alerts.Incident"/>.</summary>
internal sealed record WebhookIncident(string Id, DateTimeOffset Since, bool Opens, bool Ends);

/// <summary>See <see cref="SwitchTimings"/>; all in seconds.</summary>
internal sealed record WebhookTimings(double? DetectionSeconds, double DecisionSeconds, double WriteSeconds, double? VerificationSeconds);

/// <summary>Spells alert kinds as <c>allDown</c>.</summary>
internal sealed class AlertKindConverter() : JsonStringEnumConverter<AlertKind>(JsonNamingPolicy.CamelCase);

/// <summary>Spells severities as <c>warning</c>.</summary>
internal sealed class AlertSeverityConverter() : JsonStringEnumConverter<AlertSeverity>(JsonNamingPolicy.CamelCase);

/// <summary>The JSON that is sent.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(AlertKindConverter), typeof(AlertSeverityConverter)])]
[JsonSerializable(typeof(WebhookAlert))]
[JsonSerializable(typeof(SlackMessage))]
[JsonSerializable(typeof(DiscordMessage))]
[JsonSerializable(typeof(TeamsMessage))]
[JsonSerializable(typeof(PagerDutyEvent))]
internal sealed partial class NotificationContext : JsonSerializerContext;

/// <summary>How it is spelled.</summary>
internal static class NotificationJson
{
    /// <summary>Leaves arrows and quotation marks as they are; nothing of it is put into a web page.</summary>
    public static NotificationContext Readable { get; } =
        new(new JsonSerializerOptions(NotificationContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
