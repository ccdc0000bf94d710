using DnsFailover.Metrics;
using DnsFailover.Tests.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Metrics;

public sealed class ExpositionTests
{
    private static readonly MetricLabel Word = new("word", "any");

    private static readonly MetricDefinition Counted = new("test.things", MetricKind.Counter, null, "Things\nof \"all\" \\ kinds.", Word);

    private static readonly MetricDefinition Timed = new("test.work.duration", MetricKind.Histogram, "s", "How long.", Word) { Buckets = [0.1, 1, 10] };

    private static readonly MetricDefinition Level = new("test.level", MetricKind.Gauge, "d", "How much.");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_kind_of_metric_is_written_by_the_rules(bool open)
    {
        using var meter = new DaemonMeter("1");
        var (counter, histogram) = (meter.Counter(Counted), meter.Histogram(Timed));
        meter.Gauge(Level, () => [new(-2.5)]);
        using var reader = new MetricsReader(meter, NullLogger.Instance);
        counter.Add(3, new KeyValuePair<string, object?>("word", "a \"b\" \\c\nd, e=\"f\""));
        counter.Add(4, new KeyValuePair<string, object?>("word", "plain"));
        foreach (var seconds in new[] { 0.05, 0.1, 0.5, 100 })
        {
            histogram.Record(seconds, new KeyValuePair<string, object?>("word", "x"));
        }

        var read = await Rendered.ParsedAsync(reader, open ? ExpositionFormat.OpenMetrics : ExpositionFormat.Prometheus);

        Assert.Equal(3, read.Value("test_things_total", ("word", "a \"b\" \\c\nd, e=\"f\"")));
        Assert.Equal(4, read.Value("test_things_total", ("word", "plain")));
        Assert.Equal(-2.5, read.Value("test_level_days"));
        Assert.Equal([2, 3, 3, 4], read.Samples.Where(sample => sample.Name == "test_work_duration_seconds_bucket").Select(sample => sample.Value));
        Assert.Equal(100.65, read.Value("test_work_duration_seconds_sum")!.Value, 6);
    }

    [Fact]
    public async Task OpenMetrics_has_units_canonical_bounds_and_an_end()
    {
        using var meter = new DaemonMeter("1");
        var histogram = meter.Histogram(Timed);
        using var reader = new MetricsReader(meter, NullLogger.Instance);
        histogram.Record(1, new KeyValuePair<string, object?>("word", "x"));

        var text = await Rendered.TextAsync(reader, ExpositionFormat.OpenMetrics);

        Assert.Equal(
            """
            # HELP test_work_duration_seconds How long.
            # TYPE test_work_duration_seconds histogram
            # UNIT test_work_duration_seconds seconds
            test_work_duration_seconds_bucket{word="x",le="0.1"} 0
            test_work_duration_seconds_bucket{word="x",le="1.0"} 1
            test_work_duration_seconds_bucket{word="x",le="10.0"} 1
            test_work_duration_seconds_bucket{word="x",le="+Inf"} 1
            test_work_duration_seconds_count{word="x"} 1
            test_work_duration_seconds_sum{word="x"} 1
            # EOF

            """,
            text);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html,*/*;q=0.8", false)]
    [InlineData("not a type", false)]
    [InlineData("text/plain;version=0.0.4", false)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5", false)]
    [InlineData("application/openmetrics-text;version=2.0.0,text/plain;version=0.0.4;q=0.5", false)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", true)]
    public void The_text_is_the_one_that_the_scraper_likes_better(string accept, bool open) =>
        Assert.Equal(open ? ExpositionFormat.OpenMetrics : ExpositionFormat.Prometheus, MetricsPage.FormatFor([accept]));

    [Fact]
    public async Task More_series_than_there_may_be_are_counted_together_and_the_log_says_so_once()
    {
        using var meter = new DaemonMeter("1");
        var counter = meter.Counter(Counted);
        var log = new CapturedLog<MetricsReader>();
        using var reader = new MetricsReader(meter, log, mostSeries: 2);
        for (var i = 0; i < 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("word", $"w{i}"));
        }

        counter.Add(1, new KeyValuePair<string, object?>("word", "w0"));
        var read = await Rendered.ParsedAsync(reader, ExpositionFormat.OpenMetrics);

        Assert.Equal((2, 1, 8), (read.Value("test_things_total", ("word", "w0")), read.Value("test_things_total", ("word", "w1")), read.Value("test_things_total", ("word", "(more)"))));
        Assert.Single(log.Lines, line => line.Text.Contains("test_things_total has more than 2 series", StringComparison.Ordinal));

        reader.Keep((_, labels) => labels.First == "w1");
        counter.Add(1, new KeyValuePair<string, object?>("word", "new"));
        read = await Rendered.ParsedAsync(reader, ExpositionFormat.OpenMetrics);
        Assert.Equal((null, 1, 1), (read.Value("test_things_total", ("word", "w0")), read.Value("test_things_total", ("word", "w1")), read.Value("test_things_total", ("word", "new"))));
    }

    [Fact]
    public async Task A_gauge_with_a_defect_does_not_keep_the_others_from_being_read()
    {
        using var meter = new DaemonMeter("1");
        meter.Gauge(Level, () => throw new InvalidOperationException("planted"));
        meter.Gauge(new("test.other", MetricKind.Gauge, "d", "Another."), () => [new(7)]);
        var log = new CapturedLog<MetricsReader>();
        using var reader = new MetricsReader(meter, log);

        await Rendered.TextAsync(reader, ExpositionFormat.Prometheus);
        var text = await Rendered.TextAsync(reader, ExpositionFormat.Prometheus);

        Assert.Contains("test_other_days 7\n", text, StringComparison.Ordinal);
        Assert.Single(log.Lines, line => line.Text.Contains("Some gauges could not be read", StringComparison.Ordinal));
    }
}
