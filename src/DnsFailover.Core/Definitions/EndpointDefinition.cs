using DnsFailover.Core.Records;

namespace DnsFailover.Core.Definitions;

/// <summary>
/// Names one target: one address (or the CNAME target) of one endpoint of one service. It is what a probe dials and
/// what a record holds, and each target has its own health, so that IPv4 and IPv6 are judged apart and one dead
/// address does not take its endpoint's other addresses along.
/// </summary>
/// <param name="Service">The name being steered.</param>
/// <param name="Endpoint">The endpoint's name in failover.yaml.</param>
/// <param name="Type">The record type that holds it; for addresses this is the family.</param>
/// <param name="Value">The address or host name in canonical text.</param>
public readonly record struct TargetId(DnsName Service, string Endpoint, RecordType Type, string Value) : IComparable<TargetId>
{
    /// <inheritdoc/>
    public int CompareTo(TargetId other)
    {
        var order = Service.CompareTo(other.Service);
        order = order != 0 ? order : string.CompareOrdinal(Endpoint, other.Endpoint);
        order = order != 0 ? order : Type.CompareTo(other.Type);
        return order != 0 ? order : string.CompareOrdinal(Value, other.Value);
    }

    /// <summary>For example <c>railway (192.0.2.1)</c>.</summary>
    public override string ToString() => $"{Endpoint} ({Value})";

    /// <summary>Ordinal order.</summary>
    public static bool operator <(TargetId left, TargetId right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(TargetId left, TargetId right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(TargetId left, TargetId right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(TargetId left, TargetId right) => left.CompareTo(right) >= 0;
}

/// <summary>One deployment that can serve the name.</summary>
public sealed record EndpointDefinition
{
    /// <summary>Its name, unique in the service.</summary>
    public required string Name { get; init; }

    /// <summary>Who runs it; endpoints of one vendor may fail together. Its name, unless failover.yaml says otherwise.</summary>
    public string Vendor { get => field ?? Name; init; }

    /// <summary>0 is preferred. Endpoints of the same priority are served together.</summary>
    public required int Priority { get; init; }

    /// <summary>The share of queries of each of its values under <see cref="Policy.Weighted"/>, 1–255.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>The record types and values that it contributes: its addresses, or its one CNAME target.</summary>
    public required ValueList<EndpointTarget> Targets { get; init; }

    /// <summary>How many observations make it Up or Down.</summary>
    public required HealthRule Rule { get; init; }

    /// <summary>How often it is probed.</summary>
    public required ProbeTiming Timing { get; init; }

    /// <summary>
    /// Stands for everything about the check that Core does not look at (path, headers, expectations). When it
    /// changes in a reload, what was observed before says nothing any more and health starts again at Unknown.
    /// </summary>
    public required string CheckFingerprint { get; init; }
}

/// <summary>One value that an endpoint contributes to an RRset.</summary>
/// <param name="Type">A, AAAA or CNAME.</param>
/// <param name="Value">In the canonical text of <see cref="RecordSet.Canonical"/>.</param>
public readonly record struct EndpointTarget(RecordType Type, string Value);

/// <summary>How many observations it takes.</summary>
/// <param name="Rise">Passes in a row that make a target Up; at least 1.</param>
/// <param name="Fall">Failures in a row that make a target Down; at least 1.</param>
/// <param name="Window">Optionally also this many failures among the last so many observations make it Down.</param>
public sealed record HealthRule(int Rise, int Fall, FailureWindow? Window = null);

/// <summary>Catches the intermittent fault that "so many in a row" misses.</summary>
/// <param name="Failures">Failures that make a target Down, 1 to <paramref name="Of"/>.</param>
/// <param name="Of">Among the last so many conclusive observations, at most 64.</param>
public sealed record FailureWindow(int Failures, int Of);

/// <summary>How often a target is probed.</summary>
/// <param name="Interval">From one scheduled probe to the next.</param>
/// <param name="Timeout">After which a probe has failed; shorter than the interval.</param>
/// <param name="FastInterval">From the start of a probe that leaves a verdict open to that of the next: those overlap, and what begins nearer to another one does not count.</param>
public sealed record ProbeTiming(TimeSpan Interval, TimeSpan Timeout, TimeSpan FastInterval)
{
    /// <summary>
    /// A probe that takes longer is suspected, however slow the endpoint usually is: the first confirmation is to start in time, or else the
    /// longest time to a verdict would not hold for what hangs.
    /// </summary>
    public TimeSpan SlowAfter => FastInterval * 0.8;
}
