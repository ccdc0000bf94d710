using System.Collections.Concurrent;

namespace DnsFailover.Metrics;

/// <summary>The values of the labels of one series, in the order of the definition.</summary>
internal readonly record struct SeriesLabels(string? First, string? Second, string? Third, string? Fourth)
{
    /// <summary>No metric has more labels.</summary>
    public const int Most = 4;

    /// <summary>The value at this place.</summary>
    public string? this[int place] => place switch { 0 => First, 1 => Second, 2 => Third, _ => Fourth };

    /// <summary>Of the tags of a measurement; nothing is allocated for it.</summary>
    public static SeriesLabels Of(ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(At(tags, 0), At(tags, 1), At(tags, 2), At(tags, 3));

    private static string? At(ReadOnlySpan<KeyValuePair<string, object?>> tags, int place) => place < tags.Length ? (string?)tags[place].Value : null;
}

/// <summary>A counter or a histogram with one set of labels. What is recorded costs a lock and no memory.</summary>
internal sealed class Series(double[] bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _buckets = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
    private long _count;
    private double _sum;

    /// <summary>Counts.</summary>
    public void Add(long delta) => Interlocked.Add(ref _count, delta);

    /// <summary>Sorts a duration in.</summary>
    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        lock (_gate)
        {
            _buckets[bucket]++;
            _sum += value;
        }
    }

    /// <summary>What was counted.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>What was sorted in, of one moment: each bucket by itself, and the sum.</summary>
    public double Read(Span<long> buckets)
    {
        lock (_gate)
        {
            _buckets.CopyTo(buckets);
            return _sum;
        }
    }
}

/// <summary>All series of one metric. There are at most so many; what would be more is put together into one that says so.</summary>
/// <param name="definition">The metric.</param>
/// <param name="mostSeries">So many series and no more.</param>
/// <param name="full">Is told once when there are so many.</param>
internal sealed class MetricFamily(MetricDefinition definition, int mostSeries, Action<MetricDefinition> full)
{
    /// <summary>The value of every label of what found no place.</summary>
    public const string Overflow = "(more)";

    private readonly ConcurrentDictionary<SeriesLabels, Series> _series = new();
    private readonly Series _overflow = new(definition.Buckets);
    private List<(SeriesLabels Labels, double Value)> _gathered = [];
    private int _count;
    private int _told;

    /// <summary>The metric.</summary>
    public MetricDefinition Definition => definition;

    /// <summary>The counters or histograms at the moment, the one of the overflow included once it is needed.</summary>
    public IEnumerable<KeyValuePair<SeriesLabels, Series>> Series =>
        Volatile.Read(ref _told) == 0 ? _series : _series.Append(new(new SeriesLabels(Overflow, Overflow, Overflow, Overflow), _overflow));

    /// <summary>Takes a measurement of a counter.</summary>
    public void Add(long delta, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Find(SeriesLabels.Of(tags)).Add(delta);

    /// <summary>Takes a measurement of a histogram.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Find(SeriesLabels.Of(tags)).Record(value);

    /// <summary>Takes a measurement of a gauge, while they are gathered; one gathering at a time.</summary>
    public void Gather(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_gathered.Count < mostSeries)
        {
            _gathered.Add((SeriesLabels.Of(tags), value));
        }
        else
        {
            Tell();
        }
    }

    /// <summary>What was gathered, which is handed over.</summary>
    public List<(SeriesLabels Labels, double Value)> TakeGathered()
    {
        var gathered = _gathered;
        _gathered = new(gathered.Count);
        return gathered;
    }

    /// <summary>Forgets the series that are not to be kept.</summary>
    /// <returns>How many were forgotten.</returns>
    public int Keep(Func<MetricDefinition, SeriesLabels, bool> isKept)
    {
        var forgotten = 0;
        foreach (var (labels, _) in _series)
        {
            if (!isKept(definition, labels) && _series.TryRemove(labels, out _))
            {
                Interlocked.Decrement(ref _count);
                forgotten++;
            }
        }

        return forgotten;
    }

    private Series Find(SeriesLabels labels)
    {
        if (_series.TryGetValue(labels, out var known))
        {
            return known;
        }

        if (Interlocked.Increment(ref _count) > mostSeries)
        {
            Interlocked.Decrement(ref _count);
            Tell();
            return _overflow;
        }

        var made = new Series(definition.Buckets);
        var kept = _series.GetOrAdd(labels, made);
        if (!ReferenceEquals(kept, made))
        {
            Interlocked.Decrement(ref _count); // somebody else was faster
        }

        return kept;
    }

    private void Tell()
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            full(definition);
        }
    }
}
