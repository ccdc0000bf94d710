using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Hetzner;

/// <summary>
/// Puts the pages of a list together (https://docs.hetzner.cloud/reference/cloud#pagination). A list of which a part may be
/// missing is not one: an RRset that moved to another page while they were read would else be taken for gone.
/// </summary>
/// <param name="zone">The zone.</param>
/// <param name="perPage">How many RRsets were asked for.</param>
internal sealed class RrsetPages(DnsName zone, int perPage)
{
    /// <summary>No server is known to give fewer than this to who asks for more; only a shorter page proves, by itself, to be the last.</summary>
    private const int SmallestFullPage = 25;

    private readonly HashSet<string> _ids = [];
    private readonly List<HetznerRrset> _rrsets = [];
    private int? _total;

    /// <summary>The number of the page to ask for.</summary>
    public int Next { get; private set; } = 1;

    /// <summary>So many pages there are, as far as that is known.</summary>
    public int Expected { get; private set; } = 1;

    /// <summary>True once every page is there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The steered RRsets of all pages.</summary>
    public IReadOnlyList<HetznerRrset> Rrsets => _rrsets;

    /// <summary>Adds the next page.</summary>
    /// <exception cref="ProviderException">Transient: it does not fit the others, or may not be whole.</exception>
    public void Add(HetznerReply reply) => reply.Read(json =>
    {
        var items = json.List("rrsets") ?? throw new JsonException("'rrsets' is no list");
        var pagination = json.Object("meta")?.Object("pagination");
        var total = pagination?.Number("total_entries");
        if (items.Any(item => !_ids.Add($"{item.Text("name")}/{item.Text("type")}")) || (Next > 1 && total != _total))
        {
            throw new ProviderException(ProviderFailure.Transient, $"{reply.Purpose} at Hetzner: they changed while they were read");
        }

        _total = total;
        _rrsets.AddRange(items.Select(item => HetznerRrset.Read(item, zone)).OfType<HetznerRrset>());
        IsComplete = IsLast(pagination, items.Count) ?? throw new ProviderException(ProviderFailure.Transient, $"{reply.Purpose} at Hetzner: page {Next} does not say whether others follow");
        Expected = IsComplete ? Next : pagination?.Number("last_page") ?? Next + 1;
        Next++;
        return true;
    });

    private bool? IsLast(JsonElement? pagination, int count) =>
        pagination is not { } known ? (count < Math.Min(perPage, SmallestFullPage) ? true : null)
        : known.Number("next_page") is null ? (_total is { } all && _ids.Count < all ? null : true)
        : count > 0 ? false
        : null;
}
