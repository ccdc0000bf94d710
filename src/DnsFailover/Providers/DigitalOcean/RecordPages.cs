using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>
/// Puts the pages of a list together. A list of which a part may be missing is not one: a record that moved to another
/// page while they were read would else be taken for gone.
/// </summary>
/// <param name="zone">The zone.</param>
/// <param name="perPage">How many records were asked for.</param>
/// <param name="isFiltered">Whether only some records were asked for, so that <c>total</c> may count others too.</param>
internal sealed class RecordPages(DnsName zone, int perPage, bool isFiltered)
{
    private readonly HashSet<long> _ids = [];
    private readonly List<DigitalOceanRecord> _records = [];
    private int? _total;

    /// <summary>The number of the page to ask for.</summary>
    public int Next { get; private set; } = 1;

    /// <summary>So many pages there are, as far as that is known.</summary>
    public int Expected { get; private set; } = 1;

    /// <summary>True once every page is there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The steered records and the marks of all pages.</summary>
    public IReadOnlyList<DigitalOceanRecord> Records => _records;

    /// <summary>Adds the next page.</summary>
    /// <exception cref="ProviderException">Transient: it does not fit the others, or may not be whole.</exception>
    public void Add(DigitalOceanReply reply) => reply.Read(json =>
    {
        var items = json.List("domain_records") ?? throw new JsonException("'domain_records' is no list");
        var total = json.Object("meta")?.Number("total");
        if (items.Any(item => !_ids.Add(item.LargeNumber("id"))) || (Next > 1 && total != _total))
        {
            throw new ProviderException(ProviderFailure.Transient, $"{reply.Purpose} at DigitalOcean: they changed while they were read");
        }

        _total = total;
        _records.AddRange(items.Select(item => DigitalOceanRecord.Read(item, zone)).OfType<DigitalOceanRecord>());
        IsComplete = IsLast(json, items.Count) ?? throw new ProviderException(ProviderFailure.Transient, $"{reply.Purpose} at DigitalOcean: page {Next} does not say whether others follow");
        Expected = IsComplete || total is not { } all || items.Count == 0 ? Next + (IsComplete ? 0 : 1) : (all + items.Count - 1) / items.Count;
        Next++;
        return true;
    });

    /// <summary>
    /// A page before the last names the next one. Only that there is one counts: the address is made here, so that the token
    /// goes nowhere but to the configured server. A page that names none is not the last while the total says that more follow.
    /// </summary>
    private bool? IsLast(JsonElement json, int count)
    {
        var links = json.Object("links");
        bool? another = count > 0 ? false : null;
        return links?.Object("pages")?.OptionalText("next") is not null ? another
            : _total is { } all && (links is null || !isFiltered) ? _ids.Count >= all ? true : another
            : links is not null || count < perPage ? true
            : null;
    }
}
