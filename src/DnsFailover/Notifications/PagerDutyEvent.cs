using System.Text.Json.Serialization;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;

namespace DnsFailover.Notifications;

/// <summary>
/// An event of PagerDuty's Events API v2. A summary has at most 1024 characters, a dedup key 255, all of it 512 KB.
/// </summary>
internal sealed record PagerDutyEvent
{
    private const int SummaryLimit = 1024;

    // A character takes up to six bytes in JSON: together these stay far below the 512 KB.
    private const int DetailLimit = 1500;
    private const int MostEvidence = 20;

    /// <summary>Which service of PagerDuty it is for; a secret.</summary>
    [JsonPropertyName("routing_key")]
    public required string RoutingKey { get; init; }

    /// <summary><c>trigger</c> or <c>resolve</c>.</summary>
    [JsonPropertyName("event_action")]
    public required string EventAction { get; init; }

    /// <summary>What makes events one alert there.</summary>
    [JsonPropertyName("dedup_key")]
    public required string DedupKey { get; init; }

    /// <summary>What happened.</summary>
    public required PagerDutyPayload Payload { get; init; }

    /// <summary>The way to the status page.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PagerDutyLink>? Links { get; init; }

    /// <summary>Who says it.</summary>
    public string Client { get; init; } = "dnsfailover";

    /// <summary>Where that can be looked at.</summary>
    [JsonPropertyName("client_url")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClientUrl { get; init; }

    /// <summary>The event for an alert.</summary>
    public static PagerDutyEvent Of(string action, string routingKey, string dedupKey, Alert alert, PageLinks links) => new()
    {
        RoutingKey = routingKey,
        EventAction = action,
        DedupKey = dedupKey,
        Payload = new PagerDutyPayload
        {
            Summary = Cut($"{alert.Title}: {alert.Reason}".ReplaceLineEndings(" "), SummaryLimit),
            Source = alert.Service?.ToString() ?? "dnsfailover",
            Severity = Text.Of(alert.Severity()),
            Timestamp = alert.At.ToUniversalTime(),
            Class = AlertKindNames.Of(alert.Kind),
            Details = new PagerDutyDetails
            {
                Served = AlertText.FromTo(alert) is { } served ? Cut(served, DetailLimit) : null,
                Why = Cut(alert.Reason, DetailLimit),
                Next = Cut(alert.Next, DetailLimit),
                Evidence = [.. alert.Evidence.Take(MostEvidence).Select(line => Cut(line, DetailLimit))],
                Time = AlertText.Timings(alert.Timings),
            },
        },
        Links = links.Page is null ? null : [.. links.Of(alert).Select(link => new PagerDutyLink(link.Address, link.Text))],
        ClientUrl = links.Page,
    };

    private static string Cut(string text, int limit) => AlertFacts.Escape(text, limit, special: string.Empty);
}

/// <summary>What happened, in PagerDuty's common format.</summary>
internal sealed record PagerDutyPayload
{
    /// <summary>The first line.</summary>
    public required string Summary { get; init; }

    /// <summary>What is in trouble.</summary>
    public required string Source { get; init; }

    /// <summary><c>critical</c>, <c>error</c>, <c>warning</c> or <c>info</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The kind of alert.</summary>
    public required string Class { get; init; }

    /// <summary>The rest.</summary>
    [JsonPropertyName("custom_details")]
    public required PagerDutyDetails Details { get; init; }
}

/// <summary>What a reader wants to know besides.</summary>
internal sealed record PagerDutyDetails
{
    /// <summary>What is served now, and was before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Served { get; init; }

    /// <summary>Why.</summary>
    public required string Why { get; init; }

    /// <summary>What happens next.</summary>
    [JsonPropertyName("what happens next")]
    public required string Next { get; init; }

    /// <summary>The observations it rests on.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    /// <summary>Where the time of a switch went.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Time { get; init; }
}

/// <summary>A link.</summary>
internal sealed record PagerDutyLink(string Href, string Text);
