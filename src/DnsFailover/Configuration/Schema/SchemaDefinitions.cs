using System.Text.Json.Nodes;

namespace DnsFailover.Configuration.Schema;

/// <summary>Gathers the sections that a JSON schema (draft 7, the one editors know best) refers to.</summary>
internal sealed class SchemaDefinitions
{
    private readonly JsonObject _definitions = [];
    private readonly List<Section> _sections = [];

    /// <summary>The sections in the order in which they were first met.</summary>
    public IReadOnlyList<Section> Sections => _sections;

    /// <summary>The gathered definitions.</summary>
    public JsonObject Definitions => _definitions;

    /// <summary>A link to a section's heading in the reference.</summary>
    public static string Link(Section section) => $"[{section.Name}](#{Anchor(section).ToLowerInvariant()})";

    /// <summary>A pointer to the section's definition.</summary>
    public JsonObject Of(Section section)
    {
        if (!_sections.Contains(section))
        {
            _sections.Add(section);
            _definitions[Anchor(section)] = null;
            _definitions[Anchor(section)] = Definition(section);
        }

        return new JsonObject { ["$ref"] = $"#/definitions/{Anchor(section)}" };
    }

    /// <summary>A pointer to a schema that occurs in several places.</summary>
    public JsonObject Shared(string name, Func<JsonObject> schema)
    {
        _definitions[name] ??= schema();
        return new JsonObject { ["$ref"] = $"#/definitions/{name}" };
    }

    /// <summary>A pointer to the definition of a text with a reference in it, which may stand for any single value.</summary>
    public JsonObject Reference()
    {
        _definitions["reference"] ??= new JsonObject { ["type"] = "string", ["pattern"] = @"\$\{", ["description"] = "${NAME} or ${file:/path}" };
        return new JsonObject { ["$ref"] = "#/definitions/reference" };
    }

    /// <summary>The section itself, its keys included.</summary>
    public JsonObject Definition(Section section)
    {
        var properties = new JsonObject();
        foreach (var key in section.Keys)
        {
            // Draft 7 ignores what stands beside $ref, so the description goes around it.
            var schema = key.Kind.ToSchema(this);
            var property = new JsonObject { ["description"] = key.ShownDefault is { } text ? $"{key.Description} Default: {text}." : key.Description };
            foreach (var (name, value) in schema.ContainsKey("$ref") ? new JsonObject { ["allOf"] = new JsonArray(schema) } : schema)
            {
                property[name] = value?.DeepClone();
            }

            properties[key.Name] = property;
        }

        var definition = new JsonObject { ["type"] = "object", ["description"] = section.Description, ["additionalProperties"] = false, ["properties"] = properties };
        JsonNode[] required = [.. section.Keys.Where(key => key.Required).Select(key => (JsonNode)key.Name)];
        if (required.Length > 0)
        {
            definition["required"] = new JsonArray(required);
        }

        return definition;
    }

    private static string Anchor(Section section) => section.Name.Replace(' ', '-');
}
