using System.Threading.Channels;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;

namespace DnsFailover.Benchmarks;

/// <summary>Hears from the control loop when an endpoint was found Down, and what the daemon itself says of its switches.</summary>
internal sealed class SwitchRecorder : IStepObserver
{
    private readonly Channel<SwitchTimings> _switches = Channel.CreateUnbounded<SwitchTimings>();
    private long _downAt;

    /// <summary>The switches that were verified, in order.</summary>
    public ChannelReader<SwitchTimings> Switches => _switches.Reader;

    /// <summary>When the probe ended that made an endpoint Down, at last.</summary>
    public DateTimeOffset DownAt => new(Volatile.Read(ref _downAt), TimeSpan.Zero);

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        foreach (var entry in effects.OfType<Effect.Record>().SelectMany(record => record.Entries))
        {
            if (entry is HealthChanged { To: HealthStatus.Down } && fact is ControllerEvent.Observed { Observation: var observation })
            {
                Volatile.Write(ref _downAt, (observation.StartedAt + observation.Phases.Total).UtcTicks);
            }
            else if (entry is OutcomeRecorded { Result: ChangeResult.Verified, Timings: { } timings })
            {
                _switches.Writer.TryWrite(timings);
            }
        }
    }
}
