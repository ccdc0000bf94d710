using System.Numerics;

namespace DnsFailover.Probing;

/// <summary>
/// How long the probes of one target usually take, in 80 bytes however many there were.
/// <para>
/// The intuition: passes are counted by duration, in steps of a fifth from 128 µs up. When 255 are counted, each count is halved, so
/// that what was long ago fades and a single outlier is forgotten. What hardly any of them took longer than is the upper edge of the
/// step that leaves at most one in a hundred above it; with fewer than a hundred that is the slowest of all.
/// </para>
/// </summary>
/// <remarks>For one writer at a time; a reader may see a value that is one probe old.</remarks>
internal sealed class UsualLatency
{
    /// <summary>Fewer passes say nothing of what is usual.</summary>
    public const int Enough = 16;

    private const int Most = byte.MaxValue;

    /// <summary>Steps to each doubling.</summary>
    private const int StepsPerOctave = 4;

    /// <summary>In microseconds: shorter ones are all alike.</summary>
    private const long Shortest = 128;

    private readonly byte[] _counts = new byte[20 * StepsPerOctave];
    private readonly Lock _gate = new();
    private int _total;
    private long _slowest;

    /// <summary>What hardly any of the last passes took longer than; null until enough of them are known.</summary>
    public TimeSpan? Slowest => Volatile.Read(ref _slowest) is var ticks && ticks > 0 ? new TimeSpan(ticks) : null;

    /// <summary>A probe passed and took so long.</summary>
    public void Add(TimeSpan took)
    {
        lock (_gate) // a confirmation and a scheduled probe may end at the same time
        {
            _counts[StepOf(took)]++;
            _total++;
            if (_total == Most)
            {
                Fade();
            }

            if (_total >= Enough)
            {
                Volatile.Write(ref _slowest, UpperEdge(Highest()).Ticks);
            }
        }
    }

    private void Fade()
    {
        _total = 0;
        for (var step = 0; step < _counts.Length; step++)
        {
            _counts[step] >>= 1;
            _total += _counts[step];
        }
    }

    private int Highest()
    {
        var above = _total / 100;
        var step = _counts.Length - 1;
        for (; step > 0 && (above -= _counts[step]) >= 0; step--)
        {
            // These are the slowest in a hundred.
        }

        return step;
    }

    private int StepOf(TimeSpan took)
    {
        var scaled = (ulong)Math.Max(took.Ticks / TimeSpan.TicksPerMicrosecond, Shortest) * StepsPerOctave / Shortest;
        var octave = BitOperations.Log2(scaled) - BitOperations.Log2(StepsPerOctave);
        var within = (int)(scaled >> octave) - StepsPerOctave;
        return Math.Min((octave * StepsPerOctave) + within, _counts.Length - 1);
    }

    private static TimeSpan UpperEdge(int step) =>
        TimeSpan.FromMicroseconds((double)(Shortest << (step / StepsPerOctave)) * (StepsPerOctave + (step % StepsPerOctave) + 1) / StepsPerOctave);
}
