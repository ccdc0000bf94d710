using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>Finds names in the pages of a hosted zone with few calls.</summary>
internal sealed class ZoneListing(Route53Client client, AliasTargets aliases)
{
    /// <summary>Enough for a name, its mark and what may lie between them, without a long reply to wait for.</summary>
    private const int OneName = 100;

    /// <summary>The most that the API gives.</summary>
    private const int WholePage = 300;

    /// <summary>A name has at most a hundred weighted sets per type.</summary>
    private const int MostPagesPerName = 10;

    /// <summary>
    /// Lists names, in the order of the zone: a page holds all those that it covers from the name to its mark, so that names
    /// which lie close together cost one call for all. No name is pieced together from pages where one page will do.
    /// </summary>
    /// <param name="zoneId">The hosted zone.</param>
    /// <param name="names">The names.</param>
    /// <param name="found">Is told each name as soon as it is complete.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ListAsync(string zoneId, IReadOnlyCollection<DnsName> names, Action<DnsName, ListedName> found, CancellationToken cancellationToken)
    {
        var left = new Queue<DnsName>(names.OrderBy(Route53Name.SortKey, StringComparer.Ordinal));
        while (left.TryDequeue(out var first))
        {
            var page = await client.ListSetsAsync(zoneId, new ListingStart(first.ToString()), left.Count == 0 ? OneName : WholePage, first.ToString(), cancellationToken);
            found(first, new ListedName(first, IsCovered(first, page) ? page.Sets : await FinishAsync(zoneId, first, page, cancellationToken), aliases));
            while (left.TryPeek(out var next) && IsCovered(next, page))
            {
                found(left.Dequeue(), new ListedName(next, page.Sets, aliases));
            }
        }
    }

    private static bool IsCovered(DnsName name, ListedPage page) => page.Covers(OwnerText.NameFor(name) ?? name);

    /// <summary>The rest of a name's own sets, page by page; its mark is then asked for by its own name, over what lies between.</summary>
    private async Task<IReadOnlyList<ListedSet>> FinishAsync(string zoneId, DnsName name, ListedPage page, CancellationToken cancellationToken)
    {
        var sets = page.Sets.ToList();
        for (var pages = 1; !page.Covers(name); pages++)
        {
            if (pages == MostPagesPerName)
            {
                throw new ProviderException(ProviderFailure.Transient, $"reading {name} at Route 53: the pages do not come to an end");
            }

            page = await client.ListSetsAsync(zoneId, page.Next!.Value, WholePage, name.ToString(), cancellationToken);
            sets.AddRange(page.Sets);
        }

        if (OwnerText.NameFor(name) is { } mark && !page.Covers(mark))
        {
            sets.AddRange((await client.ListSetsAsync(zoneId, new ListingStart(mark.ToString(), "TXT"), 1, name.ToString(), cancellationToken)).Sets);
        }

        return sets;
    }
}
