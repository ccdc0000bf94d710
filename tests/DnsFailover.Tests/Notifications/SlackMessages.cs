using System.Text.Json;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using DnsFailover.Notifications;
using DnsFailover.Tests.Journal;

namespace DnsFailover.Tests.Notifications;

public sealed class SlackMessages
{
    public static TheoryData<string> Kinds => [.. Enum.GetNames<AlertKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_fits_Slacks_limits_even_with_absurd_texts(string kindName)
    {
        var kind = Enum.Parse<AlertKind>(kindName);
        foreach (var filler in new[] { "x", "&", "<", "😀", "a\n", " " })
        {
            var huge = string.Concat(Enumerable.Repeat(filler, 20_000));
            var alert = Samples.FullAlert with
            {
                Kind = kind,
                Title = huge,
                From = huge,
                To = huge,
                Reason = huge,
                Next = huge,
                Evidence = Enumerable.Range(0, 100).Select(i => $"{i} {huge}").ToValueList(),
            };
            AssertFits(SlackMessage.Of(new OutboxItem(1, "slack", alert), []));
            AssertFits(SlackMessage.OfDigest([.. Enumerable.Range(0, SlackMessage.LargestDigest).Select(i => new OutboxItem(i, "slack", alert))]));
        }

        AssertFits(SlackMessage.Of(new OutboxItem(1, "slack", Samples.SmallAlert with { Kind = kind, Title = "", Reason = "", Next = "", From = "" }), []));
    }

    [Fact]
    public void Each_kind_looks_different_from_every_other()
    {
        var looks = Enum.GetValues<AlertKind>().Select(kind => SlackMessage.Of(new OutboxItem(1, "slack", Samples.FullAlert with { Kind = kind }), []).Blocks[0].Text!.Text.Split(' ')[0]);
        Assert.Distinct(looks);
        Assert.DoesNotContain(":bell:", looks);
    }

    [Fact]
    public void A_failover_tells_the_whole_story()
    {
        var message = Json(SlackMessage.Of(new OutboxItem(42, "slack", Samples.FullAlert), []));
        const string Expected = """
            {
              "text": ":rotating_light: api.example.com failed over from railway to render: 3 failures in a row, last: connection refused by 192.0.2.1:443",
              "blocks": [
                { "type": "header", "text": { "type": "plain_text", "text": ":rotating_light: api.example.com failed over from railway to render", "emoji": true } }
              ],
              "attachments": [
                {
                  "color": "#DC2626",
                  "blocks": [
                    {
                      "type": "section",
                      "fields": [
                        { "type": "mrkdwn", "text": "*Service*\napi.example.com", "verbatim": true },
                        { "type": "mrkdwn", "text": "*From → to*\nrailway (192.0.2.1) → render (198.51.100.1)", "verbatim": true },
                        { "type": "mrkdwn", "text": "*Time*\ndetected in 2.1 s · decided in 12 ms · written in 40 ms · verified in 8 ms", "verbatim": true },
                        { "type": "mrkdwn", "text": "*Downtime*\n3 min 12 s", "verbatim": true }
                      ]
                    },
                    { "type": "section", "text": { "type": "mrkdwn", "text": "*Why*\n3 failures in a row, last: connection refused by 192.0.2.1:443", "verbatim": true } },
                    { "type": "section", "text": { "type": "mrkdwn", "text": "*Evidence*\n• railway (192.0.2.1): connection refused\n• render (198.51.100.1): status 200 in 34 ms", "verbatim": true } },
                    { "type": "section", "text": { "type": "mrkdwn", "text": "*What happens next:* Traffic goes back 5 min after railway is Up again.", "verbatim": true } },
                    { "type": "context", "elements": [ { "type": "mrkdwn", "text": "2026-07-29 12:00:00 UTC · dnsfailover · alert 42", "verbatim": true } ] }
                  ]
                }
              ],
              "unfurl_links": false,
              "unfurl_media": false
            }
            """;
        Assert.Equal(JsonSerializer.Serialize(JsonDocument.Parse(Expected).RootElement), JsonSerializer.Serialize(message));
    }

    [Fact]
    public void Nothing_in_an_alert_can_mention_people_or_make_a_link()
    {
        const string Attack = "<!channel> <https://evil.example|click> & @here";
        var alert = Samples.FullAlert with { Title = Attack, Reason = Attack, Evidence = [Attack], From = Attack, To = Attack, Next = Attack };
        foreach (var text in Texts(Json(SlackMessage.Of(new OutboxItem(1, "slack", alert), []))).Concat(Texts(Json(SlackMessage.OfDigest([new OutboxItem(1, "slack", alert), new OutboxItem(2, "slack", alert)])))))
        {
            Assert.DoesNotContain('<', text);
            Assert.DoesNotContain('>', text);
        }
    }

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "ab…")]
    [InlineData("a&b", 7, "a&amp;b")]
    [InlineData("a&b", 6, "a…")]
    [InlineData("ab😀", 3, "ab…")]
    [InlineData("ab😀", 4, "ab😀")]
    [InlineData("", 5, "–")]
    public void A_text_is_cut_between_characters_and_escapes(string text, int limit, string expected) => Assert.Equal(expected, SlackText.Escape(text, limit));

    [Fact]
    public void Evidence_that_does_not_fit_is_counted()
    {
        var text = SlackText.List("*Evidence*", [.. Enumerable.Range(0, 100).Select(i => $"line {i} {new string('x', 500)}")], 300, 2900);
        Assert.EndsWith("• … and 91 more", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 2000, 2900);
    }

    /// <summary>The documented limits: https://docs.slack.dev/reference/block-kit/blocks.</summary>
    private static void AssertFits(SlackMessage message)
    {
        var json = Json(message);
        var blocks = json.GetProperty("blocks").EnumerateArray().Concat(json.GetProperty("attachments").EnumerateArray().SelectMany(attachment => attachment.GetProperty("blocks").EnumerateArray())).ToList();
        Assert.InRange(blocks.Count, 1, 50);
        foreach (var block in blocks)
        {
            switch (block.GetProperty("type").GetString())
            {
                case "header":
                    Assert.InRange(Length(block.GetProperty("text")), 1, 150);
                    break;
                case "section" when block.TryGetProperty("fields", out var fields):
                    Assert.InRange(fields.GetArrayLength(), 1, 10);
                    Assert.All(fields.EnumerateArray(), field => Assert.InRange(Length(field), 1, 2000));
                    break;
                case "section":
                    Assert.InRange(Length(block.GetProperty("text")), 1, 3000);
                    break;
                case "context":
                    Assert.InRange(block.GetProperty("elements").GetArrayLength(), 1, 10);
                    break;
                case var other:
                    Assert.Fail($"unexpected block {other}");
                    break;
            }
        }

        Assert.InRange(Texts(json).Sum(text => text.Length), 1, 13_000);
    }

    private static int Length(JsonElement text) => text.GetProperty("text").GetString()!.Length;

    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Texts(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [element.GetString()!],
        _ => [],
    };

    private static JsonElement Json(SlackMessage message) => JsonSerializer.SerializeToElement(message, NotificationJson.Readable.SlackMessage);
}
