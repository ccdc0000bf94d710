using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Decisions;

/// <summary>What a decision may look at beyond records and health: what was switched before, what is planned, and what other services do.</summary>
public sealed record Circumstances
{
    /// <summary>Nothing has happened and nothing is limited.</summary>
    public static Circumstances None { get; } = new();

    /// <summary>The switches of the service that are remembered, oldest first.</summary>
    public ValueList<PastSwitch> Switches { get; init; } = [];

    /// <summary>The planned times of the service, of every kind.</summary>
    public ValueList<Window> Windows { get; init; } = [];

    /// <summary>What the others do, reckoned for a change of this kind; it is asked only when one is wanted.</summary>
    public Func<DecisionKind, FleetFigures> Fleet { get; init; } = static _ => FleetFigures.Unlimited;
}

/// <summary>Where all services together stand against the rules that hold for them together.</summary>
/// <param name="Velocity">How many are moving; null when that is not limited.</param>
/// <param name="Share">How many have moved; null when that is not limited.</param>
public sealed record FleetFigures(VelocityFigures? Velocity, ShareFigures? Share)
{
    /// <summary>No rule holds.</summary>
    public static FleetFigures Unlimited { get; } = new(Velocity: null, Share: null);
}

/// <summary>How many services are moving.</summary>
/// <param name="Rule">How many may.</param>
/// <param name="Taken">How many others have begun to move within the rule's time, or are about to.</param>
/// <param name="Ahead">How many others wait for a place and go first.</param>
/// <param name="First">The first of those; null when there is none.</param>
/// <param name="FreeAt">When there may be a place.</param>
public sealed record VelocityFigures(VelocityRule Rule, int Taken, int Ahead, DnsName? First, DateTimeOffset FreeAt)
{
    /// <summary>True when there is no place for this one now.</summary>
    public bool IsFull => Taken + Ahead >= Rule.Moves;
}

/// <summary>How many names have moved.</summary>
/// <param name="Rule">How many may.</param>
/// <param name="Services">How many are declared.</param>
/// <param name="Moved">How many others have moved within the rule's time, or are moving.</param>
/// <param name="HasMoved">True when this one is among those that have, so that it makes no more of them.</param>
/// <param name="FreeAt">When one of them no longer counts, so that another may.</param>
public sealed record ShareFigures(ShareRule Rule, int Services, int Moved, bool HasMoved, DateTimeOffset FreeAt)
{
    /// <summary>How many names may move within the rule's time.</summary>
    public int Most => Math.Max(Rule.AtLeast, ((Services * Rule.Percent) + 99) / 100);

    /// <summary>True when this one would be one too many.</summary>
    public bool IsFull => !HasMoved && Moved >= Most;
}
