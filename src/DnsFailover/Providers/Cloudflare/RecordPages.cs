using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>
/// Puts the pages of a list together. A list of which a part may be missing is not one: a record that moved to another
/// page while they were read would else be taken for gone.
/// </summary>
/// <param name="perPage">How many records were asked for.</param>
internal sealed class RecordPages(int perPage)
{
    /// <summary>No server is known to give fewer than this to who asks for more; only a shorter page proves, by itself, to be the last.</summary>
    private const int SmallestFullPage = 100;

    private readonly HashSet<string> _ids = [];
    private readonly List<CloudflareRecord> _records = [];
    private int? _total;

    /// <summary>The number of the page to ask for.</summary>
    public int Next { get; private set; } = 1;

    /// <summary>So many pages there are, as far as that is known.</summary>
    public int Expected { get; private set; } = 1;

    /// <summary>True once every page is there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The steered records of all pages.</summary>
    public IReadOnlyList<CloudflareRecord> Records => _records;

    /// <summary>Adds the next page.</summary>
    /// <exception cref="ProviderException">Transient: it does not fit the others, or may not be whole.</exception>
    public void Add(CloudflareReply reply) => reply.Read(json =>
    {
        var items = json.List("result") ?? throw new JsonException("'result' is no list");
        var info = json.Object("result_info");
        var total = info?.Number("total_count");
        if (items.Any(item => !_ids.Add(item.Text("id"))) || (Next > 1 && total != _total))
        {
            throw new ProviderException(ProviderFailure.Transient, $"{reply.Purpose} at Cloudflare: they changed while they were read");
        }

        _total = total;
        _records.AddRange(items.Select(CloudflareRecord.Read).OfType<CloudflareRecord>());
        var size = info?.Number("per_page") ?? perPage;
        Expected = total is { } all && size > 0 ? (all + size - 1) / size : Next;
        IsComplete = info is { } known ? IsLast(known, items.Count, size)
            : items.Count < Math.Min(perPage, SmallestFullPage) ? true
            : throw new ProviderException(ProviderFailure.Transient, $"{reply.Purpose} at Cloudflare: page {Next} does not say whether others follow");
        Next++;
        return true;
    });

    /// <summary><c>total_pages</c> is not in every description of the API, and <c>total_count</c> is said to count without filters.</summary>
    private bool IsLast(JsonElement info, int count, int size) =>
        count == 0 || (info.Number("total_pages") is { } pages ? Next >= pages : count < size || _ids.Count >= _total);
}
