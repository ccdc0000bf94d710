using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Journal;

/// <summary>
/// How entries and alerts are spelled in the journal. What is written today is read by every later version: members
/// may be added, and unknown ones are skipped, but none is renamed.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true,
    AllowOutOfOrderMetadataProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(DnsNameConverter),
        typeof(RecordSetConverter),
        typeof(ValueListConverter<string>),
        typeof(ValueListConverter<RecordValue>),
        typeof(ValueListConverter<RecordType>),
        typeof(ValueListConverter<RecordChange>),
        typeof(ValueListConverter<HoldDown>),
        typeof(ValueListConverter<PastSwitch>),
        typeof(ValueListConverter<EndpointTarget>),
        typeof(ValueListConverter<RecordSet>),
        typeof(ValueListConverter<DateTimeOffset>),
        typeof(ValueListConverter<DrillPhase>),
        typeof(ValueListConverter<IntentRecorded>),
    ])]
[JsonSerializable(typeof(JournalEntry))]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(RecordSetMembers))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(RecordValue))]
[JsonSerializable(typeof(RecordType))]
[JsonSerializable(typeof(RecordChange))]
[JsonSerializable(typeof(HoldDown))]
[JsonSerializable(typeof(PastSwitch))]
[JsonSerializable(typeof(EndpointTarget))]
[JsonSerializable(typeof(RecordSet))]
[JsonSerializable(typeof(DateTimeOffset))]
[JsonSerializable(typeof(DrillPhase))]
[JsonSerializable(typeof(IntentRecorded))]
internal sealed partial class JournalContext : JsonSerializerContext;

/// <summary>Entries and alerts to text and back.</summary>
internal static class JournalJson
{
    private static readonly Dictionary<Type, string> Kinds = JournalContext.Default.JournalEntry.PolymorphismOptions!.DerivedTypes
        .ToDictionary(derived => derived.DerivedType, derived => (string)derived.TypeDiscriminator!);

    /// <summary>The name of an entry's case in the file: <c>intent</c>, <c>outcome</c>.</summary>
    public static string KindOf(JournalEntry entry) => Kinds[entry.GetType()];

    /// <summary>The entry as text.</summary>
    public static string Write(JournalEntry entry) => JsonSerializer.Serialize(entry, JournalContext.Default.JournalEntry);

    /// <summary>The alert as text.</summary>
    public static string Write(Alert alert) => JsonSerializer.Serialize(alert, JournalContext.Default.Alert);

    /// <summary>Reads an entry.</summary>
    /// <exception cref="JsonException">It is no entry that this version knows.</exception>
    public static JournalEntry ReadEntry(string json) => Read(json, JournalContext.Default.JournalEntry);

    /// <summary>Reads an alert.</summary>
    /// <exception cref="JsonException">It is no alert that this version knows.</exception>
    public static Alert ReadAlert(string json) => Read(json, JournalContext.Default.Alert);

    private static T Read<T>(string json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null where a value is expected");
        }
        catch (NotSupportedException cause)
        {
            // A missing or unknown "kind" ends here: the case cannot be made without knowing which it is.
            throw new JsonException("the kind is missing or unknown", cause);
        }
    }
}

/// <summary>A name as its canonical text.</summary>
internal sealed class DnsNameConverter : JsonConverter<DnsName>
{
    /// <inheritdoc/>
    public override DnsName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && DnsName.TryParse(reader.GetString(), out var name, out _)
            ? name
            : throw new JsonException("a host name is expected");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DnsName value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>A list as an array.</summary>
internal sealed class ValueListConverter<T> : JsonConverter<ValueList<T>>
{
    /// <inheritdoc/>
    public override ValueList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("an array is expected");
        }

        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        var items = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("null where a value is expected"));
        }

        return items.ToValueList();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ValueList<T> value, JsonSerializerOptions options)
    {
        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var item in value)
        {
            JsonSerializer.Serialize(writer, item, type);
        }

        writer.WriteEndArray();
    }
}

/// <summary>An RRset by its members; it is put together again under the rules that every RRset obeys.</summary>
internal sealed class RecordSetConverter : JsonConverter<RecordSet>
{
    /// <inheritdoc/>
    public override RecordSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var members = JsonSerializer.Deserialize(ref reader, (JsonTypeInfo<RecordSetMembers>)options.GetTypeInfo(typeof(RecordSetMembers)))!;
        try
        {
            var ttl = TimeSpan.FromSeconds(members.Ttl);
            return members.Described == true
                ? RecordSet.Described(members.Name, members.Type, ttl, members.Values.Select(value => value.Data))
                : RecordSet.Create(members.Name, members.Type, ttl, members.Values);
        }
        catch (Exception cause) when (cause is ArgumentException or OverflowException)
        {
            throw new JsonException("not an RRset", cause);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RecordSet value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(
            writer,
            new RecordSetMembers { Name = value.Name, Type = value.Type, Ttl = (long)value.Ttl.TotalSeconds, Values = value.Values, Described = value.IsDescribed ? true : null },
            (JsonTypeInfo<RecordSetMembers>)options.GetTypeInfo(typeof(RecordSetMembers)));
}

/// <summary>What an RRset is made of.</summary>
internal sealed record RecordSetMembers
{
    /// <summary>The owner name.</summary>
    public required DnsName Name { get; init; }

    /// <summary>The type.</summary>
    public required RecordType Type { get; init; }

    /// <summary>The time to live in seconds.</summary>
    public required long Ttl { get; init; }

    /// <summary>The values.</summary>
    public required ValueList<RecordValue> Values { get; init; }

    /// <summary>True when the values are descriptions of something that has none; left out when they are not.</summary>
    public bool? Described { get; init; }
}
