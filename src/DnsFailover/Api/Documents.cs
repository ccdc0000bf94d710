using System.Text.Json.Serialization;

namespace DnsFailover.Api;

/// <summary>What an operator asks for; which members are needed depends on the address.</summary>
internal sealed record CommandDocument
{
    /// <summary>The endpoint, for force and drain.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Why, for everyone to see.</summary>
    public string? Reason { get; init; }

    /// <summary>Who: <c>alice@laptop</c>.</summary>
    public string? Actor { get; init; }

    /// <summary>How long, as <c>2h</c>; instead of <see cref="Until"/>.</summary>
    public string? For { get; init; }

    /// <summary>Until when, as <c>2026-03-01T15:04Z</c>; instead of <see cref="For"/>.</summary>
    public string? Until { get; init; }
}

/// <summary>What became of a command.</summary>
/// <param name="Says">What it means, and how things are now.</param>
/// <param name="Until">When it ends by itself; null for the end of one.</param>
internal sealed record CommandReplyDocument(string Says, DateTimeOffset? Until);

/// <summary>What an operator has said, and has not ended.</summary>
internal sealed record OverrideDocument(string Kind, string? Service, string? Endpoint, string Describes, string Reason, string Actor, DateTimeOffset Since, DateTimeOffset Until);

/// <summary>Every override.</summary>
internal sealed record OverridesDocument(IReadOnlyList<OverrideDocument> Overrides);

/// <summary>A planned time that is in effect, or the next one.</summary>
internal sealed record WindowDocument(string Kind, string? Endpoint, DateTimeOffset From, DateTimeOffset Until, bool InEffect, string Reason, string Schedule, string TimeZone);

/// <summary>One value that the name is answered with.</summary>
/// <param name="Type">The record type.</param>
/// <param name="Value">The value.</param>
/// <param name="Endpoint">Whose it is; null when no endpoint declares it.</param>
/// <param name="Weight">Its weight, where there are weights.</param>
internal sealed record AnswerDocument(string Type, string Value, string? Endpoint, int? Weight);

/// <summary>What was last decided for one record type.</summary>
/// <param name="Type">The record type.</param>
/// <param name="Kind">What.</param>
/// <param name="Reason">Why.</param>
/// <param name="Next">For a change that is held back: what comes next.</param>
internal sealed record DecisionDocument(string Type, string Kind, string Reason, string? Next);

/// <summary>One address of an endpoint.</summary>
internal sealed record TargetDocument(string Type, string Value, string Status, DateTimeOffset Since, string Explanation);

/// <summary>An endpoint.</summary>
internal sealed record EndpointDocument(string Name, int Priority, string Status, bool IsServed, IReadOnlyList<TargetDocument> Addresses);

/// <summary>Something that was raised and is not over yet.</summary>
internal sealed record ConditionDocument(string Reason, DateTimeOffset Since);

/// <summary>A service.</summary>
internal sealed record ServiceDocument
{
    /// <summary>The name being steered.</summary>
    public required string Name { get; init; }

    /// <summary>Which healthy endpoints are served.</summary>
    public required string Policy { get; init; }

    /// <summary>What it is answered with, for people: <c>render (192.0.2.2)</c>.</summary>
    public required string AnsweredWith { get; init; }

    /// <summary>What it is answered with; empty while that is not known.</summary>
    public required IReadOnlyList<AnswerDocument> Answer { get; init; }

    /// <summary>What was decided, per record type.</summary>
    public required IReadOnlyList<DecisionDocument> Decisions { get; init; }

    /// <summary>In order of preference.</summary>
    public required IReadOnlyList<EndpointDocument> Endpoints { get; init; }

    /// <summary>What operators have said of it; the freeze of all is among them.</summary>
    public required IReadOnlyList<OverrideDocument> Overrides { get; init; }

    /// <summary>Of each of its schedules the planned time in effect, or the next one.</summary>
    public required IReadOnlyList<WindowDocument> Windows { get; init; }

    /// <summary>Why nothing is written for it, by an operator or a planned time; null when nothing stands against it.</summary>
    public string? Frozen { get; init; }

    /// <summary>What was alerted and is not over.</summary>
    public required IReadOnlyList<ConditionDocument> Conditions { get; init; }
}

/// <summary>Every service.</summary>
/// <param name="Now">The daemon's time.</param>
/// <param name="Services">Sorted by name.</param>
/// <param name="Network">Why nothing is written for any of them, since our own network is the likely fault; null while it is not.</param>
internal sealed record ServicesDocument(DateTimeOffset Now, IReadOnlyList<ServiceDocument> Services, ConditionDocument? Network);

/// <summary>What is wrong (RFC 9457).</summary>
/// <param name="Title">In a few words.</param>
/// <param name="Status">The status code.</param>
/// <param name="Detail">With what to do about it.</param>
internal sealed record ProblemDocument(string Title, int Status, string Detail);

/// <summary>How the documents are spelled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(CommandDocument))]
internal sealed partial class RequestContext : JsonSerializerContext;

/// <summary>How the documents are spelled. A later version may add members, so that unknown ones are skipped.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CommandReplyDocument))]
[JsonSerializable(typeof(OverridesDocument))]
[JsonSerializable(typeof(ServiceDocument))]
[JsonSerializable(typeof(ServicesDocument))]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ReplyContext : JsonSerializerContext;
