using System.Text.Json;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Shipping;

/// <summary>What Helm makes of the chart with some values.</summary>
internal sealed class Release
{
    private readonly IReadOnlyList<JsonElement> _manifests;

    private Release(string text) => (Text, _manifests) = (text, YamlAsJson.ReadAll(text));

    /// <summary>The manifests as Helm prints them.</summary>
    public string Text { get; }

    /// <summary>All of them.</summary>
    public string Json => JsonSerializer.Serialize(_manifests);

    /// <summary>The only manifest of this kind.</summary>
    public JsonElement this[string kind] => Assert.Single(All(kind));

    /// <summary>What runs.</summary>
    public JsonElement Pod => this["StatefulSet"].At("spec.template.spec");

    /// <summary>The daemon in it.</summary>
    public JsonElement Container => Assert.Single(Pod.At("containers").EnumerateArray());

    /// <summary>The file that the ConfigMap holds.</summary>
    public string Config => this["ConfigMap"].GetProperty("data").GetProperty("failover.yaml").GetString()!;

    /// <summary>The manifests of this kind.</summary>
    public IReadOnlyList<JsonElement> All(string kind) => [.. _manifests.Where(manifest => manifest.At("kind").GetString() == kind)];

    /// <summary>Renders the chart with one of the files in its <c>ci</c> folder and what is set besides.</summary>
    public static async Task<Release> OfAsync(string values, params string[] set)
    {
        var run = await TryAsync(values, set);
        Assert.True(run.ExitCode == 0, run.Said);
        return new Release(run.Output);
    }

    /// <summary>As the other one, for values that may be refused.</summary>
    public static Task<ToolRun> TryAsync(string values, params string[] set) => ShippingTool.OfPackageAsync(
        "helm", ["template", "prod", Chart, "--namespace", "dns", "--kube-version", "1.30.0", "--values", Values(values), .. set.SelectMany(one => (string[])["--set", one])]);

    /// <summary>The folder of the chart.</summary>
    public static string Chart => Repository.Path("charts", "dnsfailover");

    /// <summary>The path of a file with values.</summary>
    public static string Values(string name) => Path.Combine(Chart, "ci", $"{name}-values.yaml");
}

/// <summary>Going into a manifest.</summary>
internal static class ManifestMembers
{
    /// <summary>The member at a path such as <c>spec.replicas</c>; undefined where there is none.</summary>
    public static JsonElement At(this JsonElement manifest, string path) => path.Split('.').Aggregate(
        manifest,
        (element, name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default);

    /// <summary>The items of a list that have this name.</summary>
    public static JsonElement Named(this JsonElement list, string name) => Assert.Single(list.EnumerateArray(), item => item.At("name").GetString() == name);

    /// <summary>True when all labels of a selector are among these.</summary>
    public static bool Selects(this JsonElement selector, JsonElement labels) =>
        selector.EnumerateObject().Any() && selector.EnumerateObject().All(label => labels.TryGetProperty(label.Name, out var value) && value.GetString() == label.Value.GetString());
}
