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
[JsonSerializable(typeof(EndpointsDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(DecisionsDocument))]
[JsonSerializable(typeof(ExplanationDocument))]
[JsonSerializable(typeof(UptimesDocument))]
[JsonSerializable(typeof(PublicServicesDocument))]
[JsonSerializable(typeof(AccessDocument))]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(ResetDocument))]
[JsonSerializable(typeof(GoneDocument))]
[JsonSerializable(typeof(ObservedDocument))]
[JsonSerializable(typeof(DaemonDocument))]
[JsonSerializable(typeof(ServiceSummaryDocument))]
[JsonSerializable(typeof(DrillBegunDocument))]
[JsonSerializable(typeof(DrillsDocument))]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ReplyContext : JsonSerializerContext;
