using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using DnsFailover.Configuration.Yaml;

namespace DnsFailover.Configuration.Schema;

/// <summary>One of the types that an entry can have.</summary>
/// <param name="Type">The value of its key <c>type</c>.</param>
/// <param name="Section">The keys of an entry of this type, <c>type</c> among them.</param>
/// <param name="Build">Makes a value of an entry's name and keys; null when that is not possible, which was reported.</param>
internal sealed record TypedCase<T>(string Type, Section Section, Func<string, Values, Reading, T?> Build)
    where T : class;

/// <summary>A map whose key <c>type</c> says which other keys it has.</summary>
/// <param name="what">What it is, with an article: "a provider".</param>
/// <param name="cases">The types that there are.</param>
/// <param name="nameMayBeType">True when an entry that is named like a type may leave <c>type</c> out.</param>
internal sealed class TypedKind<T>(string what, Func<Reading?, IReadOnlyList<TypedCase<T>>> cases, bool nameMayBeType) : ValueKind<T>
    where T : class
{
    /// <inheritdoc/>
    public override string Expected => what;

    /// <inheritdoc/>
    public override string Summary => Section.List(cases(null).Select(kind => SchemaDefinitions.Link(kind.Section)), "or");

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out T value)
    {
        value = null;
        var known = cases(reading);
        var types = known.Select(kind => kind.Type);
        if (node is not YamlMap map)
        {
            reading.Error(node, $"{key}: {node.Shape} is written here; expected a map with 'type' and the keys of that type");
            return false;
        }

        var written = map.Find("type");
        if (written is null && !(nameMayBeType && types.Contains(key)))
        {
            reading.Error(node, $"{what.Split(' ')[1]} '{key}' has no 'type'; expected {Section.List(types, "or")}");
            return false;
        }

        var type = new ReadText(key, key, HasReference: false);
        if (written is not null && !reading.TryText(written, "type", Section.List(types, "or"), out type))
        {
            return false;
        }

        if (known.FirstOrDefault(kind => kind.Type == type.Value) is not { } match)
        {
            var hint = type.HasReference ? string.Empty : Nearest.Hint(type.Value, types);
            reading.Error(written ?? node, $"type: '{type.Shown}' is not known; expected {Section.List(types, "or")}{hint}");
            return false;
        }

        value = match.Section.Read(node, key, reading) is { } values ? match.Build(key, values, reading) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("type"),
        ["properties"] = new JsonObject { ["type"] = new JsonObject { ["enum"] = new JsonArray([.. cases(null).Select(kind => JsonValue.Create(kind.Type))]) } },
        ["allOf"] = new JsonArray([.. cases(null).Select(kind => Conditional(kind, definitions))]),
    };

    /// <summary>For editors: the entries that may leave <c>type</c> out because of their name.</summary>
    public JsonObject NamedCases(SchemaDefinitions definitions) => new(cases(null).Select(kind => KeyValuePair.Create<string, JsonNode?>(kind.Type, new JsonObject
    {
        ["if"] = new JsonObject { ["required"] = new JsonArray("type") },
        ["then"] = definitions.Shared($"{what.Split(' ')[1]}-of-a-type", () => ToSchema(definitions)),
        ["else"] = definitions.Of(kind.Section),
    })));

    private static JsonObject Conditional(TypedCase<T> kind, SchemaDefinitions definitions) => new()
    {
        ["if"] = new JsonObject { ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = kind.Type } }, ["required"] = new JsonArray("type") },
        ["then"] = definitions.Of(kind.Section),
    };
}
