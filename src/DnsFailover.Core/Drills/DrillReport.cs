using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>How a drill ended.</summary>
public enum DrillResult
{
    /// <summary>Every step was made, within its bound, and everything is as it was before.</summary>
    Passed,

    /// <summary>A step was not made, or not within its bound.</summary>
    Failed,

    /// <summary>It was not begun; nothing was written.</summary>
    Refused,
}

/// <summary>One step of a drill, held against its bound.</summary>
/// <param name="What">Which: <c>decide</c>, <c>read</c>, <c>write</c>, <c>verify</c>, <c>answered</c> (all of these together) or <c>return</c>.</param>
/// <param name="Where">The provider or the name server; null where neither is meant.</param>
/// <param name="Took">How long it took; null when it did not come to its end.</param>
/// <param name="Bound">What validate promises for it; null when nothing by itself.</param>
/// <param name="Ok">True when it was done, and within its bound.</param>
/// <param name="Says">What was done, or what went wrong.</param>
public sealed record DrillPhase(string What, string? Where, TimeSpan? Took, TimeSpan? Bound, bool Ok, string Says)
{
    /// <summary>On one line: <c>write at bind: 34 ms (at most 10 s)</c>.</summary>
    public string Sentence =>
        $"{What}{(Where is null ? string.Empty : $" at {Where}")}: {(Took is { } took ? Text.Of(took) : "not done")}{(Bound is { } bound ? $" (at most {Text.Of(bound)})" : string.Empty)}{(Ok ? string.Empty : $": {Says}")}";
}

/// <summary>What a drill showed.</summary>
public sealed record DrillReport
{
    /// <summary>Its number; they count up over all services.</summary>
    public required long Number { get; init; }

    /// <summary>True when the service itself was moved; false for its canary.</summary>
    public bool Live { get; init; }

    /// <summary>The name that was moved.</summary>
    public required DnsName Name { get; init; }

    /// <summary>Who asked for it; null for the schedule.</summary>
    public string? Actor { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>How it ended.</summary>
    public required DrillResult Result { get; init; }

    /// <summary>From where it moved, for people; null when that was not known.</summary>
    public string? From { get; init; }

    /// <summary>To where, for people; null when it did not.</summary>
    public string? To { get; init; }

    /// <summary>Each step, in order.</summary>
    public ValueList<DrillPhase> Phases { get; init => field = value ?? []; } = [];

    /// <summary>The sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Next { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset EndedAt => BeganAt + Took;
}
