using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Probing;
using DnsFailover.Tests.Probing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Control;

public sealed class EngineReplaceTests
{
    [Fact]
    public async Task A_target_that_cannot_be_put_on_schedule_keeps_no_other_from_it_and_is_tried_again()
    {
        var name = DnsName.Parse("api.example.com");
        var targets = Enumerable.Range(1, 3).Select(i => new TargetId(name, $"e{i}", RecordType.A, $"192.0.2.{i}")).ToList();
        var schedule = new PickySchedule { Refused = targets[0] };
        await using var engine = new ProbeEngine(new HeldProber(), schedule, (_, _) => ValueTask.CompletedTask, TimeProvider.System, NullLogger<ProbeEngine>.Instance);
        await engine.StartAsync(TestContext.Current.CancellationToken);
        var probes = targets.ToDictionary(target => target, _ => new ScheduledProbe(new TcpCheck { Port = 1, Host = "x", Timeout = TimeSpan.FromSeconds(1) }, TimeSpan.FromSeconds(10)));

        await Assert.ThrowsAsync<AggregateException>(() => engine.ReplaceAsync(probes, TestContext.Current.CancellationToken));
        Assert.Equal(targets[1..], schedule.Placed);
        schedule.Refused = null;
        await engine.ReplaceAsync(probes, TestContext.Current.CancellationToken);

        Assert.Equal([targets[1], targets[2], targets[0]], schedule.Placed);
    }

    /// <summary>Takes every target but one.</summary>
    private sealed class PickySchedule : IProbeSchedule
    {
        public TargetId? Refused { get; set; }

        public List<TargetId> Placed { get; } = [];

        public ValueTask StartAsync(Action<TargetId> due, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask SetAsync(TargetId target, TimeSpan first, TimeSpan interval, CancellationToken cancellationToken)
        {
            if (target == Refused)
            {
                throw new InvalidOperationException("boom");
            }

            Placed.Add(target);
            return ValueTask.CompletedTask;
        }

        public ValueTask RemoveAsync(TargetId target, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
