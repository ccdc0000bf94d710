using System.Text.Json.Serialization;
using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>
/// A message for a Discord webhook. Its limits (https://discord.com/developers/docs/resources/message#embed-object-embed-limits):
/// 2000 characters outside of embeds; in embeds 4096 for a description, 25 fields, 256 for the name and 1024 for the value of
/// one, 2048 for the footer, and 6000 for all of it.
/// </summary>
/// <param name="Content">The first line: what notifications show.</param>
/// <param name="Embeds">The rest, beside its colour.</param>
internal sealed record DiscordMessage(string Content, IReadOnlyList<DiscordEmbed> Embeds)
{
    /// <summary>What means something in Discord's Markdown, and what mentions people.</summary>
    private const string Special = "\\*_~`|>[]()#@<";

    private const int TitleLimit = 400;
    private const int FactLimit = 300;
    private const int TextLimit = 1000;
    private const int LineLimit = 200;
    private const int DigestLineLimit = 125;
    private const int DescriptionLimit = 4096;

    /// <summary>Nobody is mentioned, whatever a text says.</summary>
    [JsonPropertyName("allowed_mentions")]
    public DiscordMentions AllowedMentions { get; init; } = new([]);

    /// <summary>The message for one alert.</summary>
    public static DiscordMessage Of(OutboxItem item, IReadOnlyList<PageLink> links)
    {
        var alert = item.Alert;
        var look = AlertLook.Of(alert.Kind);
        var fields = AlertFacts.Of(alert).Select(fact => new DiscordField(fact.Label, Escape(fact.Value, FactLimit), Inline: true)).ToList();
        fields.Add(new DiscordField("Why", Escape(alert.Reason, TextLimit), Inline: false));
        if (alert.Evidence.Count > 0)
        {
            fields.Add(new DiscordField("Evidence", AlertFacts.List(alert.Evidence, LineLimit, TextLimit, Special), Inline: false));
        }

        fields.Add(new DiscordField("What happens next", Escape(alert.Next, TextLimit), Inline: false));
        if (Links(links) is { Length: > 0 } ways)
        {
            fields.Add(new DiscordField("Do something", ways, Inline: false));
        }

        return new DiscordMessage($"{look.Sign} **{Escape(alert.Title.ReplaceLineEndings(" "), TitleLimit)}**", [new DiscordEmbed(look.Rgb, Description: null, fields, new DiscordFooter(AlertFacts.Footer(alert, item.Id)))]);
    }

    /// <summary>The message for several alerts, a line each.</summary>
    public static DiscordMessage OfDigest(IReadOnlyList<OutboxItem> items)
    {
        var lines = string.Join('\n', items.Select(item => $"{AlertLook.Of(item.Alert.Kind).Sign} {Escape(AlertText.OneLine(item.Alert), DigestLineLimit)}"));
        var footer = $"from {AlertText.At(items[0].Alert.At)} to {AlertText.At(items[^1].Alert.At)} · dnsfailover · alerts {items[0].Id} to {items[^1].Id}";
        return new DiscordMessage($"📑 **{items.Count} alerts that waited for this channel**", [new DiscordEmbed(0x64748B, lines[..Math.Min(lines.Length, DescriptionLimit)], Fields: null, new DiscordFooter(footer))]);
    }

    private static string Escape(string text, int limit) => AlertFacts.Escape(text, limit, Special);

    // As many as fit: the first is the one that leads to the others.
    private static string Links(IReadOnlyList<PageLink> links)
    {
        var text = string.Empty;
        foreach (var link in links.Select(link => $"[{link.Text}]({link.Address})").TakeWhile(link => text.Length + link.Length < TextLimit))
        {
            text += text.Length == 0 ? link : $"  ·  {link}";
        }

        return text;
    }
}

/// <summary>A box beside a coloured bar.</summary>
internal sealed record DiscordEmbed(
    int Color,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<DiscordField>? Fields,
    DiscordFooter Footer);

/// <summary>A text with a heading; inline ones stand side by side.</summary>
internal sealed record DiscordField(string Name, string Value, bool Inline);

/// <summary>The last line.</summary>
internal sealed record DiscordFooter(string Text);

/// <summary>Who may be mentioned.</summary>
internal sealed record DiscordMentions(IReadOnlyList<string> Parse);
