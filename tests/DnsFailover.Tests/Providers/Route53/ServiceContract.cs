using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>
/// Holds requests and replies against the vendor's own description of its API (a service-2.json of the AWS SDKs): members,
/// their order and namespace, enums, ranges, lengths and patterns.
/// </summary>
internal sealed class ServiceContract
{
    private const string Variable = "DNSFAILOVER_CONTRACTS";

    private readonly JsonElement _operations;
    private readonly JsonElement _shapes;
    private readonly XNamespace _namespace = "https://route53.amazonaws.com/doc/2013-04-01/";

    private ServiceContract(JsonElement root) => (_operations, _shapes) = (root.GetProperty("operations"), root.GetProperty("shapes"));

    /// <summary>The description; null where it is not at hand.</summary>
    public static ServiceContract? Instance { get; } = Load();

    /// <summary>Skips the test where the description is not at hand.</summary>
    public static ServiceContract Require()
    {
        Assert.SkipWhen(Instance is null, $"set {Variable} to the folder that holds route53-2013-04-01.service-2.json");
        return Instance!;
    }

    /// <summary>What is wrong with a request; empty when nothing is.</summary>
    /// <param name="operation">For example ListResourceRecordSets.</param>
    /// <param name="parameters">What stands in the path and the query, by the names of the wire.</param>
    /// <param name="body">What it carries; null for nothing.</param>
    public IReadOnlyList<string> Request(string operation, IEnumerable<KeyValuePair<string, string>> parameters, XElement? body)
    {
        var complaints = new List<string>();
        var input = _operations.GetProperty(operation).GetProperty("input");
        var shape = _shapes.GetProperty(input.GetProperty("shape").GetString()!);
        var members = shape.GetProperty("members").EnumerateObject().Where(member => member.Value.TryGetProperty("location", out _)).ToDictionary(WireName, member => member, StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            if (members.TryGetValue(name, out var member))
            {
                Check(member.Value.GetProperty("shape").GetString()!, value, $"{operation}.{name}", complaints);
            }
            else
            {
                complaints.Add($"{operation}: the parameter {name} is not known");
            }
        }

        var given = parameters.Select(parameter => parameter.Key).ToHashSet(StringComparer.Ordinal);
        complaints.AddRange(Required(shape).Where(name => members.Values.Any(member => member.Name == name) && !given.Contains(members.First(member => member.Value.Name == name).Key)).Select(name => $"{operation}: {name} is missing"));
        if (body is not null)
        {
            if (body.Name != _namespace + (input.TryGetProperty("locationName", out var root) ? root.GetString()! : "?"))
            {
                complaints.Add($"{operation}: the root is {body.Name}");
            }

            Structure(shape, body, operation, complaints);
        }
        else if (input.TryGetProperty("locationName", out _))
        {
            complaints.Add($"{operation}: the body is missing");
        }

        return complaints;
    }

    /// <summary>What is wrong with a reply that is a success; empty when nothing is.</summary>
    public IReadOnlyList<string> Reply(string operation, XElement body)
    {
        var complaints = new List<string>();
        var shape = _operations.GetProperty(operation).GetProperty("output").GetProperty("shape").GetString()!;
        if (body.Name != _namespace + shape)
        {
            complaints.Add($"{operation}: the root is {body.Name}");
        }

        Structure(_shapes.GetProperty(shape), body, shape, complaints);
        return complaints;
    }

    private static ServiceContract? Load()
    {
        var path = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.Combine(folder, "route53-2013-04-01.service-2.json") : null;
        return path is not null && File.Exists(path) ? new ServiceContract(JsonDocument.Parse(File.ReadAllText(path)).RootElement.Clone()) : null;
    }

    private static string WireName(JsonProperty member) => member.Value.TryGetProperty("locationName", out var name) ? name.GetString()! : member.Name;

    private static IEnumerable<string> Required(JsonElement shape) => shape.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!) : [];

    private void Structure(JsonElement shape, XElement element, string path, List<string> complaints)
    {
        var members = shape.GetProperty("members").EnumerateObject().Where(member => !member.Value.TryGetProperty("location", out _)).ToList();
        var last = -1;
        foreach (var child in element.Elements())
        {
            var at = members.FindIndex(member => WireName(member) == child.Name.LocalName);
            if (at < 0 || child.Name.Namespace != _namespace)
            {
                complaints.Add($"{path}: {child.Name} is not known");
                continue;
            }

            complaints.AddRange(at <= last ? [$"{path}: {child.Name.LocalName} is repeated or not in its place"] : []);
            last = at;
            Check(members[at].Value.GetProperty("shape").GetString()!, child, $"{path}.{child.Name.LocalName}", complaints);
        }

        complaints.AddRange(Required(shape).Where(name => members.Exists(member => member.Name == name) && element.Element(_namespace + WireName(members.Find(member => member.Name == name))) is null).Select(name => $"{path}: {name} is missing"));
    }

    private void Check(string name, XElement element, string path, List<string> complaints)
    {
        var shape = _shapes.GetProperty(name);
        switch (shape.GetProperty("type").GetString())
        {
            case "structure":
                Structure(shape, element, path, complaints);
                break;
            case "list":
                var member = shape.GetProperty("member");
                var item = _namespace + member.GetProperty("locationName").GetString()!;
                complaints.AddRange(element.Elements().Where(child => child.Name != item).Select(child => $"{path}: {child.Name} is not known"));
                Range(shape, element.Elements(item).Count(), $"{path}: so many elements", complaints);
                foreach (var child in element.Elements(item))
                {
                    Check(member.GetProperty("shape").GetString()!, child, $"{path}[]", complaints);
                }

                break;
            default:
                complaints.AddRange(element.HasElements ? [$"{path} is no text"] : []);
                Check(name, element.Value, path, complaints);
                break;
        }
    }

    private void Check(string name, string value, string path, List<string> complaints)
    {
        var shape = _shapes.GetProperty(name);
        switch (shape.GetProperty("type").GetString())
        {
            case "long" or "integer":
                if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                {
                    Range(shape, number, path, complaints);
                }
                else
                {
                    complaints.Add($"{path}: '{value}' is no number");
                }

                break;
            case "boolean":
                complaints.AddRange(value is "true" or "false" ? [] : [$"{path}: '{value}' is neither true nor false"]);
                break;
            case "timestamp":
                complaints.AddRange(DateTimeOffset.TryParseExact(value, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _) ? [] : [$"{path}: '{value}' is no time"]);
                break;
            default:
                Range(shape, value.Length, $"{path}: the length of '{value}'", complaints);
                complaints.AddRange(shape.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => word.GetString() == value) ? [$"{path}: '{value}' is not among the words"] : []);
                complaints.AddRange(shape.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value, $"^(?:{pattern.GetString()})$", RegexOptions.None, TimeSpan.FromSeconds(1)) ? [$"{path}: '{value}' does not match"] : []);
                break;
        }
    }

    private static void Range(JsonElement shape, long value, string path, List<string> complaints)
    {
        var (least, most) = (shape.TryGetProperty("min", out var min) ? min.GetInt64() : long.MinValue, shape.TryGetProperty("max", out var max) ? max.GetInt64() : long.MaxValue);
        complaints.AddRange(value < least || value > most ? [$"{path}: {value} is not between {least} and {most}"] : []);
    }
}
