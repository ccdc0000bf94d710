using System.Diagnostics;

namespace DnsFailover.Tests.Providers.Desec;

/// <summary>The system's clock, which can also jump ahead.</summary>
internal sealed class MovedTime : TimeProvider
{
    private long _ticks;

    private TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Ahead.TotalSeconds * Stopwatch.Frequency);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
