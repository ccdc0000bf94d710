using DnsFailover.Core;
using DnsFailover.Core.Health;
using DnsFailover.Core.Network;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>The network of the machine that the daemon runs on.</summary>
internal sealed class OurNetwork(int seed)
{
    private readonly Dice _dice = Dice.Of(seed, "network");
    private readonly List<double> _losses = [];
    private readonly List<TimeSpan> _delays = [];

    /// <summary>While above zero nothing outside is reached.</summary>
    public int Partitions { get; private set; }

    /// <summary>Since when nothing outside is reached; it means nothing once something is.</summary>
    public TimeSpan PartitionedSince { get; private set; }

    /// <summary>Nothing outside is reached from now on.</summary>
    public void Part(TimeSpan now)
    {
        if (Partitions++ == 0)
        {
            PartitionedSince = now;
        }
    }

    /// <summary>One reason less why nothing outside is reached.</summary>
    public void Join() => Partitions--;

    /// <summary>True when a probe that began then, and has just ended, did not get out all the while.</summary>
    public bool WasPartitionedSince(TimeSpan startedAt) => Partitions > 0 && PartitionedSince <= startedAt;

    /// <summary>While above zero no name is resolved.</summary>
    public int DeadResolvers { get; set; }

    /// <summary>When the network was last disturbed; the beginning when it never was.</summary>
    public TimeSpan LastDisturbed { get; set; }

    public IList<double> Losses => _losses;

    public IList<TimeSpan> Delays => _delays;

    public bool IsFine => Partitions == 0 && DeadResolvers == 0 && _losses.Count == 0 && _delays.Count == 0;

    /// <summary>How much later than sent an answer arrives; each its own, so that they overtake each other.</summary>
    public TimeSpan Delay() => _delays.Count == 0 ? TimeSpan.Zero : _delays.Max() * _dice.Next();

    public bool Loses() => Partitions > 0 || (_losses.Count > 0 && _dice.Chance(_losses.Max()));

    /// <summary>What our network makes of a probe, before it gets as far as the endpoint; null when it gets there.</summary>
    public (Verdict Verdict, TimeSpan Takes, string Reason)? Hinders(RecordType type, TimeSpan timeout) =>
        IsFine ? null
        : DeadResolvers > 0 && type == RecordType.CNAME ? (Verdict.Inconclusive, timeout / 2, "our resolver does not answer")
        : Loses() ? (Verdict.Fail, timeout, "no answer in time")
        : null;

    public ValueList<ControlResult> CheckControls(int targets, TimeSpan timeout) =>
        Enumerable.Range(1, targets).Select(number =>
        {
            var lost = Loses();
            return new ControlResult($"control-{number}", !lost, lost ? "no answer in time" : "it answered", lost ? timeout : TimeSpan.FromMilliseconds(30));
        }).ToValueList();
}
