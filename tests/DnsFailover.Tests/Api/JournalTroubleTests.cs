using DnsFailover.Api;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using DnsFailover.Schedules;
using DnsFailover.Tests.Control;
using DnsFailover.Tests.EndToEnd;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Api;

/// <summary>A journal that is damaged or full is told, and stops nothing that can go on.</summary>
public sealed class JournalTroubleTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_damaged_journal_is_kept_aside_a_fresh_one_is_started_and_an_alert_says_so()
    {
        await using var endpoint = await WebEndpoint.StartAsync("127.0.0.2");
        using var place = new Workplace();
        place.Write($$"""
            providers:
              local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
            notifications:
              hook: {type: webhook, url: "http://127.0.0.1:1/"}
            api: {listen: "127.0.0.1:0"}
            defaults: { {{Workplace.Quick}} }
            services:
              - name: api.go.test
                endpoints: [{{endpoint.Yaml("only")}}]
            """);
        Directory.CreateDirectory(place.Data);
        var journal = Path.Combine(place.Data, "journal.db");
        await File.WriteAllTextAsync(journal, new string('x', 10_000), Ct);

        await using (var daemon = await RunningDaemon.StartAsync(place.Config, place.Data))
        {
            await daemon.VerifiedAsync(1);
            using var http = new HttpClient { BaseAddress = daemon.Daemon.Addresses[0] };
            await Eventually.HoldsAsync(async () => (await http.GetAsync("/healthz/ready", Ct)).IsSuccessStatusCode, () => "it is ready all the same");
        }

        Assert.Equal(10_000, new FileInfo(Assert.Single(Directory.GetFiles(place.Data, "journal.db.damaged-*"))).Length);
        await using var fresh = SqliteJournal.Open(place.Data, ["hook"], TimeProvider.System, NullLogger<SqliteJournal>.Instance);
        var told = Assert.Single(await fresh.PendingAsync("hook", 100, Ct), item => item.Alert.Kind == AlertKind.JournalDamaged).Alert;
        Assert.Contains("it is kept aside as ", told.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_journal_is_full_it_is_said_at_the_top_and_no_longer_when_there_is_space()
    {
        var service = Sample.Service("api.example.com");
        await using var loop = new RunningLoop();
        loop.Dns[service.Name] = Sample.Active;
        loop.Start(service);
        await loop.SettleAsync(service);
        await using var journal = SqliteJournal.Open(null, [], TimeProvider.System, NullLogger<SqliteJournal>.Instance);
        var model = new ReadModel(loop.Loop, () => new WindowCalendar([]), new RecentObservations(), new JournalLookups(journal), loop.Directory, TimeProvider.System);
        string? Said() => model.Report().Services(new ServiceFilter(), 0).Daemon.Journal;
        await Eventually.HoldsAsync(() => Said() is null, "everything is recorded");

        loop.Journal.Failure = new JournalException("the disk that holds the journal is full: free some space there");
        loop.Fail(service);
        await Eventually.HoldsAsync(() => Said() == "the disk that holds the journal is full: free some space there", () => $"it is said; it was: {Said()}");

        loop.Journal.Failure = null;
        await Eventually.HoldsAsync(() => Said() is null, "everything is recorded again");
    }
}
