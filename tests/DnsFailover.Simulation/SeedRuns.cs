using System.Collections.Concurrent;

namespace DnsFailover.Simulation;

/// <summary>Runs many seeds over the cores.</summary>
internal sealed class SeedRuns
{
    private readonly ConcurrentDictionary<int, Violation> _violations = new();
    private long _runs;
    private long _ticks;
    private long _events;
    private long _commits;

    public long Runs => Interlocked.Read(ref _runs);

    public TimeSpan Simulated => new(Interlocked.Read(ref _ticks));

    public long Events => Interlocked.Read(ref _events);

    public long Commits => Interlocked.Read(ref _commits);

    public IReadOnlyDictionary<int, Violation> Violations => _violations;

    public void Go(int first, int count, int most, Action<int, Violation>? told, CancellationToken stopping)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stopping };
        Parallel.For(first, first + count, options, (seed, loop) =>
        {
            if (_violations.Count >= most)
            {
                loop.Stop();
                return;
            }

            var run = Run.Of(Scenario.Of(seed));
            Interlocked.Increment(ref _runs);
            Interlocked.Add(ref _ticks, run.Simulated.Ticks);
            Interlocked.Add(ref _events, run.Events);
            Interlocked.Add(ref _commits, run.Commits);
            if (run.Violation is { } violation)
            {
                _violations[seed] = violation;
                told?.Invoke(seed, violation);
            }
        });
    }
}
