using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using DnsFailover.Configuration.Yaml;

namespace DnsFailover.Configuration.Schema;

/// <summary>What a value looks like.</summary>
internal abstract class ValueKind
{
    /// <summary>With an article, for messages: "a duration such as 10s".</summary>
    public abstract string Expected { get; }

    /// <summary>For the reference, in Markdown; may link to a section.</summary>
    public virtual string Summary => Expected;

    /// <summary>True when it is a single value.</summary>
    public virtual bool IsScalar => false;

    /// <summary>For editors.</summary>
    public abstract JsonObject ToSchema(SchemaDefinitions definitions);
}

/// <inheritdoc/>
internal abstract class ValueKind<T> : ValueKind
{
    /// <summary>Reads the value; what is wrong was reported when this is false.</summary>
    public abstract bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out T value);

    /// <summary>The value as the file would spell it.</summary>
    public virtual string Show(T value) => $"{value}";
}

/// <summary>What a text turned out to be.</summary>
/// <param name="Value">The value, when there is no complaint.</param>
/// <param name="Complaint">What is wrong, to follow the quoted text: "has no unit". Null when it is fine.</param>
/// <param name="Suggestion">What was probably meant.</param>
internal readonly record struct Parsed<T>(T Value, string? Complaint = null, string? Suggestion = null)
{
    /// <summary>The text is not taken.</summary>
    public static Parsed<T> No(string complaint, string? suggestion = null) => new(default!, complaint, suggestion);
}

/// <summary>A single value.</summary>
/// <param name="expected">With an article, for messages.</param>
/// <param name="schema">For editors: what the text must look like.</param>
/// <param name="parse">Makes a value of the text.</param>
/// <param name="show">Makes a text of the value.</param>
internal sealed class ScalarKind<T>(string expected, Func<JsonObject> schema, Func<string, Parsed<T>> parse, Func<T, string>? show = null) : ValueKind<T>
{
    /// <inheritdoc/>
    public override string Expected => expected;

    /// <inheritdoc/>
    public override bool IsScalar => true;

    /// <summary>Further checks that need what is outside the file, such as whether a file exists.</summary>
    public Func<T, Reading, string?>? Inspect { get; init; }

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!reading.TryText(node, key, expected, out var text))
        {
            return false;
        }

        var parsed = parse(text.Value);
        var complaint = parsed.Complaint ?? Inspect?.Invoke(parsed.Value, reading);
        value = parsed.Value;
        if (complaint is null)
        {
            return true;
        }

        // A complaint may quote from the value, and a value that was looked up may be a secret.
        var hint = parsed.Suggestion is { } suggestion && !text.HasReference ? $"; did you mean '{suggestion}'?" : string.Empty;
        reading.Error(node, $"{key}: '{text.Shown}' {(text.HasReference ? "stands for something that does not fit" : complaint)}; expected {expected}{hint}");
        return false;
    }

    /// <summary>Makes a value of a text.</summary>
    public Parsed<T> Parse(string text) => parse(text);

    /// <inheritdoc/>
    public override string Show(T value) => show is null ? $"{value}" : show(value);

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        var own = schema();
        var takesAnyText = own["type"]!.ToJsonString().Contains("\"string\"", StringComparison.Ordinal) && own["pattern"] is null && own["enum"] is null;
        return takesAnyText
            ? own
            : new JsonObject { ["anyOf"] = new JsonArray(own, definitions.Reference()) };
    }

    /// <summary>The same texts with another meaning.</summary>
    public ScalarKind<TOther> Select<TOther>(Func<T, TOther> convert) => new(
        expected, schema, text => parse(text) is { Complaint: null } parsed ? new Parsed<TOther>(convert(parsed.Value)) : Parsed<TOther>.No(parse(text).Complaint!, parse(text).Suggestion));
}

/// <summary>A list.</summary>
/// <param name="element">What its elements look like.</param>
/// <param name="plural">What they are, in the plural: "addresses".</param>
/// <param name="mayBeEmpty">False when there is at least one.</param>
internal sealed class ListKind<T>(ValueKind<T> element, string plural, bool mayBeEmpty = false) : ValueKind<IReadOnlyList<Placed<T>>>
{
    /// <inheritdoc/>
    public override string Expected => $"a list of {plural}";

    /// <inheritdoc/>
    public override string Summary => $"a list; each is {element.Summary}";

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out IReadOnlyList<Placed<T>> value)
    {
        value = null;
        if (node is not YamlList list)
        {
            var meant = element.IsScalar && node is YamlScalar { IsNull: false } scalar && !References.IsIn(scalar.Text) && scalar.Text.Length < 60 ? $"; did you mean '[{scalar.Text}]'?" : string.Empty;
            reading.Error(node, $"{key}: {node.Shape} is written here; expected {Expected}{meant}");
            return false;
        }

        if (list.Items.Count == 0 && !mayBeEmpty)
        {
            reading.Error(node, $"{key}: the list is empty; expected at least one");
            return false;
        }

        var items = new List<Placed<T>>(list.Items.Count);
        foreach (var item in list.Items)
        {
            if (element.TryRead(item, key, reading, out var read))
            {
                items.Add(new Placed<T>(read, item));
            }
        }

        value = items;

        // What could be read goes on to further checks; the rest was reported.
        return items.Count > 0 || list.Items.Count == 0;
    }

    /// <inheritdoc/>
    public override string Show(IReadOnlyList<Placed<T>> value) => $"[{string.Join(", ", value.Select(item => element.Show(item.Value)))}]";

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = element.ToSchema(definitions) };
        if (!mayBeEmpty)
        {
            schema["minItems"] = 1;
        }

        return schema;
    }
}

/// <summary>An element with its place.</summary>
internal readonly record struct Placed<T>(T Value, YamlNode Node);

/// <summary>A map with names of the operator's choosing.</summary>
/// <param name="element">What stands under each name.</param>
/// <param name="expected">With an article, for messages.</param>
/// <param name="complain">What is wrong with a name; null when nothing.</param>
internal sealed class MapKind<T>(ValueKind<T> element, string expected, Func<string, string?> complain) : ValueKind<IReadOnlyList<Named<T>>>
    where T : class
{
    /// <inheritdoc/>
    public override string Expected => expected;

    /// <inheritdoc/>
    public override string Summary => $"{expected}; each is {element.Summary}";

    /// <summary>True when two names that differ in case only are one.</summary>
    public bool IgnoresCase { get; init; }

    /// <summary>For editors: names under which something special holds.</summary>
    public Func<SchemaDefinitions, JsonObject>? SpecialNames { get; init; }

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out IReadOnlyList<Named<T>> value)
    {
        value = null;
        if (node is not YamlMap map)
        {
            reading.Error(node, $"{key}: {node.Shape} is written here; expected {expected}");
            return false;
        }

        var items = new List<Named<T>>();
        var names = new HashSet<string>(IgnoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            var name = entry.Key.Text;
            var colon = name.IndexOf(':', StringComparison.Ordinal);
            if (complain(name) is { } complaint)
            {
                reading.Error(entry.Key, $"{key}: {(colon < 0 ? $"'{Reading.Shorten(name)}'" : $"'{Reading.Shorten(name[..(colon + 1)])}…'")} {complaint}");
            }
            else if (!names.Add(name))
            {
                reading.Error(entry.Key, $"{key}: '{name}' is written twice; names that differ in case only are the same");
            }

            // An entry that could not be read keeps its name, so that references to it are not complained about too.
            items.Add(new Named<T>(name, element.TryRead(entry.Value, name, reading, out var read) ? read : null, entry.Key));
        }

        value = items;
        return true;
    }

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = element.ToSchema(definitions) };
        if (SpecialNames is not null)
        {
            schema["properties"] = SpecialNames(definitions);
        }

        return schema;
    }
}

/// <summary>An entry of a map, with its place.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Null when it could not be read, which was reported.</param>
/// <param name="Node">Where the name stands.</param>
internal sealed record Named<T>(string Name, T? Value, YamlNode Node)
    where T : class;

/// <summary>A map with declared keys.</summary>
/// <param name="section">Its keys.</param>
/// <param name="build">Makes a value of them; null when that is not possible, which was reported.</param>
internal sealed class SectionKind<T>(Section section, Func<Values, Reading, T?> build) : ValueKind<T>
    where T : class
{
    /// <inheritdoc/>
    public override string Expected => $"a map with {Section.List(section.Keys.Where(key => key.Required).DefaultIfEmpty(section.Keys[0]).Select(key => $"'{key.Name}'"))}";

    /// <inheritdoc/>
    public override string Summary => SchemaDefinitions.Link(section);

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out T value)
    {
        value = section.Read(node, key, reading) is { } values ? build(values, reading) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions) => definitions.Of(section);
}

/// <summary>A short form (a single value or a list), or a long one.</summary>
internal sealed class EitherKind<T>(ValueKind<T> scalar, ValueKind<T> other) : ValueKind<T>
{
    /// <inheritdoc/>
    public override string Expected => $"{scalar.Expected}, or {other.Expected}";

    /// <inheritdoc/>
    public override string Summary => $"{scalar.Summary}, or {other.Summary}";

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out T value)
    {
        if (node is YamlScalar { IsNull: true })
        {
            reading.Error(node, $"{key}: nothing is written behind the colon; expected {Expected}");
            value = default;
            return false;
        }

        return (node is YamlScalar ? scalar : other).TryRead(node, key, reading, out value);
    }

    /// <inheritdoc/>
    public override string Show(T value) => scalar.Show(value);

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions) => new() { ["anyOf"] = new JsonArray(scalar.ToSchema(definitions), other.ToSchema(definitions)) };
}
