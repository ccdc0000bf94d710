namespace DnsFailover.Simulation;

/// <summary>
/// Seeded chance (SplitMix64). Each part of the world has dice of its own, so that a fault left out of a run does not change
/// what the others throw.
/// </summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Dice of a part of the world.</summary>
    public static Dice Of(int seed, string part)
    {
        var hash = 14695981039346656037UL; // FNV-1a: string hash codes differ from run to run
        foreach (var c in part)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return new Dice(hash ^ ((ulong)(uint)seed * 0x9E3779B97F4A7C15UL));
    }

    public double Next() => (Raw() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to one less than the bound.</summary>
    public int Next(int bound) => (int)(Raw() % (ulong)bound);

    public int Between(int least, int most) => least + Next(most - least + 1);

    public bool Chance(double of) => Next() < of;

    public TimeSpan Seconds(double least, double most) => TimeSpan.FromMilliseconds(Math.Round((least + (Next() * (most - least))) * 1000));

    public T Pick<T>(IReadOnlyList<T> of) => of[Next(of.Count)];

    private ulong Raw()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
