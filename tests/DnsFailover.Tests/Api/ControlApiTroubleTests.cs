using System.Net.Sockets;
using DnsFailover.Api;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Journal;
using DnsFailover.Metrics;
using DnsFailover.Schedules;
using DnsFailover.Tests.Control;
using DnsFailover.Tests.Journal;
using DnsFailover.Tests.Notifications;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Api;

/// <summary>What is answered at the socket when the daemon is in trouble: never that something holds which may not.</summary>
public sealed class ControlApiTroubleTests : IAsyncDisposable
{
    private const string Freeze = """{"reason":"deploying","actor":"alice@laptop","for":"1h"}""";

    private static readonly ServiceDefinition Api = Sample.Service("api.example.com");

    private readonly TemporaryDirectory _data = new();

    private readonly SqliteJournal _journal = SqliteJournal.Open(null, [], TimeProvider.System, NullLogger<SqliteJournal>.Instance);

    private readonly DaemonMeter _meter = new("1");

    private readonly MetricsReader _metrics;

    public ControlApiTroubleTests() => _metrics = new MetricsReader(_meter, NullLogger<MetricsReader>.Instance);

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        _metrics.Dispose();
        _meter.Dispose();
        _data.Dispose();
    }

    [Theory]
    [InlineData("services/api.example.com/freeze")]
    [InlineData("freeze")]
    public async Task While_the_journal_cannot_be_written_it_is_said_that_a_restart_may_forget_it_and_what_hangs_on_that(string address)
    {
        await using var loop = await SettledAsync();
        await using var listening = await ListenAsync(loop, TimeProvider.System);
        using var socket = new DaemonSocket(_data.Path);
        loop.Journal.Failure = new JournalException("the disk that holds the journal is full: free some space there");

        var (status, says) = await socket.RefusedAsync("POST", address, Freeze);

        Assert.Equal((503, "it could not be made durable: the disk that holds the journal is full: free some space there. It holds while this process runs and is recorded as soon as that works; a restart before then forgets it"), (status, says));
        Assert.Single(loop.State.Overrides);
        loop.Journal.Failure = null;
        await Eventually.HoldsAsync(() => loop.Journal.Entries.OfType<OverrideBegan>().Any(), () => "it is recorded");

        loop.Journal.Failure = new JournalException("the disk is full");
        (status, says) = await socket.RefusedAsync("DELETE", address);
        Assert.Equal((503, "it could not be made durable: the disk is full. It holds while this process runs and is recorded as soon as that works; a restart before then forgets it"), (status, says));
        Assert.Empty(loop.State.Overrides);
    }

    [Fact]
    public async Task While_the_disk_hangs_it_is_not_said_that_it_holds_nor_that_it_does_not()
    {
        await using var loop = await SettledAsync();
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var listening = await ListenAsync(loop, time);
        using var socket = new DaemonSocket(_data.Path);
        var hangs = new TaskCompletionSource();
        loop.Journal.Hold = hangs.Task;
        var attempts = loop.Journal.Attempts;

        try
        {
            var asked = socket.RefusedAsync("POST", "freeze", Freeze);
            await Eventually.HoldsAsync(() => loop.Journal.Attempts > attempts, () => "it is about to be recorded");
            await time.WaitForTimerAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
            Assert.Equal(200, (await socket.AskAsync("GET", "services")).Status); // whoever only looks is answered meanwhile
            time.Advance(TimeSpan.FromSeconds(10));

            var (status, says) = await asked;
            Assert.Equal((504, "the daemon did not say within 10 s whether it took it, which happens when its disk hangs; look with 'dnsfailover status' before you say it again"), (status, says));
        }
        finally
        {
            hangs.SetResult();
        }

        await Eventually.HoldsAsync(() => loop.Journal.Entries.OfType<OverrideBegan>().Any(), () => "it was taken after all");
        Assert.Equal("deploying", (await socket.AskAsync("GET", "overrides")).Body.GetProperty("overrides")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Who_ends_it_and_why_is_journalled()
    {
        await using var loop = await SettledAsync();
        await using var listening = await ListenAsync(loop, TimeProvider.System);
        using var socket = new DaemonSocket(_data.Path);

        Assert.Equal(200, (await socket.AskAsync("POST", "freeze", Freeze)).Status);
        Assert.Equal(200, (await socket.AskAsync("DELETE", "freeze?actor=bob%40desk&reason=it%20works")).Status);

        var (began, ended) = (Assert.Single(loop.Journal.Entries.OfType<OverrideBegan>()), Assert.Single(loop.Journal.Entries.OfType<OverrideEnded>()));
        Assert.Equal(("alice@laptop", "deploying", "bob@desk", "it works"), (began.Override.Actor, began.Override.Reason, ended.Actor, ended.Reason));
    }

    [Fact]
    public async Task Before_the_first_step_it_is_asked_for_a_moment_of_patience()
    {
        await using var loop = new RunningLoop();
        loop.Prepare();
        await using var listening = await ListenAsync(loop, TimeProvider.System);
        using var socket = new DaemonSocket(_data.Path);

        Assert.Equal((503, "dnsfailover is starting; ask again in a moment"), await socket.RefusedAsync("GET", "services"));
    }

    [Fact]
    public async Task When_the_loop_has_ended_nothing_is_taken()
    {
        await using var loop = await SettledAsync();
        await using var listening = await ListenAsync(loop, TimeProvider.System);
        using var socket = new DaemonSocket(_data.Path);
        await loop.StopAsync();

        Assert.Equal((503, "it was not taken: dnsfailover is stopping"), await socket.RefusedAsync("POST", "freeze", Freeze));
    }

    [Fact]
    public async Task Connections_beyond_the_bound_are_closed_at_once_and_there_is_room_again_when_others_end()
    {
        await using var loop = await SettledAsync();
        await using var listening = await ListenAsync(loop, TimeProvider.System);
        var idle = new List<Socket>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                idle.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
                await idle[^1].ConnectAsync(new UnixDomainSocketEndPoint(ControlSocket.PathIn(_data.Path)), TestContext.Current.CancellationToken);
            }

            await Eventually.HoldsAsync(() => idle.Count(IsClosed) == 8, () => $"32 of 40 are kept; {idle.Count(IsClosed)} are closed");
            idle.ForEach(socket => socket.Dispose());
            idle.Clear();

            using var socket = new DaemonSocket(_data.Path);
            await Eventually.HoldsAsync(async () => await AnswersAsync(socket), () => "there is room again");
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    private static bool IsClosed(Socket socket) => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    private static async Task<bool> AnswersAsync(DaemonSocket socket)
    {
        try
        {
            return (await socket.AskAsync("GET", "services")).Status == 200;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<RunningLoop> SettledAsync()
    {
        var loop = new RunningLoop();
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(Api);
        await loop.SettleAsync(Api);
        await Eventually.HoldsAsync(() => loop.Journal.Entries.OfType<HealthChanged>().Count() == 2, () => "the health is journalled");
        return loop;
    }

    private async Task<ControlSocket> ListenAsync(RunningLoop loop, TimeProvider time)
    {
        var model = new ReadModel(loop.Loop, () => new WindowCalendar([]), new RecentObservations(), new JournalLookups(_journal), loop.Directory, time);
        var door = new Doorkeeper(ApiOptions.Off, time, NullLogger.Instance);
        var api = new HttpApi(loop.Loop, model, door, new MetricsPage(_metrics, _ => Task.CompletedTask), time, NullLogger<HttpApi>.Instance).Build(NullLoggerFactory.Instance);
        return await ControlSocket.TryOpenAsync(_data.Path, api, NullLoggerFactory.Instance, TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException("it does not listen");
    }
}
