using DnsFailover.Tests.Notifications;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>One daemon that is started and killed again and again, with names, endpoints, a webhook and a journal of its own.</summary>
internal sealed class KilledLane : IAsyncDisposable
{
    /// <summary>Names of a daemon.</summary>
    public const int Names = 2;

    /// <summary>The lines of its log that it is killed after, and within how many ms.</summary>
    private static readonly (string Line, int Within)[] Moments =
    [
        ("dnsfailover runs with", 500),
        ("is Down", 50),
        ("Failover from", 150), // the intent is about to be made durable; a young process takes about 100 ms to write at the provider
        ("Failover from", 150),
        ("verified, written in", 60), // the alert is on its way
    ];

    private readonly NamedServer _named;
    private readonly Random _random;
    private readonly TimeSpan _minActiveTime;
    private readonly Workplace _place = new();
    private readonly List<KilledName> _names = [];
    private readonly List<DateTimeOffset> _killedAt = [];
    private readonly List<string> _story = [];
    private readonly DnsProxy _proxy;
    private Receiver _hook = null!;
    private Action? _atAWrite;
    private Action? _atADelivery;
    private volatile bool _isStruck;
    private string _lastSaid = string.Empty;

    private KilledLane(NamedServer named, TimeSpan minActiveTime, Random random)
    {
        (_named, _minActiveTime, _random) = (named, minActiveTime, random);
        _proxy = DnsProxy.Start(named.EndPoint, (request, reply) => DnsProxy.IsUpdate(request) && Strikes(ref _atAWrite) ? null : reply);
    }

    /// <summary>What a lane came to.</summary>
    /// <param name="Kills">How often the daemon was killed.</param>
    /// <param name="Switches">How often a name was moved.</param>
    /// <param name="Interrupted">How many changes were under way at a kill, so that a later process had to find out how they ended.</param>
    /// <param name="Alerts">How many alerts there were.</param>
    /// <param name="Repeated">How many of them were sent again.</param>
    internal sealed record Figures(int Kills, int Switches, int Interrupted, int Alerts, int Repeated);

    /// <summary>What happened, for the one who reads a failed test.</summary>
    public string Story => $"{string.Join('\n', _story.TakeLast(20))}\n{string.Join('\n', _names.Select(name => name.Story))}\nthe last process said:\n{_lastSaid}";

    /// <summary>Makes everything but the daemon.</summary>
    public static async Task<KilledLane> StartAsync(NamedServer named, int number, TimeSpan minActiveTime, Random random)
    {
        var lane = new KilledLane(named, minActiveTime, random);
        try
        {
            for (var name = 0; name < Names; name++)
            {
                lane._names.Add(await KilledName.StartAsync(named, (number * Names) + name, random));
            }

            lane._hook = await Receiver.StartAsync();
            lane._hook.Takes = () => !lane.Strikes(ref lane._atADelivery);
            lane._place.Write(lane.Yaml());
            return lane;
        }
        catch
        {
            await lane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the daemon, lets endpoints fail and recover, and kills it.</summary>
    public async Task LiveAndDieAsync()
    {
        foreach (var name in _names)
        {
            await name.ShuffleAsync();
        }

        if (_random.Next(2) == 0)
        {
            await BreakAsync(); // while it is dead
        }

        await using var daemon = Start();
        try
        {
            var how = _random.Next(10) switch
            {
                0 or 1 or 2 => await WhileItStartsAsync(),
                3 => await WhenANameMovesAsync(daemon),
                4 => await AsItWritesAsync(daemon),
                5 => await AsItTellsAsync(daemon),
                _ => await AtAsync(daemon, Moments[_random.Next(Moments.Length)]),
            };
            Assert.True(_isStruck || !daemon.HasEnded, "the daemon ended by itself");
            await daemon.KillAsync();
            (_atAWrite, _atADelivery, _isStruck) = (null, null, false);
            _killedAt.Add(DateTimeOffset.UtcNow);
            _story.Add($"life {_killedAt.Count}: killed {how}");
        }
        finally
        {
            _lastSaid = daemon.Said;
        }

        Assert.DoesNotContain(" FTL ", _lastSaid, StringComparison.Ordinal); // a defect in the daemon
        Assert.DoesNotContain("damaged", _lastSaid, StringComparison.Ordinal);
        _names.ForEach(name => name.AssertAnswers());
    }

    /// <summary>Lets endpoints rest and the daemon run until there is nothing left to do, and stops it.</summary>
    public async Task EndInPeaceAsync()
    {
        foreach (var name in _names)
        {
            await name.ShuffleAsync();
        }

        // A machine that is busy for a moment may make it see a failure just before it is stopped.
        for (var attempt = 1; ; attempt++)
        {
            await using var daemon = Start();
            foreach (var name in _names)
            {
                await name.ShowsAsync(name.Best, () => daemon.Said);
                await Eventually.HoldsAsync(() => name.All.All(endpoint => Says(daemon, $"({endpoint.Address}) is {(endpoint.Works ? "Up" : "Down")}")), () => $"a verdict on each endpoint; it said\n{daemon.Said}");
            }

            await Eventually.HoldsAsync(() => LaneLedger.IsQuiet(_place.Data), () => $"that no change and no alert is left; it said\n{daemon.Said}");
            await daemon.SignalAsync("TERM");
            Assert.Equal(0, await daemon.EndsAsync());
            _lastSaid = daemon.Said;
            if (LaneLedger.IsQuiet(_place.Data) && _names.TrueForAll(name => name.Answer == name.Best))
            {
                return;
            }

            Assert.True(attempt < 5, "it does not come to rest");
        }
    }

    /// <summary>Holds what the journal says against what BIND saw and what the webhook got.</summary>
    public async Task<Figures> JudgeAsync()
    {
        var outbox = LaneLedger.Outbox(_place.Data);
        LaneLedger.AssertDelivered(outbox, _hook.Requests);
        var journal = await _place.JournalAsync();
        var (switches, interrupted) = (0, 0);
        foreach (var name in _names)
        {
            name.AssertAnswers();
            var ledger = new LaneLedger(name.Name, journal, outbox, await _named.HistoryAsync(name.Name, "A", TestContext.Current.CancellationToken));
            ledger.AssertEveryChangeIsJournalled(name.All[0].Address);
            ledger.AssertEverySwitchIsTold();
            ledger.AssertLostRedundancyIsTold(name.All[0].Address);
            ledger.AssertNumbersGrow();
            ledger.AssertHoldDown(_minActiveTime);
            ledger.AssertReasonsAreTrue(name.All);
            switches += ledger.Switches;
            interrupted += ledger.Interrupted(_killedAt);
        }

        return new Figures(_killedAt.Count, switches, interrupted, outbox.Count, _hook.Requests.Count - outbox.Count);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_hook is not null)
        {
            await _hook.DisposeAsync();
        }

        foreach (var name in _names)
        {
            await name.DisposeAsync();
        }

        await _proxy.DisposeAsync();
        _place.Dispose();
    }

    private KilledName AnyName => _names[_random.Next(_names.Count)];

    private DaemonProcess Start() => DaemonProcess.Start(["run", "--config", _place.Config, "--data", _place.Data], ("TSIG_SECRET", _named.KeySecret));

    private string Yaml() => $$"""
        providers:
          bind: {{Workplace.Rfc2136(_named, _proxy.EndPoint)}}
        defaults: { {{Workplace.Quick}} }
        services:
        {{string.Join('\n', _names.Select(name => name.Yaml(_minActiveTime)))}}
        notifications:
          hook: {type: webhook, url: "{{_hook.Url}}"}
        """;

    private async Task<string> WhileItStartsAsync()
    {
        var after = _random.Next(1200);
        await Task.Delay(after, TestContext.Current.CancellationToken);
        return $"{after} ms after its start";
    }

    private async Task<string> WhenANameMovesAsync(DaemonProcess daemon)
    {
        await daemon.SaysAsync("dnsfailover runs with");
        await MovedAsync(daemon, await BreakAsync(), static () => false);
        return "when a name had moved";
    }

    /// <summary>BIND has taken the change, and the daemon does not live to hear of it: the intent must be durable by then.</summary>
    private async Task<string> AsItWritesAsync(DaemonProcess daemon)
    {
        await daemon.SaysAsync("dnsfailover runs with");
        _atAWrite = daemon.Strike;
        var broken = await BreakAsync();
        await MovedAsync(daemon, broken, () => _isStruck);
        return _isStruck ? "as BIND took a change" : "when a name had moved";
    }

    /// <summary>An alert is on its way and does not arrive: it must be on its way again after the next start.</summary>
    private async Task<string> AsItTellsAsync(DaemonProcess daemon)
    {
        await daemon.SaysAsync("dnsfailover runs with");
        _atADelivery = daemon.Strike;
        var broken = await BreakAsync();
        await MovedAsync(daemon, broken, () => _isStruck);
        await Eventually.HoldsAsync(() => _isStruck || LaneLedger.IsQuiet(_place.Data), () => $"that it tells of a switch; it said\n{daemon.Said}");
        return _isStruck ? "as an alert was on its way" : "when all was told";
    }

    /// <summary>Kills the daemon where that is asked for, once.</summary>
    private bool Strikes(ref Action? strike)
    {
        if (Interlocked.Exchange(ref strike, null) is not { } kill)
        {
            return false;
        }

        _isStruck = true;
        kill();
        return true;
    }

    private async Task<string> AtAsync(DaemonProcess daemon, (string Line, int Within) moment)
    {
        await daemon.SaysAsync("dnsfailover runs with");
        var broken = await BreakAsync();
        if (moment.Line is "Failover from")
        {
            // Where it was already on its way to another endpoint, there is nothing to fail over from.
            await MovedAsync(daemon, broken, () => Says(daemon, moment.Line));
        }
        else
        {
            await daemon.SaysAsync(moment.Line);
        }

        var after = _random.Next(moment.Within);
        await Task.Delay(after, TestContext.Current.CancellationToken);
        return $"{after} ms after '{moment.Line}'";
    }

    /// <summary>The endpoint that has the traffic of some name fails.</summary>
    private async Task<(KilledName Name, string Answer)> BreakAsync()
    {
        var name = AnyName;
        var answer = name.Answer;
        await name.BreakAsync();
        return (name, answer);
    }

    /// <summary>Waits until the name has left what was broken, as it must however often the daemon was killed; or for something before that.</summary>
    private static Task MovedAsync(DaemonProcess daemon, (KilledName Name, string Answer) broken, Func<bool> orElse) =>
        Eventually.HoldsAsync(() => broken.Name.Answer != broken.Answer || orElse(), () => $"that {broken.Name.Name} leaves {broken.Answer}; it said\n{daemon.Said}");

    private static bool Says(DaemonProcess daemon, string line) => daemon.Output.Contains(line, StringComparison.Ordinal);
}
