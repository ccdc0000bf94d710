using System.Collections.Immutable;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>What is remembered of a service's drills.</summary>
public sealed record DrillBook
{
    /// <summary>So many reports are at hand; the journal has more of them.</summary>
    public const int Most = 20;

    /// <summary>The newest reports, oldest first.</summary>
    public ValueList<DrillReport> Reports { get; init; } = [];

    /// <summary>When the last drill that passed ended; null when none has.</summary>
    public DateTimeOffset? LastPassedAt { get; init; }

    /// <summary>Since when drills are expected; null when nobody has asked for them.</summary>
    public DateTimeOffset? ExpectedSince { get; init; }

    /// <summary>The values that the canary may hold from earlier drills; they are ours, whoever declares them now.</summary>
    public ValueList<EndpointTarget> Formerly { get; init; } = [];

    /// <summary>The drill that began last, while no end of it is known.</summary>
    public DrillBegan? Unfinished { get; init; }

    /// <summary>The last report; null when there is none.</summary>
    public DrillReport? Last => Reports.Count > 0 ? Reports[^1] : null;

    /// <summary>When the service's drills are overdue; null when nobody has asked for them.</summary>
    public DateTimeOffset? OverdueAt(ServiceDefinition service) => service.Drill?.OverdueAfter is { } after ? (LastPassedAt ?? ExpectedSince) + after : null;

    /// <summary>What the journal, oldest first, tells of each service's drills.</summary>
    internal static ImmutableSortedDictionary<DnsName, DrillBook> Fold(IEnumerable<JournalEntry> journal)
    {
        var books = ImmutableSortedDictionary.CreateBuilder<DnsName, DrillBook>();
        foreach (var entry in journal)
        {
            if (entry.Service is { } service && books.GetValueOrDefault(service, new DrillBook()) is var book && book.With(entry) is var after && !ReferenceEquals(book, after))
            {
                books[service] = after;
            }
        }

        return books.ToImmutable();
    }

    /// <summary>With one more entry.</summary>
    internal DrillBook With(JournalEntry entry) => entry switch
    {
        DrillBegan began => this with { Unfinished = began, LastPassedAt = began.LastPassedAt, Formerly = began.Formerly },
        DrillEnded ended => this with { Unfinished = Unfinished?.Number == ended.Report.Number ? null : Unfinished, LastPassedAt = ended.LastPassedAt, Formerly = ended.Formerly, Reports = Reports.Append(ended.Report).TakeLast(Most).ToValueList() },
        DrillExpected expected => this with { ExpectedSince = expected.At },
        _ => this,
    };
}
