using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DnsFailover.Tests.Providers.Http;

/// <summary>
/// Holds requests and replies against an OpenAPI document: path, method and query are known; bodies have the members,
/// types, values and formats that it asks for.
/// </summary>
internal sealed class OpenApiContract
{
    private const string Variable = "DNSFAILOVER_CONTRACTS";

    private static readonly Dictionary<string, OpenApiContract?> s_loaded = [];

    private readonly JsonElement _document;

    private OpenApiContract(string file) => _document = file.EndsWith(".yaml", StringComparison.Ordinal) ? YamlAsJson.Read(file) : JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;

    /// <summary>The document of this name; null where <c>DNSFAILOVER_CONTRACTS</c> does not say where the contracts are.</summary>
    public static OpenApiContract? Find(string file)
    {
        lock (s_loaded)
        {
            if (!s_loaded.TryGetValue(file, out var contract))
            {
                contract = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? new OpenApiContract(Path.Combine(folder, file)) : null;
                s_loaded[file] = contract;
            }

            return contract;
        }
    }

    /// <summary>The document in this file, which is there.</summary>
    public static OpenApiContract Load(string path) => new(path);

    /// <summary>As <see cref="Find"/>; skips the test where there is none.</summary>
    public static OpenApiContract Require(string file)
    {
        var contract = Find(file);
        Assert.SkipWhen(contract is null, $"{Variable} is not set: it names the folder that holds {file}");
        return contract!;
    }

    /// <summary>What is wrong with a request: nothing, or a list.</summary>
    public IReadOnlyList<string> CheckRequest(string method, string path, IEnumerable<KeyValuePair<string, string>> query, string body)
    {
        if (Operation(method, path) is not { } operation)
        {
            return [$"{method} {path} is not in the contract"];
        }

        var complaints = new List<string>();
        var parameters = operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray().Select(Resolve).Where(item => Text(item, "in") == "query").ToList() : [];
        foreach (var (name, value) in query)
        {
            var known = parameters.Find(item => Text(item, "name") == name);
            complaints.AddRange(known.ValueKind == JsonValueKind.Undefined
                ? [$"{method} {path} has no parameter '{name}'"]
                : Check(known.GetProperty("schema"), FromQuery(value), $"{method} {path}?{name}"));
        }

        if (operation.TryGetProperty("requestBody", out var expected))
        {
            complaints.AddRange(body.Length == 0
                ? [$"{method} {path} has no body"]
                : Check(Schema(expected), JsonDocument.Parse(body).RootElement, $"{method} {path} body"));
        }
        else if (body.Length > 0)
        {
            complaints.Add($"{method} {path} takes no body");
        }

        return complaints;
    }

    /// <summary>What is wrong with a reply: nothing, or a list.</summary>
    public IReadOnlyList<string> CheckReply(string method, string path, int status, string body)
    {
        if (Operation(method, path) is not { } operation)
        {
            return []; // which is said of the request
        }

        var responses = operation.GetProperty("responses");
        if (!responses.TryGetProperty($"{status}", out var response) && !responses.TryGetProperty($"{status / 100}XX", out response)
            && (status < 400 || !responses.TryGetProperty("default", out response)))
        {
            return [$"{method} {path} has no reply {status}"];
        }

        // What a reply without a described body holds is anybody's guess.
        return Resolve(response) is var described && described.TryGetProperty("content", out _) ? Check(Schema(described), JsonDocument.Parse(body).RootElement, $"{method} {path} reply") : [];
    }

    private JsonElement? Operation(string method, string path)
    {
        foreach (var candidate in _document.GetProperty("paths").EnumerateObject().OrderBy(item => item.Name.Count(c => c == '{')))
        {
            var pattern = $"^{Regex.Replace(candidate.Name, @"\{[^}]*\}", "[^/]+", RegexOptions.None, TimeSpan.FromSeconds(1))}$";
            if (Regex.IsMatch(path, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)) && candidate.Value.TryGetProperty(method.ToLowerInvariant(), out var operation))
            {
                return operation;
            }
        }

        return null;
    }

    private static JsonElement Schema(JsonElement of) => of.GetProperty("content").GetProperty("application/json").GetProperty("schema");

    private static JsonElement FromQuery(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) || value is "true" or "false" ? JsonDocument.Parse(value).RootElement : JsonSerializer.SerializeToElement(value);

    private JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
        {
            schema = reference.GetString()!.Split('/').Skip(1).Aggregate(_document, (at, step) => at.GetProperty(step));
        }

        return schema;
    }

    private List<string> Check(JsonElement reference, JsonElement value, string at)
    {
        var schema = Resolve(reference);
        if (value.ValueKind == JsonValueKind.Null && Flag(schema, "nullable"))
        {
            return [];
        }

        var complaints = new List<string>();
        foreach (var part in Items(schema, "allOf"))
        {
            complaints.AddRange(Check(part, value, at));
        }

        CheckChoice(schema, "anyOf", value, at, (fitting, _) => fitting > 0, complaints);
        CheckChoice(schema, "oneOf", value, at, (fitting, _) => fitting == 1, complaints);
        complaints.AddRange(value.ValueKind switch
        {
            JsonValueKind.Object => CheckObject(schema, value, at),
            JsonValueKind.Array => CheckArray(schema, value, at),
            _ => CheckScalar(schema, value, at),
        });
        string[] types = Text(schema, "type") is { } type ? [type] : [.. Items(schema, "type").Select(item => item.GetString()!)];
        if (types.Length > 0 && !types.Any(one => IsOfType(one, value)))
        {
            complaints.Add($"{at} is {value.ValueKind}, not {string.Join(" or ", types)}");
        }

        if (Items(schema, "enum").ToList() is { Count: > 0 } allowed && !allowed.Exists(item => JsonElement.DeepEquals(item, value)))
        {
            complaints.Add($"{at} is {value.GetRawText()}, which is none of {string.Join(", ", allowed)}");
        }

        return complaints;
    }

    private void CheckChoice(JsonElement schema, string keyword, JsonElement value, string at, Func<int, int, bool> enough, List<string> complaints)
    {
        var parts = Items(schema, keyword).ToList();
        var fitting = parts.Count(part => Check(part, value, at).Count == 0);
        if (parts.Count > 0 && !enough(fitting, parts.Count))
        {
            complaints.Add($"{at} fits {fitting} of {keyword}: {value.GetRawText()}");
        }
    }

    private List<string> CheckObject(JsonElement schema, JsonElement value, string at)
    {
        List<string> complaints = [.. Items(schema, "required").Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{at} has no '{name}'")];
        var properties = schema.TryGetProperty("properties", out var known) ? known : default;
        foreach (var member in value.EnumerateObject())
        {
            if (properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(member.Name, out var expected))
            {
                complaints.AddRange(Check(expected, member.Value, $"{at}.{member.Name}"));
            }
            else if (schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False)
            {
                complaints.Add($"{at} has '{member.Name}', which is not known");
            }
        }

        if (schema.TryGetProperty("minProperties", out var least) && value.EnumerateObject().Count() < least.GetInt32())
        {
            complaints.Add($"{at} is empty");
        }

        return complaints;
    }

    private List<string> CheckArray(JsonElement schema, JsonElement value, string at) =>
        schema.TryGetProperty("minItems", out var least) && value.GetArrayLength() < least.GetInt32() ? [$"{at} has fewer than {least} items"]
        : schema.TryGetProperty("items", out var items) ? [.. value.EnumerateArray().SelectMany((item, index) => Check(items, item, $"{at}[{index}]"))] : [];

    private static IEnumerable<string> CheckScalar(JsonElement schema, JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (schema.TryGetProperty("minimum", out var least) && value.GetDouble() < least.GetDouble())
            {
                yield return $"{at} is {value}, less than {least}";
            }

            if (schema.TryGetProperty("maximum", out var most) && value.GetDouble() > most.GetDouble())
            {
                yield return $"{at} is {value}, more than {most}";
            }
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            var text = value.GetString()!;
            if (schema.TryGetProperty("maxLength", out var longest) && text.Length > longest.GetInt32())
            {
                yield return $"{at} is longer than {longest}";
            }

            if (Text(schema, "pattern") is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)))
            {
                yield return $"{at} is '{text}', which does not match {pattern}";
            }

            if (Text(schema, "format") is { } format && !IsOfFormat(format, text))
            {
                yield return $"{at} is '{text}', which is no {format}";
            }
        }
    }

    private static bool IsOfFormat(string format, string text) => format switch
    {
        "ipv4" => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork,
        "ipv6" => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6,
        "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
        "hostname" => Uri.CheckHostName(text) == UriHostNameType.Dns,
        _ => true,
    };

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => true,
    };

    private static JsonElement.ArrayEnumerator Items(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static string? Text(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static bool Flag(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var flag) && flag.ValueKind == JsonValueKind.True;
}
