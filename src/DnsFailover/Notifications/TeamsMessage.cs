using System.Text.Json;
using System.Text.Json.Serialization;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>
/// What a workflow of Teams is sent: one Adaptive Card (https://adaptivecards.io/explorer). Teams takes 28 KB for a message
/// (https://learn.microsoft.com/microsoftteams/limits-specifications-teams). A character takes one to six bytes in JSON, so
/// that texts are cut to a part of the limits below where the whole would be too large.
/// </summary>
/// <param name="Attachments">The card.</param>
internal sealed record TeamsMessage(IReadOnlyList<TeamsAttachment> Attachments)
{
    /// <summary>What means something in the Markdown of cards.</summary>
    private const string Special = "\\*_[]";

    private const int TitleLimit = 300;
    private const int FactLimit = 300;
    private const int TextLimit = 1200;
    private const int LineLimit = 250;
    private const int EvidenceLimit = 2000;
    private const int DigestLineLimit = 230;

    /// <summary>What is tried, in turn, until it fits.</summary>
    private static readonly double[] Parts = [1, 0.5, 0.25];

    /// <summary>The most bytes; a little less than Teams takes.</summary>
    private const int MostBytes = 27 * 1024;

    /// <summary>Always a message.</summary>
    public string Type { get; init; } = "message";

    /// <summary>The message for one alert.</summary>
    public static byte[] Of(OutboxItem item, IReadOnlyList<PageLink> links) => Fitting(part => Of(item, links, part));

    /// <summary>The message for several alerts, a line each.</summary>
    public static byte[] OfDigest(IReadOnlyList<OutboxItem> items) => Fitting(part => OfDigest(items, part));

    /// <summary>The message for one alert.</summary>
    /// <param name="item">The alert.</param>
    /// <param name="links">The way to the status page.</param>
    /// <param name="part">How much of the limits its texts may take.</param>
    public static TeamsMessage Of(OutboxItem item, IReadOnlyList<PageLink> links, double part)
    {
        var alert = item.Alert;
        var body = new List<TeamsElement>
        {
            Title($"{AlertLook.Of(alert.Kind).Sign} {Escape(alert.Title.ReplaceLineEndings(" "), Cut(TitleLimit))}", Colour(alert)),
            new("FactSet") { Facts = [.. AlertFacts.Of(alert).Select(fact => new TeamsFact(fact.Label, Escape(fact.Value, Cut(FactLimit))))] },
            Text($"**Why:** {Escape(alert.Reason, Cut(TextLimit))}"),
        };
        if (alert.Evidence.Count > 0)
        {
            body.Add(Text($"**Evidence:**\n\n{AlertFacts.List(alert.Evidence, Cut(LineLimit), Cut(EvidenceLimit), Special).Replace("\n", "\n\n", StringComparison.Ordinal)}"));
        }

        body.Add(Text($"**What happens next:** {Escape(alert.Next, Cut(TextLimit))}"));
        body.Add(Small(AlertFacts.Footer(alert, item.Id)));
        body.RemoveAll(element => element.Facts is { Count: 0 });
        return new TeamsMessage([new TeamsAttachment(new TeamsCard(body) { Actions = links.Count == 0 ? null : [.. links.Select(link => new TeamsAction(link.Text, link.Address))] })]);

        int Cut(int limit) => (int)(limit * part);
    }

    private static TeamsMessage OfDigest(IReadOnlyList<OutboxItem> items, double part)
    {
        var lines = items.Select(item => Text($"{AlertLook.Of(item.Alert.Kind).Sign} {Escape(AlertText.OneLine(item.Alert), Cut(DigestLineLimit))}"));
        var footer = $"from {AlertText.At(items[0].Alert.At)} to {AlertText.At(items[^1].Alert.At)} · dnsfailover · alerts {items[0].Id} to {items[^1].Id}";
        return new TeamsMessage([new TeamsAttachment(new TeamsCard([Title($"📑 {items.Count} alerts that waited for this channel", "default"), .. lines, Small(footer)]))]);

        int Cut(int limit) => (int)(limit * part);
    }

    private static byte[] Fitting(Func<double, TeamsMessage> message) =>
        Parts.Select(part => JsonSerializer.SerializeToUtf8Bytes(message(part), NotificationJson.Readable.TeamsMessage)).First(json => json.Length <= MostBytes);

    private static string Colour(Alert alert) => (alert.Kind, alert.Severity()) switch
    {
        (AlertKind.Failback or AlertKind.Recovered or AlertKind.DrillPassed, _) => "good",
        (AlertKind.Reminder, _) or (_, AlertSeverity.Warning) => "warning",
        (_, AlertSeverity.Error or AlertSeverity.Critical) => "attention",
        _ => "default",
    };

    private static string Escape(string text, int limit) => AlertFacts.Escape(text, limit, Special);

    private static TeamsElement Title(string text, string colour) => new("TextBlock") { Text = text, Wrap = true, Size = "medium", Weight = "bolder", Color = colour };

    private static TeamsElement Text(string text) => new("TextBlock") { Text = text, Wrap = true };

    private static TeamsElement Small(string text) => new("TextBlock") { Text = text, Wrap = true, Size = "small", IsSubtle = true };
}

/// <summary>The card in its wrapping.</summary>
internal sealed record TeamsAttachment(TeamsCard Content)
{
    /// <summary>That it is a card.</summary>
    public string ContentType { get; init; } = "application/vnd.microsoft.card.adaptive";
}

/// <summary>An Adaptive Card of the version that every client of Teams shows.</summary>
internal sealed record TeamsCard(IReadOnlyList<TeamsElement> Body)
{
    /// <summary>Its schema.</summary>
    [JsonPropertyName("$schema")]
    public string Schema { get; init; } = "http://adaptivecards.io/schemas/adaptive-card.json";

    /// <summary>Its kind.</summary>
    public string Type { get; init; } = "AdaptiveCard";

    /// <summary>Its version.</summary>
    public string Version { get; init; } = "1.4";

    /// <summary>As wide as the channel.</summary>
    [JsonPropertyName("msteams")]
    public TeamsWidth Teams { get; init; } = new("Full");

    /// <summary>What can be opened.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TeamsAction>? Actions { get; init; }
}

/// <summary>How wide a card is.</summary>
internal sealed record TeamsWidth(string Width);

/// <summary>A text, or a list of facts.</summary>
internal sealed record TeamsElement(string Type)
{
    /// <summary>The text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    /// <summary>Whether it may take several lines.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Wrap { get; init; }

    /// <summary>How large it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Size { get; init; }

    /// <summary>How heavy it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Weight { get; init; }

    /// <summary>Its colour, by meaning.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Color { get; init; }

    /// <summary>Whether it stands back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IsSubtle { get; init; }

    /// <summary>The facts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TeamsFact>? Facts { get; init; }
}

/// <summary>A fact.</summary>
internal sealed record TeamsFact(string Title, string Value);

/// <summary>A button that opens a page.</summary>
internal sealed record TeamsAction(string Title, string Url)
{
    /// <summary>That it opens a page.</summary>
    public string Type { get; init; } = "Action.OpenUrl";
}
