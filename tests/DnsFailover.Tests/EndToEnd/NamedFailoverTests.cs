using System.Text.Json;
using System.Text.RegularExpressions;
using DnsFailover.Core.Journal;
using DnsFailover.Tests.Notifications;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>The main job from end to end: the real program, a real BIND, real web servers, a Slack that is a web server.</summary>
public sealed partial class NamedFailoverTests
{
    private const string Name = "api.example.test";
    private const string Primary = "127.0.0.2";
    private const string Standby = "127.0.0.3";
    private static readonly TimeSpan MinActiveTime = TimeSpan.FromSeconds(6);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_at_BIND_fails_over_stays_through_a_crash_of_the_daemon_and_fails_back()
    {
        await using var named = await NamedServer.StartAsync("example.test", new NamedOptions { Records = Records }, Ended);
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        await using var slack = await Receiver.StartAsync();
        using var place = new Workplace();
        place.Write($$"""
            providers:
              bind: {{Workplace.Rfc2136(named)}}
            defaults: { {{Workplace.Quick}} }
            services:
              - name: {{Name}}
                minActiveTime: {{MinActiveTime.TotalSeconds}}s
                endpoints:
                  - {{primary.Yaml("primary")}}
                  - {{standby.Yaml("standby")}}
            notifications:
              slack: {webhook: "${SLACK_WEBHOOK}"}
            """);
        (string, string)[] environment = [("TSIG_SECRET", named.KeySecret), ("SLACK_WEBHOOK", slack.Url)];
        var others = await OthersAsync(named);
        await using var watch = await NameWatch.StartAsync(named.EndPoint, Name);

        // Up, kill, switch.
        await using (var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, environment))
        {
            await daemon.SaysAsync("is Up", times: 2);
            await primary.KillAsync();
            await watch.ShowsAsync(Standby, () => daemon.Said);
            Assert.Equal([$"77 {Standby}"], await named.DigAsync(Name, "A", Ended));
            await daemon.SaysAsync("verified, written in");
            await slack.WaitForAsync(1);
            await daemon.KillAsync();
        }

        // Restart while failed over; back.
        await using (var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, environment))
        {
            await daemon.SaysAsync("standby (127.0.0.3) is Up");
            await daemon.SaysAsync("primary (127.0.0.2) is Down");
            await primary.StartAsync();
            await watch.ShowsAsync(Primary, () => daemon.Said);
            await Eventually.HoldsAsync(() => slack.Requests.Any(request => request.Body.Contains("failed back", StringComparison.Ordinal)), () => $"the message of the failback; it said\n{daemon.Said}");
            await daemon.SignalAsync("TERM");
            Assert.Equal(0, await daemon.EndsAsync());
            Assert.DoesNotContain(named.KeySecret, daemon.Said, StringComparison.Ordinal);
        }

        Assert.Equal([$"77 {Primary}"], await named.DigAsync(Name, "A", Ended));
        Assert.Equal([Primary, Standby, Primary], watch.Answers);
        Assert.True(watch.Seen[2].At - watch.Seen[1].At > MinActiveTime - TimeSpan.FromMilliseconds(200), $"minActiveTime did not survive the restart: failed back {watch.Seen[2].At - watch.Seen[1].At} after the failover");
        Assert.Equal(others, await OthersAsync(named));
        AssertSlack(slack);
        await AssertJournalAsync(place);
    }

    private static string Records => $"""
        api 77 IN A {Primary}
        api IN TXT "not ours"
        api IN MX 10 mail
        www 120 IN A 192.0.2.80
        mail 300 IN A 192.0.2.25
        """;

    /// <summary>Everything that the daemon has no business with.</summary>
    private static async Task<string[]> OthersAsync(NamedServer named) =>
    [
        .. await named.DigAsync(Name, "TXT", Ended),
        .. await named.DigAsync(Name, "MX", Ended),
        .. await named.DigAsync(Name, "AAAA", Ended),
        .. await named.DigAsync("www.example.test", "A", Ended),
        .. await named.DigAsync("mail.example.test", "A", Ended),
        .. await named.DigAsync("example.test", "NS", Ended),
    ];

    private static void AssertSlack(Receiver slack)
    {
        // A message may come again when the crash fell between its delivery and the note of it; it has the same number then.
        var messages = slack.Requests.Select(request => request.Json).DistinctBy(message => AlertNumber().Match(message.GetRawText()).Value).ToList();
        Assert.Equal(3, messages.Count);
        Assert.StartsWith(":rotating_light: api.example.test failed over from primary (127.0.0.2) to standby (127.0.0.3): ", Text(messages[0]), StringComparison.Ordinal);
        Assert.StartsWith(":white_check_mark: api.example.test: primary (127.0.0.2) is up again after ", Text(messages[1]), StringComparison.Ordinal);
        Assert.StartsWith(":leftwards_arrow_with_hook: api.example.test failed back from standby (127.0.0.3) to primary (127.0.0.2): ", Text(messages[2]), StringComparison.Ordinal);

        var failover = messages[0].GetRawText();
        Assert.Contains("primary (127.0.0.2) → standby (127.0.0.3)", failover, StringComparison.Ordinal);
        Assert.Matches(@"\*Time\*\\ndetected in [0-9.]+ m?s · decided in [0-9.]+ m?s · written in [0-9.]+ m?s · verified in [0-9.]+ m?s", failover);
        Assert.Contains("connection refused by 127.0.0.2:", failover, StringComparison.Ordinal);
        Assert.Contains("standby (127.0.0.3): status 200", failover, StringComparison.Ordinal);
        Assert.Contains("Traffic returns once the preferred endpoint has been up for 300 ms.", failover, StringComparison.Ordinal);
        Assert.Contains("*Downtime*", messages[1].GetRawText(), StringComparison.Ordinal);
        Assert.Contains("written in", messages[2].GetRawText(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"alert [0-9]+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex AlertNumber();

    private static string Text(JsonElement message) => message.GetProperty("text").GetString()!;

    /// <summary>One journal tells the whole story, across the crash.</summary>
    private static async Task AssertJournalAsync(Workplace place)
    {
        var entries = await place.JournalAsync();
        Assert.Equal(
            ["Failover from primary (127.0.0.2) to standby (127.0.0.3)", "Failback from standby (127.0.0.3) to primary (127.0.0.2)"],
            entries.OfType<IntentRecorded>().Select(intent => $"{intent.Decision} from {intent.From} to {intent.To}"));
        Assert.Equal([ChangeResult.Verified, ChangeResult.Verified], entries.OfType<OutcomeRecorded>().Select(outcome => outcome.Result));
        Assert.True(entries.OfType<IntentRecorded>().Select(intent => intent.Change.Id).Distinct().Count() == 2, "the numbers of changes go on after a restart");
    }
}
