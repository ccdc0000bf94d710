using System.Text.Json;
using System.Text.RegularExpressions;
using DnsFailover.Core;
using DnsFailover.Metrics;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Providers;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Metrics;

/// <summary>Names and labels of metrics are an interface: what somebody's alert rules and dashboards rest on changes only on purpose.</summary>
public sealed class MetricCatalogueTests
{
    private static readonly Regex MetricName = new("dnsfailover_[a-z_]+", RegexOptions.NonBacktracking);

    private static readonly Regex Selector = new("(?<metric>dnsfailover_[a-z_]+)\\{(?<labels>[^}]*)\\}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex LabelName = new("(?<label>[a-z_]+) *(?:=~|!~|!=|=)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly HashSet<string> Queryable = MetricCatalogue.All
        .SelectMany(metric => metric.Kind == MetricKind.Histogram ? [$"{metric.Family}_bucket", $"{metric.Family}_count", $"{metric.Family}_sum"] : new[] { metric.SampleName })
        .ToHashSet(StringComparer.Ordinal);

    [Fact]
    public void Families_and_labels_are_those_that_are_pinned() => Pinned.Equal(
        string.Concat(MetricCatalogue.All.Select(metric => $"{metric.SampleName}{{{string.Join(',', metric.Labels.Select(label => label.Name))}}} {Text.Of(metric.Kind)}{(metric.Kind == MetricKind.Histogram ? $" {string.Join(' ', metric.Buckets)}" : string.Empty)}\n")),
        "tests", "DnsFailover.Tests", "Metrics", "families.txt");

    [Fact]
    public void The_reference_is_the_one_of_the_instruments() => Pinned.Equal(MetricCatalogue.Markdown(), "config", "METRICS.md");

    [Fact]
    public void Each_metric_has_a_sentence_a_name_of_its_own_and_few_labels()
    {
        Assert.Equal(MetricCatalogue.All.Count, MetricCatalogue.All.Select(metric => metric.Family).Distinct().Count());
        Assert.All(MetricCatalogue.All, metric =>
        {
            Assert.StartsWith("dnsfailover.", metric.Name, StringComparison.Ordinal);
            Assert.EndsWith(".", metric.Description, StringComparison.Ordinal);
            Assert.True(metric.Labels.Length <= SeriesLabels.Most, metric.Name);
            Assert.Equal(metric.Kind == MetricKind.Histogram, metric.Buckets.Length > 0);
            Assert.Equal(metric.Buckets.Order().Distinct(), metric.Buckets);
        });
    }

    [Fact]
    public void The_alert_rules_name_only_metrics_and_labels_that_exist() => CheckQueries(File.ReadAllText(Repository.Path("config", "alerts.yaml")));

    [Fact]
    public void The_dashboard_names_only_metrics_and_labels_that_exist()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.Path("config", "grafana-dashboard.json")));
        var queries = Strings(dashboard.RootElement).ToList();

        Assert.True(queries.Count(query => query.Contains("dnsfailover_", StringComparison.Ordinal)) > 20);
        CheckQueries(string.Join('\n', queries));
    }

    [Fact]
    public async Task Promtool_takes_the_alert_rules()
    {
        var promtool = Peers.Require("promtool", "prometheus");

        Assert.Contains("SUCCESS", await RunProgram.ToEndAsync(promtool, ["check", "rules", Repository.Path("config", "alerts.yaml")], string.Empty, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_the_text_but_that_certificates_are_counted_in_days()
    {
        var promtool = Peers.Require("promtool", "prometheus");
        using var meter = new DaemonMeter("1");
        var measured = MetricCatalogue.All.Select(metric => Measuring(meter, metric)).ToList();
        using var reader = new MetricsReader(meter, NullLogger.Instance);
        measured.ForEach(measure => measure());

        var (_, output, complaints) = await RunProgram.WithCodeAsync(promtool, ["check", "metrics"], await Rendered.TextAsync(reader, ExpositionFormat.Prometheus), TestContext.Current.CancellationToken);

        Assert.Equal("dnsfailover_certificate_left_days use base unit \"seconds\" instead of \"days\"", (output + complaints).Trim());
    }

    [Fact]
    public async Task The_alert_rules_fire_when_they_should_and_at_no_other_time()
    {
        var promtool = Peers.Require("promtool", "prometheus");

        Assert.Contains("SUCCESS", await RunProgram.ToEndAsync(promtool, ["test", "rules", Repository.Path("tests", "DnsFailover.Tests", "Metrics", "alerts-test.yaml")], string.Empty, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <summary>Makes the instrument; what is returned measures once.</summary>
    private static Action Measuring(DaemonMeter meter, MetricDefinition metric)
    {
        var tags = metric.Labels.Select(label => new KeyValuePair<string, object?>(label.Name, "x")).ToArray();
        switch (metric.Kind)
        {
            case MetricKind.Counter:
                var counter = meter.Counter(metric);
                return () => counter.Add(1, tags);
            case MetricKind.Histogram:
                var histogram = meter.Histogram(metric);
                return () => histogram.Record(1, tags);
            default:
                meter.Gauge(metric, () => [new(1, tags)]);
                return () => { };
        }
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Strings(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.String => [element.GetString()!],
        _ => [],
    };

    private static void CheckQueries(string text)
    {
        Assert.DoesNotContain(MetricName.Matches(text).Select(match => match.Value).Distinct(), name => !Queryable.Contains(name));
        foreach (Match match in Selector.Matches(text))
        {
            var labels = MetricCatalogue.All.First(metric => match.Groups["metric"].Value.StartsWith(metric.Family, StringComparison.Ordinal) && (metric.SampleName == match.Groups["metric"].Value || metric.Kind == MetricKind.Histogram)).Labels.Select(label => label.Name).ToHashSet();
            Assert.DoesNotContain(LabelName.Matches(match.Groups["labels"].Value).Select(label => label.Groups["label"].Value), label => !labels.Contains(label));
        }
    }
}
