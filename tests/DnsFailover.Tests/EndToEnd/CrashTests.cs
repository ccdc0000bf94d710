using DnsFailover.Core.Journal;
using DnsFailover.Tests.Notifications;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>The daemon is killed without warning at one moment of a switch, started again, and must get where it was going.</summary>
public sealed class CrashTests(NamedFixture fixture) : IClassFixture<NamedFixture>
{
    private const string Primary = "127.0.0.2";
    private const string Standby = "127.0.0.3";

    /// <summary>When it is killed: the line of its log that it is killed at. The first is not of the daemon but of the script.</summary>
    public static TheoryData<string> Moments => ["the primary's death", "is suspected", "is Down", "dnsfailover: the record's change", "verified, written in"];

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Killed_at_any_moment_of_a_switch_it_converges_without_a_flap_or_a_lost_alert(string moment)
    {
        var named = await fixture.GetAsync(TestContext.Current.CancellationToken);
        var name = $"crash-{string.Concat(moment.Where(char.IsAsciiLetterLower))}.example.test";
        await named.ReplaceAsync(name, "A", 42, [Primary], TestContext.Current.CancellationToken);
        await using var primary = await WebEndpoint.StartAsync(Primary);
        await using var standby = await WebEndpoint.StartAsync(Standby);
        await using var hook = await Receiver.StartAsync();
        using var place = new Workplace();
        place.Write($$"""
            providers:
              bind: {{Workplace.Rfc2136(named)}}
            defaults: { {{Workplace.Quick}} }
            services:
              - name: {{name}}
                endpoints:
                  - {{primary.Yaml("primary")}}
                  - {{standby.Yaml("standby")}}
            notifications:
              hook: {type: webhook, url: "{{hook.Url}}"}
            """);
        await using var watch = await NameWatch.StartAsync(named.EndPoint, name);

        await using (var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, ("TSIG_SECRET", named.KeySecret)))
        {
            await daemon.SaysAsync("is Up", times: 2);
            await primary.KillAsync();
            await (moment switch
            {
                "the primary's death" => Task.CompletedTask,
                "dnsfailover: the record's change" => watch.ShowsAsync(Standby, () => daemon.Said),
                _ => daemon.SaysAsync(moment),
            });
            await daemon.KillAsync();
        }

        await using (var daemon = await DaemonProcess.RunAsync(place.Config, place.Data, ("TSIG_SECRET", named.KeySecret)))
        {
            await watch.ShowsAsync(Standby, () => daemon.Said);
            await Eventually.HoldsAsync(() => hook.Requests.Any(request => request.Title.Contains("failed over", StringComparison.Ordinal)), () => $"the alert; it said\n{daemon.Said}");

            // It is calm now: everything is known, and nothing is left to be done.
            await daemon.SaysAsync("primary (127.0.0.2) is Down");
            await daemon.SignalAsync("TERM");
            Assert.Equal(0, await daemon.EndsAsync());
        }

        Assert.Equal([Primary, Standby], watch.Answers);
        Assert.Equal([$"42 {Standby}"], await named.DigAsync(name, "A", TestContext.Current.CancellationToken));

        // An alert may be sent again when the crash fell between its delivery and the note of it; it has the same number then.
        Assert.Single(hook.Requests.DistinctBy(request => request.Json.GetProperty("id").GetInt64()), request => request.Title.Contains("failed over", StringComparison.Ordinal));
        Assert.Single((await place.JournalAsync()).OfType<OutcomeRecorded>(), outcome => outcome.Result == ChangeResult.Verified);
    }
}
