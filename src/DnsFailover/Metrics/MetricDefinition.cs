namespace DnsFailover.Metrics;

/// <summary>What a metric measures.</summary>
internal enum MetricKind
{
    /// <summary>Counts upwards from the start of the process.</summary>
    Counter,

    /// <summary>How something is at the moment.</summary>
    Gauge,

    /// <summary>Durations, sorted into buckets.</summary>
    Histogram,
}

/// <summary>A label, and every value that it can have, in words.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">For the reader: what bounds its values.</param>
internal sealed record MetricLabel(string Name, string Values);

/// <summary>One metric: the instrument of OpenTelemetry, the family of Prometheus, and its row in the reference are all made from it.</summary>
/// <param name="Name">The instrument's name, with dots.</param>
/// <param name="Kind">What it measures.</param>
/// <param name="Unit">By UCUM: <c>s</c>, <c>d</c>; null where it is a mere number.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Labels">In the order in which every measurement gives them.</param>
internal sealed record MetricDefinition(string Name, MetricKind Kind, string? Unit, string Description, params MetricLabel[] Labels)
{
    /// <summary>The upper bounds of the buckets of a histogram, ascending, without infinity.</summary>
    public double[] Buckets { get; init; } = [];

    /// <summary>
    /// The family's name in Prometheus: dots become underscores and the unit is spelled out behind it (OpenTelemetry's compatibility
    /// specification for Prometheus). Samples of a counter have <c>_total</c> behind that.
    /// </summary>
    public string Family { get; } = Name.Replace('.', '_') + (SpelledOut(Unit) is { } unit ? $"_{unit}" : string.Empty);

    /// <summary>The unit as Prometheus spells it; null where there is none.</summary>
    public string? FamilyUnit => SpelledOut(Unit);

    /// <summary>The name that queries use: of a histogram it goes on with <c>_bucket</c>, <c>_count</c> and <c>_sum</c>.</summary>
    public string SampleName => Kind == MetricKind.Counter ? $"{Family}_total" : Family;

    private static string? SpelledOut(string? unit) => unit switch
    {
        null => null,
        "s" => "seconds",
        "d" => "days",
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "a unit without a name in Prometheus"),
    };
}
