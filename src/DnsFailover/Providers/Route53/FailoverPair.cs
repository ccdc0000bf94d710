using System.Xml.Linq;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Two failover record sets: Route 53 answers the primary while its health check passes, else the secondary
/// (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-types.html). The primary is the daemon's answer,
/// which it changes as it does any other; the secondary is for the time when the daemon cannot.
/// </summary>
/// <param name="Primary">The answer; null when somebody took it away.</param>
/// <param name="Secondary">What stands in for it; null when somebody took it away.</param>
internal sealed record FailoverPair(ListedSet? Primary, ListedSet? Secondary)
{
    /// <summary>The identifiers are how a pair is known as one that the daemon has made, also after a restart and by dry runs.</summary>
    private const string PrimaryIdentifier = "dnsfailover-primary";

    private const string SecondaryIdentifier = "dnsfailover-secondary";

    /// <summary>What is answered while all is well.</summary>
    public ListedSet Serving => Primary ?? Secondary!;

    /// <summary>The pair that these sets of one name and type are; null when they are anything else.</summary>
    public static FailoverPair? Of(IReadOnlyList<ListedSet> sets)
    {
        var (primary, secondary) = (sets.FirstOrDefault(IsPrimary), sets.FirstOrDefault(IsSecondary));
        return sets.Count > 0 && sets.All(set => set == primary || set == secondary) ? new FailoverPair(primary, secondary) : null;
    }

    /// <summary>The two sets, with their members in the order of the API's description.</summary>
    /// <param name="answer">What shall be answered; one value.</param>
    /// <param name="healthCheck">Judges it. A primary that is no alias must have one.</param>
    /// <param name="standIn">The values that stand in for it.</param>
    /// <param name="standInCheck">Judges those; null takes them to be healthy always.</param>
    public static IEnumerable<XElement> Create(RecordSet answer, string healthCheck, IReadOnlyList<string> standIn, string? standInCheck)
    {
        yield return Set(answer, PrimaryIdentifier, "PRIMARY", answer.Values.Select(value => value.Data), healthCheck);
        yield return Set(answer, SecondaryIdentifier, "SECONDARY", standIn, standInCheck);
    }

    private static XElement Set(RecordSet answer, string identifier, string role, IEnumerable<string> values, string? healthCheck) =>
        RecordSetXml.Routed(answer.Name, answer.Type.ToString(), identifier, "Failover", role, (long)answer.Ttl.TotalSeconds, values.Select(value => RecordSetXml.Stored(answer.Type, value)), healthCheck);

    private static bool IsPrimary(ListedSet set) => set is { SetIdentifier: PrimaryIdentifier, Failover: "PRIMARY", AliasTarget: null };

    private static bool IsSecondary(ListedSet set) => set is { SetIdentifier: SecondaryIdentifier, Failover: "SECONDARY", AliasTarget: null };
}
