using System.Text.Json.Serialization;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Journal;

/// <summary>
/// One fact in the durable record. What must survive a restart is folded out of these again, so the names of the
/// cases and their members are a file format. Members that were added later may be absent from a file: what is read
/// gives them null then, whatever their initial value (the serializer sets every <c>init</c> member), so that each of
/// these takes null for its default.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(HealthChanged), "healthChanged")]
[JsonDerivedType(typeof(IntentRecorded), "intent")]
[JsonDerivedType(typeof(OutcomeRecorded), "outcome")]
[JsonDerivedType(typeof(ConditionRaised), "conditionRaised")]
[JsonDerivedType(typeof(ConditionCleared), "conditionCleared")]
[JsonDerivedType(typeof(DriftNoticed), "drift")]
[JsonDerivedType(typeof(DriftEnded), "driftEnded")]
[JsonDerivedType(typeof(ConfigurationChanged), "configuration")]
[JsonDerivedType(typeof(OverrideBegan), "override")]
[JsonDerivedType(typeof(OverrideEnded), "overrideEnded")]
[JsonDerivedType(typeof(DrillExpected), "drillExpected")]
[JsonDerivedType(typeof(DrillBegan), "drill")]
[JsonDerivedType(typeof(DrillIntended), "drillIntent")]
[JsonDerivedType(typeof(DrillEnded), "drillEnded")]
public abstract record JournalEntry
{
    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The service it belongs to; null for the daemon as a whole.</summary>
    public DnsName? Service { get; init; }

    /// <summary>
    /// Entries of one key supersede each other, and the newest of each key is kept for ever whatever the retention:
    /// a restart needs it. Null for entries that only tell history.
    /// </summary>
    [JsonIgnore]
    public abstract string? Key { get; }

    /// <summary>The sentence for log and page.</summary>
    [JsonIgnore]
    public abstract string Sentence { get; }
}

/// <summary>A target became Up, Down or Unknown.</summary>
public sealed record HealthChanged : JournalEntry
{
    /// <summary>Whose health.</summary>
    public required TargetId Target { get; init; }

    /// <summary>Before.</summary>
    public required HealthStatus From { get; init; }

    /// <summary>Now.</summary>
    public required HealthStatus To { get; init; }

    /// <summary>Why, with the count: "3 failures in a row, last: connection refused by 192.0.2.7:443".</summary>
    public required string Reason { get; init; }

    /// <inheritdoc/>
    public override string? Key => null;

    /// <inheritdoc/>
    public override string Sentence => $"{Target} is {To}: {Reason}";
}

/// <summary>A change set will be applied. It is durable before anything is written at the provider.</summary>
public sealed record IntentRecorded : JournalEntry
{
    /// <summary>The provider it will be written at; empty in journals of before there could be several.</summary>
    public string Provider { get; init => field = value ?? string.Empty; } = string.Empty;

    /// <summary>What will be written, and under which condition.</summary>
    public required ChangeSet Change { get; init; }

    /// <summary>The kind of the decision.</summary>
    public required DecisionKind Decision { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>The observations it rests on.</summary>
    public required ValueList<string> Evidence { get; init; }

    /// <summary>The rules that could have held it back, each with its figures.</summary>
    public ValueList<string> Guards { get; init => field = value ?? []; } = [];

    /// <summary>What was served, for people.</summary>
    public required string From { get; init; }

    /// <summary>What shall be served, for people.</summary>
    public required string To { get; init; }

    /// <summary>When the first failed observation of the outage came in; null when nothing had failed.</summary>
    public DateTimeOffset? FirstFailureAt { get; init; }

    /// <summary>When the verdict was reached that the decision follows.</summary>
    public required DateTimeOffset VerdictAt { get; init; }

    /// <summary>The record types whose traffic changes sides, so that their hold-down begins when it is applied.</summary>
    public required ValueList<RecordType> Switched { get; init; }

    /// <summary>True when traffic moves because of health: what the rules for all services together count.</summary>
    public bool MovesTraffic { get; init; }

    /// <summary>The values that lose their traffic because they are down.</summary>
    public ValueList<EndpointTarget> Left { get; init => field = value ?? []; } = [];

    /// <summary>True when it only brings a further provider in line with the one that leads.</summary>
    public bool Follows { get; init; }

    /// <summary>Names the decision in log, alerts and traces: <c>api.example.com#17</c>.</summary>
    [JsonIgnore]
    public string DecisionId => Text.DecisionId(Service, Change.Id);

    /// <inheritdoc/>
    public override string? Key => $"intent:{Service}:{Provider}";

    /// <inheritdoc/>
    public override string Sentence => From == To ? $"{Decision} ({Change}): {Reason}" : $"{Decision} from {From} to {To} ({Change}): {Reason}";
}

/// <summary>How a change set ended.</summary>
public enum ChangeResult
{
    /// <summary>Written, and every authoritative server answers it.</summary>
    Verified,

    /// <summary>Written, but not every authoritative server answered it within the bound.</summary>
    Unverified,

    /// <summary>Not written: the records had changed since they were read.</summary>
    Conflict,

    /// <summary>Not written: the provider failed in a way that may pass.</summary>
    Failed,

    /// <summary>Not written: the provider refuses it until somebody mends something.</summary>
    Rejected,
}

/// <summary>When traffic of one record type last changed sides.</summary>
/// <param name="Type">The RRset.</param>
/// <param name="SwitchedAt">The last switch.</param>
public sealed record HoldDown(RecordType Type, DateTimeOffset SwitchedAt);

/// <summary>A change that moved traffic, or was to.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Types">The record types whose traffic changed sides.</param>
public sealed record PastSwitch(DateTimeOffset At, DecisionKind Kind, ValueList<RecordType> Types)
{
    /// <summary>The values that lost their traffic because they were down.</summary>
    public ValueList<EndpointTarget> Left { get; init => field = value ?? []; } = [];
}

/// <summary>A change set ended.</summary>
public sealed record OutcomeRecorded : JournalEntry
{
    /// <summary>The provider it went to; empty as in <see cref="IntentRecorded.Provider"/>.</summary>
    public string Provider { get; init => field = value ?? string.Empty; } = string.Empty;

    /// <summary>The number of the change set.</summary>
    public required long ChangeId { get; init; }

    /// <summary>How it ended.</summary>
    public required ChangeResult Result { get; init; }

    /// <summary>In the words of the provider or the verification; no secret.</summary>
    public required string Reason { get; init; }

    /// <summary>The hold-down of every RRset of the service after this change.</summary>
    public required ValueList<HoldDown> HoldDowns { get; init; }

    /// <summary>The values that are ours after this change: those of the last change that was written.</summary>
    public ValueList<EndpointTarget> Formerly { get; init => field = value ?? []; } = [];

    /// <summary>The newest switches of the service, this one among them, oldest first: what budgets and dampers count.</summary>
    public ValueList<PastSwitch> Switches { get; init => field = value ?? []; } = [];

    /// <summary>The calls that were made to the provider, each with the number it gave and how long it took.</summary>
    public ValueList<string> Calls { get; init => field = value ?? []; } = [];

    /// <summary>The changes that are taken for not written, although the provider took them or may have, this one among them or not: each may yet appear, also after a restart. Oldest first.</summary>
    public ValueList<IntentRecorded> Doubtful { get; init => field = value ?? []; } = [];

    /// <summary>Where the time went; null when nothing was written.</summary>
    public SwitchTimings? Timings { get; init; }

    /// <summary>The provider that led when it ended; null in journals of before there could be several.</summary>
    public string? Lead { get; init; }

    /// <summary>The same as in <see cref="IntentRecorded.DecisionId"/>.</summary>
    [JsonIgnore]
    public string DecisionId => Text.DecisionId(Service, ChangeId);

    /// <inheritdoc/>
    public override string? Key => $"outcome:{Service}:{Provider}";

    /// <inheritdoc/>
    public override string Sentence => Timings is { } timings
        ? $"change {ChangeId} {Text.Of(Result)}, written in {Text.Of(timings.Write)}{(timings.Verification is { } verification ? $", verified in {Text.Of(verification)}" : string.Empty)}: {Reason}"
        : $"change {ChangeId} {Text.Of(Result)}: {Reason}";
}

/// <summary>A condition that is alerted once began: a refused switch, all down, redundancy lost.</summary>
public sealed record ConditionRaised : JournalEntry
{
    /// <summary>Names the cause, stable over restarts: one cause, one message.</summary>
    public required string Cause { get; init; }

    /// <summary>What kind of alert it raised.</summary>
    public required AlertKind Alert { get; init; }

    /// <summary>True when it is the Down of one target, which a <see cref="HealthChanged"/> tells as well.</summary>
    [JsonIgnore]
    public bool IsOfTarget => Cause.StartsWith(TargetDown, StringComparison.Ordinal);

    /// <summary>How the cause of a target that is Down begins.</summary>
    internal const string TargetDown = "down:";

    /// <summary>How the cause of a refusal ends that passes by itself, so that nobody is told.</summary>
    public const string Waits = ":waits";

    /// <summary>Since when it lasts: for a target that is Down, since its first failed probe.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The observations it rests on.</summary>
    public ValueList<string> Evidence { get; init => field = value ?? []; } = [];

    /// <summary>For a change that was refused: the rules that could have held it back, each with its figures.</summary>
    public ValueList<string> Guards { get; init => field = value ?? []; } = [];

    /// <summary>True when a person was told of it, so that its end is told too.</summary>
    public required bool Told { get; init; }

    /// <summary>The sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>When all writes are held since too much failed at once: until when at the latest; null for every other condition.</summary>
    public DateTimeOffset? HoldsUntil { get; init; }

    /// <inheritdoc/>
    public override string? Key => $"condition:{Service}:{Cause}";

    /// <inheritdoc/>
    public override string Sentence => Alert == AlertKind.AllDown ? $"every endpoint is down: {Reason}" : Reason;
}

/// <summary>A condition is over.</summary>
public sealed record ConditionCleared : JournalEntry
{
    /// <summary>The same cause as in <see cref="ConditionRaised"/>.</summary>
    public required string Cause { get; init; }

    /// <summary>The sentence.</summary>
    public required string Reason { get; init; }

    /// <inheritdoc/>
    public override string? Key => $"condition:{Service}:{Cause}";

    /// <inheritdoc/>
    public override string Sentence => Reason;
}

/// <summary>The records changed, and it was not us.</summary>
public sealed record DriftNoticed : JournalEntry
{
    /// <summary>The provider that holds them; empty as in <see cref="IntentRecorded.Provider"/>.</summary>
    public string Provider { get; init => field = value ?? string.Empty; } = string.Empty;

    /// <summary>What was there when we last looked.</summary>
    public required string Expected { get; init; }

    /// <summary>What is there now.</summary>
    public required string Actual { get; init; }

    /// <summary>The hold-down of every RRset of the service after this: traffic that somebody moved has moved.</summary>
    public ValueList<HoldDown> HoldDowns { get; init => field = value ?? []; } = [];

    /// <summary>What is done about it, while it lasts; null when nothing is, so that it is over at once.</summary>
    public Drift? Response { get; init; }

    /// <summary>When records were put back the last times, at the most <see cref="Drift.MostRestores"/>.</summary>
    public ValueList<DateTimeOffset> Restores { get; init => field = value ?? []; } = [];

    /// <inheritdoc/>
    public override string? Key => $"drift:{Service}:{Provider}";

    /// <inheritdoc/>
    public override string Sentence => $"somebody else changed the records from {Expected} to {Actual}";
}

/// <summary>What somebody else had changed is as it was again, or does not matter any more: all of it, or that of one record type.</summary>
public sealed record DriftEnded : JournalEntry
{
    /// <summary>The provider that holds the records.</summary>
    public required string Provider { get; init; }

    /// <summary>How it ended.</summary>
    public required string Reason { get; init; }

    /// <summary>What of it is not over; null when all of it is.</summary>
    public Drift? Left { get; init; }

    /// <summary>What was found to be as it was, since somebody undid it; empty when it ended otherwise.</summary>
    public ValueList<RecordSet> Undone { get; init => field = value ?? []; } = [];

    /// <summary>As in <see cref="DriftNoticed.HoldDowns"/>, which this entry supersedes.</summary>
    public ValueList<HoldDown> HoldDowns { get; init => field = value ?? []; } = [];

    /// <summary>As in <see cref="DriftNoticed.Restores"/>.</summary>
    public ValueList<DateTimeOffset> Restores { get; init => field = value ?? []; } = [];

    /// <inheritdoc/>
    public override string? Key => $"drift:{Service}:{Provider}";

    /// <inheritdoc/>
    public override string Sentence => Reason;
}

/// <summary>A configuration was loaded or rejected.</summary>
public sealed record ConfigurationChanged : JournalEntry
{
    /// <summary>False when it was rejected and the last good one goes on.</summary>
    public required bool Accepted { get; init; }

    /// <summary>What was loaded, or what is wrong with it.</summary>
    public required string Reason { get; init; }

    /// <inheritdoc/>
    public override string? Key => null;

    /// <inheritdoc/>
    public override string Sentence => Reason;
}

/// <summary>An operator's override began.</summary>
public sealed record OverrideBegan : JournalEntry
{
    /// <summary>What was said.</summary>
    public required Override Override { get; init; }

    /// <inheritdoc/>
    public override string? Key => KeyOf(Override);

    /// <inheritdoc/>
    public override string Sentence => $"{Override.Actor}: {Override.Describe()} until {Text.At(Override.Until)}: {Override.Reason}";

    internal static string KeyOf(Override begun) => $"override:{begun.Service}:{begun.Identity.Kind}:{begun.Identity.Endpoint}";
}

/// <summary>An operator's override ended.</summary>
public sealed record OverrideEnded : JournalEntry
{
    /// <summary>What had been said.</summary>
    public required Override Override { get; init; }

    /// <summary>Who ended it; null when its time had come.</summary>
    public string? Actor { get; init; }

    /// <summary>Why it ended.</summary>
    public required string Reason { get; init; }

    /// <inheritdoc/>
    public override string? Key => OverrideBegan.KeyOf(Override);

    /// <inheritdoc/>
    public override string Sentence => $"{(Actor is null ? string.Empty : $"{Actor}: ")}no longer {Override.Describe()}: {Reason}";
}
