using System.Text.Json.Serialization;
using DnsFailover.Core;
using DnsFailover.Core.Drills;

namespace DnsFailover.Api;

/// <summary>Asks for a drill.</summary>
internal sealed record DrillRequestDocument
{
    /// <summary>True to move the service itself, false for its canary.</summary>
    public bool Live { get; init; }

    /// <summary>The endpoint that is to take over, as if every other one were down; without it the one that would.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Who: <c>alice@laptop</c>; without it, who may say so is known.</summary>
    public string? Actor { get; init; }

    /// <summary>True to say that users are to be moved now, where no window is set for live drills.</summary>
    public bool Yes { get; init; }
}

/// <summary>A drill began.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Says">What it does.</param>
internal sealed record DrillBegunDocument(long Number, string Says);

/// <summary>One step of a drill.</summary>
/// <param name="What">decide, read, write, verify, answered (all of these together) or return.</param>
/// <param name="Where">The provider or the name server.</param>
/// <param name="Seconds">How long it took; null when it did not come to its end.</param>
/// <param name="BoundSeconds">What validate promises for it; null when nothing by itself.</param>
/// <param name="Ok">True when it was done, and within its bound.</param>
/// <param name="Says">What was done, or what went wrong.</param>
internal sealed record DrillPhaseDocument(string What, string? Where, double? Seconds, double? BoundSeconds, bool Ok, string Says);

/// <summary>What a drill showed.</summary>
internal sealed record DrillReportDocument
{
    /// <summary>Its number.</summary>
    public required long Number { get; init; }

    /// <summary>passed, failed or refused.</summary>
    public required string Result { get; init; }

    /// <summary>True when the service itself was moved.</summary>
    public required bool Live { get; init; }

    /// <summary>The name that was moved.</summary>
    public required string Name { get; init; }

    /// <summary>Who asked for it; null for the schedule.</summary>
    public string? Actor { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>From where it moved, for people.</summary>
    public string? From { get; init; }

    /// <summary>To where.</summary>
    public string? To { get; init; }

    /// <summary>Each step, in order.</summary>
    public required IReadOnlyList<DrillPhaseDocument> Phases { get; init; }

    /// <summary>How it went, in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Next { get; init; }

    /// <summary>As it is sent.</summary>
    public static DrillReportDocument Of(DrillReport report) => new()
    {
        Number = report.Number,
        Result = Text.Of(report.Result),
        Live = report.Live,
        Name = report.Name.ToString(),
        Actor = report.Actor,
        BeganAt = report.BeganAt,
        EndedAt = report.EndedAt,
        From = report.From,
        To = report.To,
        Phases = [.. report.Phases.Select(phase => new DrillPhaseDocument(phase.What, phase.Where, phase.Took?.TotalSeconds, phase.Bound?.TotalSeconds, phase.Ok, phase.Says))],
        Reason = report.Reason,
        Next = report.Next,
    };
}

/// <summary>What happened in a drill, for who looks on.</summary>
/// <param name="Number">Which.</param>
/// <param name="IsUnderWay">False once it has ended.</param>
/// <param name="Lines">One for each thing.</param>
internal sealed record DrillProgressDocument(long Number, bool IsUnderWay, IReadOnlyList<string> Lines);

/// <summary>The drills of a service.</summary>
internal sealed record DrillsDocument
{
    /// <summary>The daemon's time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The name that is moved in its place; null when it has none.</summary>
    public string? Canary { get; init; }

    /// <summary>The drill of it that is under way, or was the last of all to end; null when there is none.</summary>
    public DrillProgressDocument? Progress { get; init; }

    /// <summary>The newest reports, the newest first.</summary>
    public required IReadOnlyList<DrillReportDocument> Reports { get; init; }

    /// <summary>When the last drill that passed ended; null when none has.</summary>
    public DateTimeOffset? LastPassedAt { get; init; }

    /// <summary>When the next one begins by its schedule; null without one.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>When a drill is overdue; null when nobody is told.</summary>
    public DateTimeOffset? OverdueAt { get; init; }
}

/// <summary>How the request is spelled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(DrillRequestDocument))]
internal sealed partial class DrillRequestContext : JsonSerializerContext;
