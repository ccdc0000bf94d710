using System.Globalization;
using System.Text.RegularExpressions;

namespace DnsFailover.Tests.Metrics;

/// <summary>One sample, as it is written.</summary>
internal sealed record ExposedSample(string Name, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<string> LabelNames, double Value)
{
    public bool Is(params (string Name, string Value)[] labels) => labels.All(label => Labels.GetValueOrDefault(label.Name) == label.Value);
}

/// <summary>One metric with its samples.</summary>
internal sealed record ExposedFamily(string Name, string Type, string Help, string? Unit, List<ExposedSample> Samples);

/// <summary>
/// Reads what Prometheus would read, and takes nothing that the specifications do not allow: each family once and in one piece, with
/// HELP before TYPE before UNIT before samples, names and escapes by the grammar, no series twice, buckets that ascend to +Inf, and in OpenMetrics the end.
/// </summary>
internal sealed class Exposition
{
    private static readonly Regex MetaLine = new("^# (?<what>HELP|TYPE|UNIT) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>.*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex SampleLine = new("^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(?<labels>.+)\\})? (?<value>[-+]?(?:[0-9.]+(?:[eE][-+]?[0-9]+)?|Inf)|NaN)$", RegexOptions.NonBacktracking);

    private static readonly Regex LabelPair = new("(?<name>[a-zA-Z_][a-zA-Z0-9_]*)=\"(?<value>(?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex Escape = new("\\\\[\\\\\"n]", RegexOptions.NonBacktracking);

    private readonly bool _open;
    private readonly HashSet<string> _seen = [];

    private Exposition(bool open) => _open = open;

    public List<ExposedFamily> Families { get; } = [];

    public IEnumerable<ExposedSample> Samples => Families.SelectMany(family => family.Samples);

    public static Exposition Parse(string text, bool open)
    {
        var exposition = new Exposition(open);
        Assert.EndsWith(open ? "# EOF\n" : "\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        var lines = text.Split('\n')[..^1];
        foreach (var line in open ? lines[..^1] : lines)
        {
            exposition.Take(line);
        }

        foreach (var family in exposition.Families.Where(family => family.Type == "histogram"))
        {
            CheckHistogram(family);
        }

        return exposition;
    }

    /// <summary>The value of the one sample that is meant; null when there is none.</summary>
    public double? Value(string name, params (string Name, string Value)[] labels)
    {
        var found = Samples.Where(sample => sample.Name == name && sample.Is(labels)).ToList();
        Assert.True(found.Count <= 1, $"{found.Count} samples of {name}");
        return found.Count == 0 ? null : found[0].Value;
    }

    /// <summary>The sum over all samples that are meant.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) => Samples.Where(sample => sample.Name == name && sample.Is(labels)).Sum(sample => sample.Value);

    private void Take(string line)
    {
        Assert.NotEqual("# EOF", line);
        if (MetaLine.Match(line) is { Success: true } meta)
        {
            TakeMeta(meta.Groups["what"].Value, meta.Groups["name"].Value, meta.Groups["text"].Value);
            return;
        }

        var match = SampleLine.Match(line);
        Assert.True(match.Success, $"no sample: {line}");
        var family = Families[^1];
        var suffix = match.Groups["name"].Value[SampleBase(family).Length..];
        Assert.StartsWith(SampleBase(family), match.Groups["name"].Value, StringComparison.Ordinal);
        Assert.Contains(suffix, family.Type switch { "histogram" => ["_bucket", "_count", "_sum"], "counter" => new[] { _open ? "_total" : string.Empty }, _ => [string.Empty] });
        var pairs = LabelPair.Matches(match.Groups["labels"].Value);
        Assert.Equal(match.Groups["labels"].Value.TrimEnd(','), string.Join(',', pairs.Select(pair => pair.Value)));
        var names = pairs.Select(pair => pair.Groups["name"].Value).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.True(_seen.Add($"{match.Groups["name"].Value}{{{match.Groups["labels"].Value}}}"), $"twice: {line}");
        family.Samples.Add(new ExposedSample(match.Groups["name"].Value, pairs.ToDictionary(pair => pair.Groups["name"].Value, pair => Unescape(pair.Groups["value"].Value)), names, Number(match.Groups["value"].Value)));
    }

    private string SampleBase(ExposedFamily family) => family.Name;

    private void TakeMeta(string what, string name, string text)
    {
        if (what == "HELP")
        {
            Assert.DoesNotContain(Families, family => family.Name == name);
            Assert.NotEmpty(text);
            Families.Add(new ExposedFamily(name, string.Empty, text, null, []));
            return;
        }

        var last = Families[^1];
        Assert.Equal(last.Name, name);
        Assert.Empty(last.Samples);
        Assert.True(_open || what == "TYPE", "only OpenMetrics has units");
        if (what == "UNIT")
        {
            Assert.NotEmpty(last.Type);
            Assert.EndsWith($"_{text}", name, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(text, new[] { "counter", "gauge", "histogram" });
            Assert.True(text != "counter" || _open != name.EndsWith("_total", StringComparison.Ordinal), name);
        }

        Families[^1] = what == "TYPE" ? last with { Type = text } : last with { Unit = text };
    }

    private static void CheckHistogram(ExposedFamily family)
    {
        foreach (var series in family.Samples.GroupBy(sample => string.Join(',', sample.Labels.Where(label => label.Key != "le").Select(label => $"{label.Key}={label.Value}"))))
        {
            var buckets = series.Where(sample => sample.Name == $"{family.Name}_bucket").ToList();
            var bounds = buckets.ConvertAll(bucket => Number(bucket.Labels["le"]));
            Assert.Equal(bounds.Order().Distinct(), bounds);
            Assert.Equal(double.PositiveInfinity, bounds[^1]);
            Assert.Equal(buckets.Select(bucket => bucket.Value).Order(), buckets.Select(bucket => bucket.Value));
            Assert.Equal(buckets[^1].Value, Assert.Single(series, sample => sample.Name == $"{family.Name}_count").Value);
            Assert.Single(series, sample => sample.Name == $"{family.Name}_sum");
        }
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static string Unescape(string text) => Escape.Replace(text, match => match.Value switch { "\\n" => "\n", _ => match.Value[1..] });
}
