using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Desec;

/// <summary>A domain as far as it matters here.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MinimumTtl">The smallest TTL that its RRsets may have.</param>
internal sealed record DesecDomain(string Name, TimeSpan MinimumTtl);

/// <summary>What deSEC made of a bulk change.</summary>
/// <param name="Written">The RRsets after it; null when the reply does not show them.</param>
internal sealed record BulkOutcome(IReadOnlyList<DesecRrset>? Written);

/// <summary>deSEC refused a bulk change as a whole because of some parts of it.</summary>
/// <param name="why">What it is.</param>
/// <param name="positions">Which parts; empty when that is not said.</param>
internal sealed class BulkRefusedException(ProviderException why, IReadOnlySet<int> positions) : Exception(why.Message, why)
{
    /// <summary>What it is.</summary>
    public ProviderException Why => why;

    /// <summary>Which parts; empty when that is not said.</summary>
    public IReadOnlySet<int> Positions => positions;
}

/// <summary>The calls that are made to deSEC, with every failure as a <see cref="ProviderException"/>.</summary>
internal sealed class DesecClient : IDisposable
{
    /// <summary>So many pages of 500 are read at most.</summary>
    public const int MostPages = 40;

    private readonly DesecOptions _options;
    private readonly ApiClient _api;
    private readonly string _baseUrl;
    private readonly string _rrsets;

    /// <summary>A client without a connection yet.</summary>
    public DesecClient(DesecOptions options, TimeProvider time)
    {
        _options = options;
        _baseUrl = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _rrsets = $"{_baseUrl}/domains/{options.Zone}/rrsets/";
        _api = new ApiClient("deSEC", options.Timeout, AuthorizeAsync, time);
        Reads = new CallBudget("reads from deSEC", [new(10, TimeSpan.FromSeconds(1)), new(50, TimeSpan.FromMinutes(1)), new(ReadsADay, TimeSpan.FromDays(1))], time);
        Writes = new CallBudget("writes to deSEC", [new(2, TimeSpan.FromSeconds(1)), new(15, TimeSpan.FromMinutes(1)), new(100, TimeSpan.FromHours(1)), new(300, TimeSpan.FromDays(1))], time);
    }

    /// <summary>
    /// An account has 2000 calls a day in all (https://desec.readthedocs.io/en/latest/rate-limits.html): 300 are for writes, and
    /// 100 are left to people.
    /// </summary>
    public const int ReadsADay = 1600;

    /// <summary>What counts reads.</summary>
    public CallBudget Reads { get; }

    /// <summary>What counts writes to this domain.</summary>
    public CallBudget Writes { get; }

    /// <inheritdoc cref="ApiClient.ClockSkew"/>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    /// <summary>The domain (https://desec.readthedocs.io/en/latest/dns/domains.html#retrieving-a-specific-domain).</summary>
    public async Task<DesecDomain> DomainAsync(CancellationToken cancellationToken)
    {
        var reply = await ReadAsync($"{_baseUrl}/domains/{_options.Zone}/", $"the domain {_options.Zone} cannot be looked up", cancellationToken);
        return reply.Read(json => new DesecDomain(json.Text("name"), TimeSpan.FromSeconds(json.Number("minimum_ttl") ?? throw new JsonException("'minimum_ttl' is missing or no number"))));
    }

    /// <summary>The host names of the domain's servers, from its NS records.</summary>
    public async Task<IReadOnlyList<string>> NameServersAsync(CancellationToken cancellationToken)
    {
        var reply = await ReadAsync($"{_rrsets}?subname=&type=NS", $"the NS records of {_options.Zone} cannot be read", cancellationToken);
        return reply.Read(json => Items(json).SelectMany(rrset => rrset.List("records") ?? []).Select(host => (host.ValueKind == JsonValueKind.String ? host.GetString()! : string.Empty).TrimEnd('.')).Where(host => host.Length > 0).ToList());
    }

    /// <summary>
    /// The steered RRsets and marks of the domain (https://desec.readthedocs.io/en/latest/dns/rrsets.html#retrieving-all-rrsets-in-a-zone);
    /// null when they take more than so many pages, or the list lacks what every domain has.
    /// </summary>
    public Task<(IReadOnlyList<DesecRrset> Rrsets, int Pages)?> ListAsync(int mostPages, CancellationToken cancellationToken) =>
        ListAsync(filter: string.Empty, $"the records of {_options.Zone} cannot be read", mostPages, cancellationToken);

    /// <summary>The steered RRsets of one name, and its mark: two calls.</summary>
    public async Task<IReadOnlyList<DesecRrset>> ListAsync(DnsName name, CancellationToken cancellationToken)
    {
        var places = new[] { name, OwnerText.NameFor(name) }.OfType<DnsName>();
        var found = new List<DesecRrset>();
        foreach (var place in places)
        {
            var listed = await ListAsync($"subname={DesecRrset.Subname(place, _options.Zone)}&", $"the records of {name} cannot be read", mostPages: 1, cancellationToken);
            found.AddRange(listed?.Rrsets ?? throw new ProviderException(ProviderFailure.Transient, $"the records of {name} cannot be read: deSEC has more than a page of them"));
        }

        // A server that does not know the filter answers with every RRset there is.
        return [.. found.Where(rrset => rrset.Steered == name).DistinctBy(rrset => (rrset.Name, rrset.Type))];
    }

    /// <summary>
    /// Creates and changes RRsets, all of them or none (https://desec.readthedocs.io/en/latest/dns/rrsets.html#bulk-operations).
    /// The call must have been taken from <see cref="Writes"/>.
    /// </summary>
    /// <param name="rrsets">The parts.</param>
    /// <param name="purpose">For messages.</param>
    /// <param name="missing">What a token would have to be allowed for it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="BulkRefusedException">Nothing was written because of some parts of it.</exception>
    public async Task<BulkOutcome> PatchAsync(JsonArray rrsets, string purpose, string missing, CancellationToken cancellationToken)
    {
        var call = new ApiCall(HttpMethod.Patch, new Uri(_rrsets), purpose) { Writes = true, Body = Encoding.UTF8.GetBytes(rrsets.ToJsonString()) };
        var reply = await SendAsync(call, Writes, cancellationToken);
        if (reply.IsNotFound)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{await NotFoundAsync(cancellationToken)}; nothing was written");
        }

        if (!reply.IsSuccess)
        {
            var failure = reply.Failure(missing);
            throw reply.IsAboutContent ? new BulkRefusedException(failure, reply.RefusedPositions) : failure;
        }

        try
        {
            return new BulkOutcome(reply.Read(json => Items(json).Select(DesecRrset.Read).OfType<DesecRrset>().ToList()));
        }
        catch (ProviderException)
        {
            return new BulkOutcome(Written: null); // it was carried out, so that only a read can tell
        }
    }

    private async Task<(IReadOnlyList<DesecRrset> Rrsets, int Pages)?> ListAsync(string filter, string purpose, int mostPages, CancellationToken cancellationToken)
    {
        var rrsets = new List<DesecRrset>();
        var seen = new HashSet<(DnsName, string)>();
        string? cursor = string.Empty;
        var (hasServers, isEmpty) = (false, true);
        for (var page = 1; page <= mostPages; page++)
        {
            var reply = await ReadAsync($"{_rrsets}?{filter}cursor={Uri.EscapeDataString(cursor)}", purpose, cancellationToken);
            var items = reply.Read(Items);
            isEmpty &= items.Count == 0;
            hasServers |= reply.Read(_ => items.Any(IsApexNs));
            rrsets.AddRange(reply.Read(_ => items.Select(DesecRrset.Read).OfType<DesecRrset>().ToList()));
            if (rrsets.Skip(seen.Count).Any(rrset => !seen.Add((rrset.Name, rrset.Type))))
            {
                throw new ProviderException(ProviderFailure.Transient, $"{purpose}: deSEC lists an RRset twice, so that they may have changed while they were read");
            }

            cursor = reply.NextCursor;
            if (cursor is null)
            {
                // Without even the domain's NS records it may not be all there is, and what is empty may be no list of RRsets.
                return hasServers || filter.Length > 0 ? (rrsets, page)
                    : !isEmpty ? null
                    : throw new ProviderException(ProviderFailure.Transient, $"{purpose}: deSEC lists not even the domain's NS records, so that this is not all there is");
            }
        }

        return null;
    }

    private async Task<DesecReply> ReadAsync(string address, string purpose, CancellationToken cancellationToken)
    {
        await Reads.TakeAsync(Patience, cancellationToken);
        var reply = await SendAsync(new ApiCall(HttpMethod.Get, new Uri(address), purpose), Reads, cancellationToken);
        return reply.IsSuccess ? reply
            : reply.IsNotFound ? throw new ProviderException(ProviderFailure.Rejected, await NotFoundAsync(cancellationToken))
            : throw reply.Failure("the token may not read there: give it access to the account's domains");
    }

    /// <summary>Half of a call's time may go by before it is sent.</summary>
    public TimeSpan Patience => _options.Timeout / 2;

    private async Task<DesecReply> SendAsync(ApiCall call, CallBudget budget, CancellationToken cancellationToken)
    {
        var reply = new DesecReply(call, await _api.SendAsync(call, cancellationToken), _options);
        if (reply.RetryAfter is { } pause)
        {
            budget.Pause(pause);
        }

        return reply;
    }

    /// <summary>Near names among the domains that the account has (https://desec.readthedocs.io/en/latest/dns/domains.html#listing-domains).</summary>
    private async Task<string> NotFoundAsync(CancellationToken cancellationToken)
    {
        const int mostShown = 5;
        await Reads.TakeAsync(Patience, cancellationToken);
        var reply = await SendAsync(new ApiCall(HttpMethod.Get, new Uri($"{_baseUrl}/domains/?cursor="), "the domains cannot be listed"), Reads, cancellationToken);
        string[] names = reply.IsSuccess ? [.. reply.Read(json => Items(json).Select(domain => domain.Text("name")).ToList())] : throw reply.Failure("the token may not list domains");
        if (names.Length == 0)
        {
            return $"the account of the token has no domain {_options.Zone} at deSEC, nor any other: check that it is the right account";
        }

        // The zone of a name below it is what is often meant; then come names that are spelled alike.
        var zone = _options.Zone.ToString();
        var near = names.Where(name => DnsName.TryParse(name, out var parent, out _) && _options.Zone.IsWithin(parent))
            .Concat(names.OrderBy(name => Nearest.Slips(zone, name)).ThenBy(name => name, StringComparer.Ordinal))
            .Distinct()
            .Take(mostShown);
        return $"the account of the token has no domain {zone} at deSEC{Nearest.Hint(zone, names)}; it has {string.Join(", ", near)}{(names.Length > mostShown ? " and others" : string.Empty)}: correct zone";
    }

    private bool IsApexNs(JsonElement rrset) => rrset.Text("type") == "NS" && DnsName.TryParse(rrset.Text("name"), out var name, out _) && name == _options.Zone;

    private static IReadOnlyList<JsonElement> Items(JsonElement json) => json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : throw new JsonException("it is no list");

    private ValueTask AuthorizeAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var token = _options.Token.Reveal().Trim();
        if (token.Length == 0 || DesecOptions.TokenComplaint(token) is not null)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the token of deSEC {DesecOptions.TokenComplaint(token) ?? "is empty"}: correct it; nothing was sent");
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Token", token);
        return ValueTask.CompletedTask;
    }
}
