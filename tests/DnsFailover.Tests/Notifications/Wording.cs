using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Notifications;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Journal;

namespace DnsFailover.Tests.Notifications;

/// <summary>
/// What a paged person reads, word by word, from the top: what happened, what is served now, why, what happens next. Who
/// changes a sentence changes it here.
/// </summary>
public sealed class Wording
{
    private static readonly PageLinks Links = new(new Uri("https://failover.example.com/"));

    [Fact]
    public void In_Slack() => Same("Slack.txt", alert =>
    {
        var message = SlackMessage.Of(Story.Item(alert), Links.Of(alert));
        var blocks = message.Blocks.Concat(message.Attachments.SelectMany(attachment => attachment.Blocks));
        return blocks.SelectMany(block => new[] { block.Text?.Text }.Concat((block.Fields ?? block.Elements ?? []).Select(text => text.Text.Replace("\n", ": ", StringComparison.Ordinal))));
    });

    [Fact]
    public void In_Discord() => Same("Discord.txt", alert =>
    {
        var message = DiscordMessage.Of(Story.Item(alert), Links.Of(alert));
        return message.Embeds.SelectMany(embed => embed.Fields!.Select(field => $"{field.Name}: {field.Value}").Append(embed.Footer.Text)).Prepend(message.Content);
    });

    [Fact]
    public void In_Teams() => Same("Teams.txt", alert =>
    {
        var card = TeamsMessage.Of(Story.Item(alert), Links.Of(alert)).Attachments.Single().Content;
        return card.Body.SelectMany(element => element.Facts?.Select(fact => $"{fact.Title}: {fact.Value}") ?? [$"{element.Text}{(element.Color is null ? string.Empty : $"  ({element.Color})")}"])
            .Concat((card.Actions ?? []).Select(action => $"[{action.Title}] {action.Url}"));
    });

    [Fact]
    public void In_PagerDuty() => Same("PagerDuty.txt", alert =>
    {
        var sent = PagerDutyEvent.Of(alert.Incident is { Ends: true } ? "resolve" : "trigger", "key", PagerDutyNotifier.DedupKey(Story.Item(alert)), alert, Links);
        var details = sent.Payload.Details;
        return
        [
            $"{sent.EventAction} {sent.Payload.Severity} {sent.Payload.Class} {sent.Payload.Source} {sent.DedupKey}",
            sent.Payload.Summary,
            details.Served,
            details.Why,
            .. details.Evidence,
            details.Time,
            details.Next,
            .. sent.Links!.Select(link => $"{link.Text}: {link.Href}"),
        ];
    });

    [Fact]
    public async Task In_mail()
    {
        await using var smtp = new SmtpFake();
        var channel = new EmailNotifier(new EmailChannel("ops", "127.0.0.1", smtp.Port, MailSecurity.None, "failover@example.org", ["alice@example.com"]), Links);
        foreach (var alert in Story.All)
        {
            await channel.SendAsync(Story.Item(alert), TestContext.Current.CancellationToken);
        }

        var mails = smtp.Taken.Select(taken => MimeKit.MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(taken.Mail)), TestContext.Current.CancellationToken)).ToList();
        Assert.Equal(Story.All.Count, mails.Count);
        Same("Mail.txt", alert => [$"Subject: {mails[Story.All.ToList().IndexOf(alert)].Subject} ({mails[Story.All.ToList().IndexOf(alert)].Priority})", mails[Story.All.ToList().IndexOf(alert)].TextBody!.ReplaceLineEndings("\n").TrimEnd()]);
    }

    [Fact]
    public void A_link_is_made_only_where_there_is_a_page_and_something_to_do()
    {
        Assert.Empty(new PageLinks(null).Of(Story.Refused));
        Assert.Equal(["Open the status page https://failover.example.com/#/services/api.example.com"], Links.Of(Story.Recovered).Select(link => $"{link.Text} {link.Address}"));
        Assert.Equal(["https://failover.example.com/ops/"], new PageLinks(new Uri("https://failover.example.com/ops")).Of(Samples.SmallAlert).Select(link => link.Address));
        Assert.Contains("Approve the failback https://failover.example.com/#/services/api.example.com?do=approve", Links.Of(Story.Reminder).Select(link => $"{link.Text} {link.Address}"));
    }

    private static void Same(string file, Func<Alert, IEnumerable<string?>> read) =>
        Pinned.Equal(string.Join("\n\n", Story.All.Select(alert => string.Join('\n', read(alert).Where(line => !string.IsNullOrEmpty(line))))) + "\n", "tests", "DnsFailover.Tests", "Notifications", "Wording", file);
}
