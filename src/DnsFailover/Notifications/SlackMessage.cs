using System.Text.Json.Serialization;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>
/// A message for an incoming webhook (https://docs.slack.dev/reference/block-kit/blocks). The coloured bar exists only
/// on attachments, so the blocks below the header are in one. The limits kept are Slack's own, and for the whole
/// message about 13 000 characters, beyond which it was seen to refuse.
/// </summary>
/// <param name="Text">What notifications and readers without blocks show.</param>
/// <param name="Blocks">The header.</param>
/// <param name="Attachments">The rest, beside its colour.</param>
internal sealed record SlackMessage(string Text, IReadOnlyList<SlackBlock> Blocks, IReadOnlyList<SlackAttachment> Attachments)
{
    /// <summary>The most alerts of one digest.</summary>
    public const int LargestDigest = 30;

    private const int HeaderLimit = 150;
    private const int FallbackLimit = 1000;
    private const int FieldLimit = 600;
    private const int ReasonLimit = 1500;
    private const int SectionLimit = 2900;
    private const int LineLimit = 300;
    private const int LinkLimit = 600;
    private const int DigestLineLimit = 270;
    private const int DigestLinesPerSection = 10;

    /// <summary>Links in an alert are not previewed.</summary>
    [JsonPropertyName("unfurl_links")]
    public bool UnfurlLinks { get; init; }

    /// <summary>Nor are pictures.</summary>
    [JsonPropertyName("unfurl_media")]
    public bool UnfurlMedia { get; init; }

    /// <summary>The channel to post to; null where the webhook knows it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Channel { get; init; }

    /// <summary>The message that this one replies to; null for one of its own.</summary>
    [JsonPropertyName("thread_ts")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ThreadTs { get; init; }

    /// <summary>True for a reply that is shown in the channel too.</summary>
    [JsonPropertyName("reply_broadcast")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? ReplyBroadcast { get; init; }

    /// <summary>The message for one alert.</summary>
    public static SlackMessage Of(OutboxItem item, IReadOnlyList<PageLink> links)
    {
        var alert = item.Alert;
        var (emoji, colour) = Look(alert.Kind);
        var blocks = new List<SlackBlock>();
        if (Fields(alert) is { Count: > 0 } fields)
        {
            blocks.Add(new SlackBlock("section") { Fields = fields });
        }

        blocks.Add(Section("*Why*\n" + SlackText.Escape(alert.Reason, ReasonLimit)));
        if (alert.Evidence.Count > 0)
        {
            blocks.Add(Section(SlackText.List("*Evidence*", alert.Evidence, LineLimit, SectionLimit)));
        }

        blocks.Add(Section("*What happens next:* " + SlackText.Escape(alert.Next, ReasonLimit)));
        if (links.Count > 0)
        {
            blocks.Add(Section(string.Join("  ·  ", links.Select(link => $"<{SlackText.Escape(link.Address, LinkLimit)}|{SlackText.Escape(link.Text, LinkLimit)}>"))));
        }

        blocks.Add(Footer(AlertFacts.Footer(alert, item.Id)));
        return new SlackMessage(
            $"{emoji} {SlackText.Escape($"{alert.Title}: {alert.Reason}", FallbackLimit)}",
            [Header($"{emoji} {alert.Title}")],
            [new SlackAttachment(colour, blocks)]);
    }

    /// <summary>The message for several alerts, a line each; at most <see cref="LargestDigest"/>.</summary>
    public static SlackMessage OfDigest(IReadOnlyList<OutboxItem> items)
    {
        var title = $"{items.Count} alerts that waited for this channel";
        var blocks = items
            .Select(item => $"{Look(item.Alert.Kind).Emoji} {SlackText.Escape(AlertText.OneLine(item.Alert), DigestLineLimit)}")
            .Chunk(DigestLinesPerSection)
            .Select(lines => Section(string.Join('\n', lines)))
            .Append(Footer($"from {AlertText.At(items[0].Alert.At)} to {AlertText.At(items[^1].Alert.At)} · dnsfailover · alerts {items[0].Id} to {items[^1].Id}"))
            .ToList();
        return new SlackMessage(
            $":bookmark_tabs: {title}, the first: {SlackText.Escape(items[0].Alert.Title, FallbackLimit)}",
            [Header($":bookmark_tabs: {title}")],
            [new SlackAttachment("#64748B", blocks)]);
    }

    private static (string Emoji, string Colour) Look(AlertKind kind) => kind switch
    {
        AlertKind.Failover => (":rotating_light:", "#DC2626"),
        AlertKind.Failback => (":leftwards_arrow_with_hook:", "#16A34A"),
        AlertKind.Shift => (":twisted_rightwards_arrows:", "#2563EB"),
        AlertKind.AllDown => (":fire:", "#991B1B"),
        AlertKind.RedundancyLost => (":warning:", "#D97706"),
        AlertKind.Refused => (":no_entry:", "#EA580C"),
        AlertKind.Blind => (":see_no_evil:", "#D97706"),
        AlertKind.Frozen => (":ice_cube:", "#EA580C"),
        AlertKind.Drift => (":ocean:", "#D97706"),
        AlertKind.JournalDamaged => (":floppy_disk:", "#D97706"),
        AlertKind.ReloadRejected => (":page_facing_up:", "#D97706"),
        AlertKind.Override => (":construction_worker:", "#7C3AED"),
        AlertKind.Unverified => (":hourglass_flowing_sand:", "#D97706"),
        AlertKind.Recovered => (":white_check_mark:", "#16A34A"),
        AlertKind.Reminder => (":clock3:", "#D97706"),
        AlertKind.DrillPassed => (":dart:", "#16A34A"),
        AlertKind.DrillFailed => (":fire_extinguisher:", "#EA580C"),
        AlertKind.Test => (":wave:", "#64748B"),
        _ => (":bell:", "#64748B"),
    };

    private static List<SlackTextObject> Fields(Alert alert) =>
        [.. AlertFacts.Of(alert).Select(fact => Markdown($"*{fact.Label}*\n{SlackText.Escape(fact.Value, FieldLimit)}"))];

    private static SlackBlock Header(string text) =>
        new("header") { Text = new SlackTextObject("plain_text", SlackText.Escape(text, HeaderLimit)) { Emoji = true } };

    private static SlackBlock Section(string text) => new("section") { Text = Markdown(text) };

    private static SlackBlock Footer(string text) => new("context") { Elements = [Markdown(text)] };

    // Verbatim: Slack shall not make links or mentions out of names that stand in a text.
    private static SlackTextObject Markdown(string text) => new("mrkdwn", text) { Verbatim = true };
}

/// <summary>Blocks beside a coloured bar.</summary>
internal sealed record SlackAttachment(string Color, IReadOnlyList<SlackBlock> Blocks);

/// <summary>A header, a section or a context.</summary>
internal sealed record SlackBlock(string Type)
{
    /// <summary>Its text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SlackTextObject? Text { get; init; }

    /// <summary>Short texts in two columns, at most ten.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SlackTextObject>? Fields { get; init; }

    /// <summary>The texts of a context.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SlackTextObject>? Elements { get; init; }
}

/// <summary>A text: <c>plain_text</c> or <c>mrkdwn</c>.</summary>
internal sealed record SlackTextObject(string Type, string Text)
{
    /// <summary>Whether <c>:fire:</c> is a picture; of plain text only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Emoji { get; init; }

    /// <summary>Whether plain parts stay as they are; of mrkdwn only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Verbatim { get; init; }
}
