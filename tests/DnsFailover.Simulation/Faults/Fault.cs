using System.Globalization;

namespace DnsFailover.Simulation;

/// <summary>
/// Something that goes wrong at a time, and for how long. All of a seed's are drawn before it begins, so that leaving one out
/// leaves the others what they are.
/// </summary>
internal abstract record Fault(TimeSpan At, TimeSpan Lasts)
{
    public abstract void Begin(World world);

    public virtual void End(World world)
    {
    }

    /// <summary>What it is, for people.</summary>
    protected abstract string What { get; }

    public sealed override string ToString() =>
        $"{At.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s{(Lasts > TimeSpan.Zero ? $" for {Lasts.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s" : string.Empty)}: {What}";
}
