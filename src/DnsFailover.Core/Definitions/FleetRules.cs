namespace DnsFailover.Core.Definitions;

/// <summary>What holds over all services together. The defaults hold nothing back; failover.yaml has defaults of its own.</summary>
public sealed record FleetRules
{
    /// <summary>How our own network is judged; null when it is not.</summary>
    public SelfCheckRule? SelfCheck { get; init; }

    /// <summary>How many failures at once are taken for a fault of ours; null when none are.</summary>
    public MassFailureRule? MassFailure { get; init; }

    /// <summary>How fast traffic of many services may move; null when it is not limited.</summary>
    public VelocityRule? Velocity { get; init; }

    /// <summary>The largest share of all names that may move within a while; null when it is not limited.</summary>
    public ShareRule? Share { get; init; }
}

/// <summary>Control targets: well-known places that have nothing to do with the endpoints, asked at the moment of a failure.</summary>
/// <param name="Targets">How many there are; at least 1.</param>
/// <param name="Needed">How many of them have to answer for our own network to count as working, 1 to <paramref name="Targets"/>.</param>
/// <param name="Timeout">After which a control target has not answered.</param>
/// <param name="Recheck">While too few answer: from one round to the next.</param>
public sealed record SelfCheckRule(int Targets, int Needed, TimeSpan Timeout, TimeSpan Recheck);

/// <summary>So many endpoints of different services and vendors do not fail at once: then it is us, until the window has passed.</summary>
/// <param name="Endpoints">How many endpoints have to become Down within the window.</param>
/// <param name="Vendors">Of how many vendors they have to be; one vendor may well fail with all its endpoints.</param>
/// <param name="Window">How close together; also how long the suspicion lasts after the last of them.</param>
public sealed record MassFailureRule(int Endpoints, int Vendors, TimeSpan Window);

/// <summary>At most so many services begin to move within so long; the most important go first, the others wait for their turn.</summary>
/// <param name="Moves">How many.</param>
/// <param name="Per">Within how long.</param>
public sealed record VelocityRule(int Moves, TimeSpan Per);

/// <summary>No more than a share of all names switches within so long; then the others are held and a person is told.</summary>
/// <param name="Percent">The share of the declared services, 1–100, rounded up.</param>
/// <param name="AtLeast">So many may always switch, however few services there are.</param>
/// <param name="Within">Within how long.</param>
public sealed record ShareRule(int Percent, int AtLeast, TimeSpan Within);
