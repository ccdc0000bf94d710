using System.Globalization;
using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Notifications;
using DnsFailover.Tests.Notifications;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Journal;

/// <summary>Which alerts make one story, who hears it, and that a restart changes nothing of that.</summary>
public sealed class Incidents : IAsyncDisposable
{
    private static readonly DnsName Other = DnsName.Parse("www.example.com");
    private static readonly AlertRoute Chat = new("chat");
    private static readonly AlertRoute Pager = new("pager") { AtLeast = AlertSeverity.Error };
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new(Samples.Noon);
    private SqliteJournal _journal;

    public Incidents() => _journal = Open([Chat, Pager]);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Alert RedundancyLost => Bare(Story.RedundancyLost);

    private static Alert Failover => Bare(Story.Failover);

    private static Alert Failback => Bare(Story.Recovered);

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_story_goes_on_after_a_restart_in_the_thread_where_it_began()
    {
        await WriteAsync(Failover);
        var first = (await PendingAsync("chat")).Single();
        Assert.Equal((true, false, null), (first.Alert.Incident!.Opens, first.Alert.Incident.Ends, first.Thread));
        Assert.Equal("api.example.com/1785326400000", first.Alert.Incident.Id);
        await _journal.DeliveredAsync(first, "thread 1", Ct);
        await RestartAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await WriteAsync(Failback with { Kind = AlertKind.Recovered, StillWrong = ["not back yet"] });
        await WriteAsync(Failback);
        var rest = await PendingAsync("chat");
        Assert.Equal(["api.example.com/1785326400000 thread 1 False", "api.example.com/1785326400000 thread 1 True"], rest.Select(item => $"{item.Alert.Incident!.Id} {item.Thread} {item.Alert.Incident.Ends}"));
        Assert.Empty(await _journal.OpenAsync(Ct));
        await WriteAsync(Failover with { At = Samples.Noon.AddHours(1) });
        Assert.Equal(("api.example.com/1785330000000", null), ((await PendingAsync("chat"))[2].Alert.Incident!.Id, (await PendingAsync("chat"))[2].Thread));
    }

    [Fact]
    public async Task The_bot_goes_on_in_its_thread_after_the_daemon_was_restarted()
    {
        await using var slack = await SlackFake.StartAsync();
        var channels = new Dictionary<string, ChannelDefinition> { ["chat"] = new SlackBotChannel("chat", Secret.Literal(SlackFake.Token), "#alerts", new Uri(slack.BaseUrl, "api/")) };
        await WriteAsync(Failover);
        await using (var sender = new NotificationSender(_journal, TimeProvider.System, NullLogger<NotificationSender>.Instance))
        {
            sender.Replace(channels);
            await SettledAsync("chat");
        }

        await RestartAsync();
        await WriteAsync(Failback);
        await using (var sender = new NotificationSender(_journal, TimeProvider.System, NullLogger<NotificationSender>.Instance))
        {
            sender.Replace(channels);
            await SettledAsync("chat");
        }

        Assert.Equal([null, "1785326400.000000"], slack.Taken.Select(message => message.TryGetProperty("thread_ts", out var ts) ? ts.GetString() : null));
    }

    [Fact]
    public async Task Of_alerts_that_are_written_together_only_the_last_is_the_end()
    {
        await WriteAsync(Failover);
        await WriteAsync(Failback with { Kind = AlertKind.Recovered }, Failover with { Service = Other }, Failback);
        Assert.Equal(["True False", "False False", "True False", "False True"], (await PendingAsync("chat")).Select(item => $"{item.Alert.Incident!.Opens} {item.Alert.Incident.Ends}"));
        Assert.Equal([Other], (await _journal.OpenAsync(Ct)).Select(open => open.Service!.Value));
    }

    [Fact]
    public async Task Who_was_paged_hears_of_the_end_and_who_was_not_does_not()
    {
        await WriteAsync(RedundancyLost);
        await WriteAsync(Failback);
        Assert.Empty(await PendingAsync("pager"));
        await WriteAsync(RedundancyLost with { At = Samples.Noon.AddMinutes(1) });
        await WriteAsync(Failover with { At = Samples.Noon.AddMinutes(2) });
        await RestartAsync();
        await WriteAsync(Failback with { Kind = AlertKind.Recovered, StillWrong = ["not back yet"] });
        await WriteAsync(Failback);
        Assert.Equal([AlertKind.Failover, AlertKind.Failback], (await PendingAsync("pager")).Select(item => item.Alert.Kind));
        Assert.Equal(6, (await PendingAsync("chat")).Count);
    }

    [Fact]
    public async Task A_channel_hears_the_kinds_and_services_that_it_is_there_for()
    {
        await _journal.SetRoutesAsync(
            new AlertRoutes([Chat with { Kinds = [AlertKind.AllDown] }, Pager], new Dictionary<DnsName, ValueList<string>> { [Other] = ["pager"], [Samples.Api] = [] }), Ct);
        await WriteAsync(Failover, Failover with { Service = Other }, Failover with { Service = Other, Kind = AlertKind.AllDown }, Samples.SmallAlert with { Kind = AlertKind.Frozen });
        Assert.Empty(await PendingAsync("chat"));
        Assert.Equal([$"{Other}", $"{Other}", "the daemon"], (await PendingAsync("pager")).Select(item => item.Alert.Service?.ToString() ?? "the daemon"));
    }

    [Fact]
    public async Task What_says_nothing_of_the_state_neither_opens_nor_ends()
    {
        await WriteAsync(Samples.FullAlert);
        Assert.Empty(await _journal.OpenAsync(Ct));
        await WriteAsync(Failover);
        await WriteAsync(Samples.SmallAlert with { Service = Samples.Api, Kind = AlertKind.DrillPassed });
        Assert.Single(await _journal.OpenAsync(Ct));
    }

    [Fact]
    public async Task A_reminder_comes_after_a_silence_and_ever_more_rarely_and_only_to_who_was_told()
    {
        var (state, watch) = await RejectedAsync();
        await using var running = watch;
        for (var minutes = 0; minutes < 60 * 24 * 3; minutes += 5)
        {
            await watch.LookAsync(Ct);
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        var told = (await PendingAsync("chat")).Select(item => item.Alert).ToList();
        Assert.Equal(
            ["0 h ReloadRejected", "4 h Reminder", "12 h Reminder", "28 h Reminder", "52 h Reminder"],
            told.Select(alert => string.Create(CultureInfo.InvariantCulture, $"{(alert.At - Samples.Noon).TotalHours:0} h {alert.Kind}")));
        Assert.Equal("failover.yaml has been rejected for 12 h", told[2].Title);
        Assert.Single(told.Select(alert => alert.Incident!.Id).Distinct());
        Assert.Empty(await PendingAsync("pager"));
        Assert.NotNull(state.ReloadRejected);
    }

    [Fact]
    public async Task Without_remindEvery_nobody_is_reminded()
    {
        var (_, watch) = await RejectedAsync();
        await using var running = watch;
        watch.RemindEvery = null;
        _time.Advance(TimeSpan.FromDays(3));
        await watch.LookAsync(Ct);
        Assert.Single(await PendingAsync("chat"));
    }

    [Fact]
    public async Task What_is_over_without_a_word_is_ended_but_not_while_the_word_may_be_on_its_way()
    {
        var (state, watch) = await RejectedAsync();
        var (over, _) = Controller.Step(state, new ControllerEvent.ConfigurationLoaded(state.Configuration, "loaded"), _time.GetUtcNow());
        await using var running = watch;
        await using var later = new IncidentWatch(() => over, _journal, _journal, _time, NullLogger<IncidentWatch>.Instance);
        await later.LookAsync(Ct);
        Assert.Single(await PendingAsync("chat"));
        await later.LookAsync(Ct);
        await later.LookAsync(Ct);
        Assert.Equal([AlertKind.ReloadRejected, AlertKind.Recovered], (await PendingAsync("chat")).Select(item => item.Alert.Kind));
        Assert.Empty(await _journal.OpenAsync(Ct));
    }

    [Fact]
    public async Task A_reminder_of_what_has_ended_meanwhile_is_not_told()
    {
        await WriteAsync(Failover);
        var open = (await _journal.OpenAsync(Ct)).Single();
        await WriteAsync(Failback);
        await WriteAsync(Story.Reminder with { Incident = open.Incident });
        Assert.Equal(2, (await PendingAsync("chat")).Count);
    }

    private static Alert Bare(Alert alert) => alert with { Incident = null };

    private async Task<(ControllerState State, IncidentWatch Watch)> RejectedAsync()
    {
        var (started, _) = Controller.Start(new ControllerConfiguration([], TimeSpan.FromMinutes(5)), [], _time.GetUtcNow());
        var (state, effects) = Controller.Step(started, new ControllerEvent.ConfigurationRejected("line 3"), _time.GetUtcNow());
        await WriteAsync([.. effects.OfType<Effect.Record>().SelectMany(record => record.Alerts)]);
        return (state, new IncidentWatch(() => state, _journal, _journal, _time, NullLogger<IncidentWatch>.Instance) { RemindEvery = TimeSpan.FromHours(4) });
    }

    private SqliteJournal Open(IReadOnlyList<AlertRoute> routes) =>
        SqliteJournal.Open(_directory.Path, new AlertRoutes(routes, new Dictionary<DnsName, ValueList<string>>()), _time, NullLogger<SqliteJournal>.Instance);

    private async Task RestartAsync()
    {
        await _journal.DisposeAsync();
        _journal = Open([Chat, Pager]);
    }

    private Task WriteAsync(params Alert[] alerts) => _journal.WriteAsync([], alerts, Ct);

    private Task<IReadOnlyList<OutboxItem>> PendingAsync(string channel) => _journal.PendingAsync(channel, 100, Ct);

    private Task SettledAsync(string channel) => Eventually.HoldsAsync(() => PendingAsync(channel).GetAwaiter().GetResult().Count == 0, () => "an empty outbox");
}
