using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Journal;

/// <summary>From now on a service's drills are expected, so that they can be overdue.</summary>
public sealed record DrillExpected : JournalEntry
{
    /// <inheritdoc/>
    public override string? Key => $"drill-expected:{Service}";

    /// <inheritdoc/>
    public override string Sentence => $"drills of {Service} are expected from now on";
}

/// <summary>A drill began. It is durable before anything is written for it, so that a crash in the middle is mended by the next start.</summary>
public sealed record DrillBegan : JournalEntry
{
    /// <summary>Its number.</summary>
    public required long Number { get; init; }

    /// <summary>True when it moves the service itself.</summary>
    public bool Live { get; init; }

    /// <summary>The name that it moves.</summary>
    public required DnsName Name { get; init; }

    /// <summary>Who asked for it; null for the schedule.</summary>
    public string? Actor { get; init; }

    /// <summary>The endpoints that are taken for down.</summary>
    public ValueList<string> Down { get; init => field = value ?? []; } = [];

    /// <summary>What the service held: what the name holds again at the end.</summary>
    public ValueList<RecordSet> Home { get; init => field = value ?? []; } = [];

    /// <summary>As in <see cref="DrillBook.LastPassedAt"/>, which this entry supersedes.</summary>
    public DateTimeOffset? LastPassedAt { get; init; }

    /// <summary>As in <see cref="DrillBook.Formerly"/>: every value that the drill may write is among them.</summary>
    public ValueList<EndpointTarget> Formerly { get; init => field = value ?? []; } = [];

    /// <inheritdoc/>
    public override string? Key => $"drill:{Service}";

    /// <inheritdoc/>
    public override string Sentence => $"drill {Number} {(Live ? "on the service itself" : $"on {Name}")} began{(Actor is null ? " by schedule" : $", asked for by {Actor}")}: as if {string.Join(" and ", Down)} were down";
}

/// <summary>A drill will write. It is durable before anything is written at the provider.</summary>
public sealed record DrillIntended : JournalEntry
{
    /// <summary>The number of the drill.</summary>
    public required long Number { get; init; }

    /// <summary>The provider it will be written at.</summary>
    public required string Provider { get; init; }

    /// <summary>What will be written, and under which condition.</summary>
    public required ChangeSet Change { get; init; }

    /// <inheritdoc/>
    public override string? Key => null;

    /// <inheritdoc/>
    public override string Sentence => $"drill {Number} writes at {Provider}: {Change.Name} {Change}";
}

/// <summary>A drill ended, or was refused.</summary>
public sealed record DrillEnded : JournalEntry
{
    /// <summary>What it showed.</summary>
    public required DrillReport Report { get; init; }

    /// <summary>When the last drill that passed ended, this one among them; null when none has.</summary>
    public DateTimeOffset? LastPassedAt { get; init; }

    /// <summary>As in <see cref="DrillBook.Formerly"/>.</summary>
    public ValueList<EndpointTarget> Formerly { get; init => field = value ?? []; } = [];

    /// <inheritdoc/>
    public override string? Key => $"drill:{Service}";

    /// <inheritdoc/>
    public override string Sentence => $"drill {Report.Number} {Text.Of(Report.Result)}: {Report.Reason}";
}
