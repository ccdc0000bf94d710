using DnsFailover.Core.Health;
using DnsFailover.Probing;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Probing;

/// <summary>A probe that is far slower than usual is told while it is under way, once, and not when it is this machine that is slow.</summary>
public sealed class SlowProbeWatchTests : IDisposable
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly List<SlowProbe> _told = [];
    private readonly Backlog _backlog;
    private readonly SlowProbeWatch _watch;

    public SlowProbeWatchTests()
    {
        _backlog = new Backlog(_time);
        _watch = new SlowProbeWatch(_time, _told.Add, _backlog);
    }

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void It_is_told_once_when_it_takes_longer_than_the_longest()
    {
        Begin();
        Pass(90);
        Assert.Empty(_told);
        Pass(300);
        Assert.InRange(Assert.Single(_told).Elapsed, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(120));
    }

    [Fact]
    public void One_that_has_ended_is_not_told()
    {
        var place = Begin();
        Pass(90);
        _watch.End(place);
        Pass(300);
        Assert.Empty(_told);
    }

    [Fact]
    public void While_work_waits_for_a_thread_it_is_not_told_and_a_moment_later_it_is()
    {
        Begin();
        for (var wait = 0; wait < 4; wait++)
        {
            Pass(60, isBusy: true);
            Assert.Empty(_told);
        }

        Pass(300);
        Assert.InRange(Assert.Single(_told).Elapsed, TimeSpan.FromMilliseconds(280), TimeSpan.FromMilliseconds(500));
    }

    private int Begin() => _watch.Begin(Sample.Target(), _time.GetUtcNow(), requestId: null, isScheduled: true, new UsualLatency(), latest: TimeSpan.FromMilliseconds(100), timeout: TimeSpan.FromSeconds(2))!.Value;

    /// <summary>Time passes, in steps as a timer would take them.</summary>
    private void Pass(int milliseconds, bool isBusy = false)
    {
        var since = _time.GetTimestamp();
        for (var passed = 0; passed < milliseconds; passed += 10)
        {
            if (isBusy && passed == milliseconds - 10)
            {
                _backlog.Waited(since - (_time.TimestampFrequency / 10));
            }

            _time.Advance(TimeSpan.FromMilliseconds(10));
        }
    }
}
