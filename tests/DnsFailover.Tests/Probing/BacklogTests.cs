using DnsFailover.Core.Health;
using DnsFailover.Probing;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Probing;

public sealed class BacklogTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly Backlog _backlog;

    public BacklogTests() => _backlog = new Backlog(_time);

    [Fact]
    public void The_longest_wait_since_a_probe_began_is_known()
    {
        var before = _time.GetTimestamp();
        Wait(40);
        Wait(700);
        Wait(90);
        var between = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        Wait(300);

        Assert.Equal(TimeSpan.FromMilliseconds(700), _backlog.LongestSince(before));
        Assert.Equal(TimeSpan.FromMilliseconds(300), _backlog.LongestSince(between + _time.TimestampFrequency));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, _backlog.LongestSince(_time.GetTimestamp()));
    }

    [Fact]
    public void What_is_older_than_a_few_seconds_gives_way_to_what_is_newer()
    {
        var before = _time.GetTimestamp();
        Wait(900);
        for (var span = 0; span < 64; span++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(90));
            Wait(10);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(10), _backlog.LongestSince(before));
    }

    [Theory]
    [InlineData(500, 250, true)]
    [InlineData(500, 249, false)]
    [InlineData(2000, 1000, true)]
    [InlineData(2000, 999, false)]
    [InlineData(100, 249, false)] // a hiccup
    public void A_probe_that_is_late_on_a_machine_without_a_thread_for_it_says_nothing_of_the_endpoint(int limit, int waited, bool says)
    {
        var run = new ProbeRun(Sample.Target(), Sample.Tcp(443) with { Timeout = TimeSpan.FromMilliseconds(limit) }, _time);
        run.Stage = ProbeStage.Connecting;
        _time.Advance(run.Check.Timeout);

        var outcome = TransportFault.TooLate(run, TimeSpan.FromMilliseconds(waited));

        Assert.Equal(says ? (Verdict.Inconclusive, ReasonClass.Overload) : (Verdict.Fail, ReasonClass.ConnectTimeout), (outcome.Verdict, outcome.Class));
        if (says)
        {
            Assert.StartsWith("this machine was too busy for the probe: its limit is ", outcome.Reason, StringComparison.Ordinal);
        }
    }

    private void Wait(int milliseconds)
    {
        var since = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        _backlog.Waited(since);
    }
}
