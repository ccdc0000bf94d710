using DnsFailover.Core.Records;

namespace DnsFailover.Core.Operations;

/// <summary>What an operator has said.</summary>
public enum OverrideKind
{
    /// <summary>The name is answered with this endpoint, whatever its health.</summary>
    Force,

    /// <summary>The endpoint gets no traffic, as long as anything else works.</summary>
    Drain,

    /// <summary>Nothing is written.</summary>
    Freeze,

    /// <summary>Traffic may return to the preferred endpoint now. It ends with the failback.</summary>
    Approve,
}

/// <summary>
/// An operator's intent. It outranks what the daemon would decide, ends by itself, and survives a restart; the health
/// of the endpoints is tracked below it as ever.
/// </summary>
/// <param name="Kind">What is meant.</param>
/// <param name="Service">The service; null for all of them, which only a freeze can be for.</param>
/// <param name="Endpoint">The endpoint's name, for force and drain; else null.</param>
/// <param name="Reason">Why, in the operator's words.</param>
/// <param name="Actor">Who: <c>alice@laptop</c>.</param>
/// <param name="Since">From when.</param>
/// <param name="Until">When it ends by itself.</param>
public sealed record Override(OverrideKind Kind, DnsName? Service, string? Endpoint, string Reason, string Actor, DateTimeOffset Since, DateTimeOffset Until)
{
    /// <summary>The number of the drill that it belongs to; null when an operator said it.</summary>
    public long? Drill { get; init; }

    /// <summary>There is one of each identity: one force and one freeze of a service, one drain of an endpoint.</summary>
    public (OverrideKind Kind, DnsName? Service, string? Endpoint) Identity => (Kind, Service, Kind == OverrideKind.Drain ? Endpoint : null);

    /// <summary>For example <c>forced to render</c>.</summary>
    public string Describe() => Kind switch
    {
        OverrideKind.Force => $"forced to {Endpoint}",
        OverrideKind.Drain => $"{Endpoint} drained",
        OverrideKind.Freeze => Service is null ? "every service frozen" : "frozen",
        _ => "failback approved",
    };
}

/// <summary>What an operator asks of the daemon.</summary>
public abstract record OperatorCommand
{
    private OperatorCommand()
    {
    }

    /// <summary>An override begins, or one of the same identity is replaced.</summary>
    public sealed record Begin(Override Override) : OperatorCommand;

    /// <summary>An override ends before its time.</summary>
    /// <param name="Kind">Which.</param>
    /// <param name="Service">Of which service; null for the freeze of all.</param>
    /// <param name="Endpoint">Of which endpoint, for a drain.</param>
    /// <param name="Reason">Why, in the operator's words.</param>
    /// <param name="Actor">Who.</param>
    public sealed record End(OverrideKind Kind, DnsName? Service, string? Endpoint, string Reason, string Actor) : OperatorCommand;

    /// <summary>A drill begins: the way out and back is made as if an endpoint were down.</summary>
    /// <param name="Service">Of which service.</param>
    /// <param name="Live">True to move the service itself, false for its canary.</param>
    /// <param name="Endpoint">The endpoint that is to take over, as if every other one were down; null for the one that would.</param>
    /// <param name="Actor">Who; null for the schedule.</param>
    public sealed record Drill(DnsName Service, bool Live, string? Endpoint, string? Actor) : OperatorCommand
    {
        /// <summary>True when who asks has said that users are to be moved now.</summary>
        public bool IsConfirmed { get; init; }
    }
}

/// <summary>What a planned time is for.</summary>
public enum WindowKind
{
    /// <summary>Maintenance of an endpoint: it is drained. Maintenance of a service: it is held as it is.</summary>
    Maintenance,

    /// <summary>Traffic may return to the preferred endpoint.</summary>
    Failback,

    /// <summary>The service itself may be moved for a drill.</summary>
    Drill,
}

/// <summary>One planned time: an occurrence of a schedule in failover.yaml.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Service">Of which service.</param>
/// <param name="Endpoint">Of which endpoint; null for the whole service.</param>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it ends; not part of it.</param>
/// <param name="Reason">Why, as failover.yaml says.</param>
public sealed record Window(WindowKind Kind, DnsName Service, string? Endpoint, DateTimeOffset From, DateTimeOffset Until, string Reason);
