using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Azure;

/// <summary>Puts the pages of a list together. A list of which a part may be missing is not one.</summary>
internal sealed class RecordSetPages(AzureOptions options)
{
    private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<AzureRecordSet> _sets = [];

    /// <summary>The steered record sets of all pages.</summary>
    public IReadOnlyList<AzureRecordSet> Sets => _sets;

    /// <summary>Adds a page; gives the address of the next one, null after the last.</summary>
    /// <exception cref="ProviderException">Transient: it does not fit the others, or is not as documented. Rejected: the next one is said to be at another host.</exception>
    public Uri? Add(AzureReply reply) => reply.Read(json =>
    {
        var items = json.List("value") ?? throw new JsonException("'value' is no list");
        if (items.Any(item => !_ids.Add($"{item.Text("type")}/{item.Text("name")}")))
        {
            throw new ProviderException(ProviderFailure.Transient, $"{reply.Purpose} at Azure: they changed while they were read");
        }

        _sets.AddRange(items.Select(item => AzureRecordSet.Read(item, options.Zone)).OfType<AzureRecordSet>());
        return json.OptionalText("nextLink") is { Length: > 0 } next ? Following(reply, next) : null;
    });

    /// <summary>The token goes to no other place than the one that is configured, whatever a reply says.</summary>
    private Uri Following(AzureReply reply, string next)
    {
        // Azure's are whole addresses; one without a place is at the place that it came from.
        return Uri.TryCreate(options.BaseUrl, next, out var address) && address.UserInfo.Length == 0 && Place(address) == Place(options.BaseUrl)
            ? address
            : throw new ProviderException(ProviderFailure.Rejected, $"{reply.Purpose} at Azure: the next page is said to be at {VendorText.Clean(address?.GetLeftPart(UriPartial.Authority) ?? next)} instead of {Place(options.BaseUrl)}; nothing is sent there: check baseUrl");
    }

    private static string Place(Uri address) => $"{address.Scheme}://{address.Host}:{address.Port}";
}
