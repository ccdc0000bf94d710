using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>The calls that are made to DigitalOcean, with every failure as a <see cref="ProviderException"/>.</summary>
internal sealed class DigitalOceanClient : IDisposable
{
    private const string Vendor = "DigitalOcean";

    /// <summary>
    /// 5000 calls per hour and 250 per minute are allowed per token (https://docs.digitalocean.com/reference/api/reference/,
    /// "Rate Limit"). At most 4750 and 220 go out.
    /// </summary>
    private const int Burst = 145;

    private const double PerSecond = 1.25;

    private const int MostWaiting = 500;

    /// <summary>The largest page that there is.</summary>
    private const int PerPage = 200;

    /// <summary>A zone of so many pages is larger than any that is known; more is a server that never ends.</summary>
    private const int MostPages = 250;

    /// <summary>For a message that lists near names this is enough.</summary>
    private const int MostDomainPages = 2;

    private readonly DigitalOceanOptions _options;
    private readonly ApiClient _api;
    private readonly string _domains;

    /// <summary>A client without a connection yet.</summary>
    public DigitalOceanClient(DigitalOceanOptions options, TimeProvider time)
    {
        _options = options;
        _domains = $"{options.BaseUrl.AbsoluteUri.TrimEnd('/')}{(options.BaseUrl.AbsolutePath == "/" ? "/v2" : string.Empty)}/domains";
        _api = new ApiClient(Vendor, options.Timeout, BearerToken.Authorize(Vendor, options.Token), time, new TokenBucket(Vendor, Burst, PerSecond, MostWaiting, time), CallsLeft.WaitAfter);
    }

    /// <summary>How far its clock was ahead of ours in its last reply.</summary>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    private string Records => $"{_domains}/{_options.Zone}/records";

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    /// <summary>The reply about the domain, whatever it is (https://docs.digitalocean.com/reference/api/reference/domains/#domains_get).</summary>
    public Task<DigitalOceanReply> LookAtDomainAsync(CancellationToken cancellationToken) =>
        ReplyAsync(Read(CallOf.Domain, $"{_domains}/{_options.Zone}", $"the domain {_options.Zone} cannot be read"), cancellationToken);

    /// <summary>
    /// Every steered record of one name, and the marks of its owner. The filter takes the full name
    /// (https://docs.digitalocean.com/reference/api/reference/domain-records/#domains_list_records).
    /// </summary>
    public async Task<IReadOnlyList<DigitalOceanRecord>> ListRecordsAsync(DnsName name, CancellationToken cancellationToken)
    {
        var purpose = $"the records of {name} cannot be read";
        var records = await ListAllAsync($"name={name}&", purpose, MostPages, cancellationToken) ?? throw NeverEnding(purpose);
        var marks = OwnerText.NameFor(name) is { } mark ? await ListAllAsync($"name={mark}&type=TXT&", purpose, MostPages, cancellationToken) ?? throw NeverEnding(purpose) : [];

        // A server that does not know the filter answers with every record there is.
        return [.. records.Concat(marks).DistinctBy(record => record.Id).Where(record => record.SteeredName == name)];
    }

    /// <summary>Every steered record of the zone, and all marks; null when that would take more than <paramref name="mostPages"/> calls.</summary>
    public Task<IReadOnlyList<DigitalOceanRecord>?> ListRecordsAsync(int mostPages, CancellationToken cancellationToken) =>
        ListAllAsync(string.Empty, $"the records of {_options.Zone} cannot be read", Math.Min(mostPages, MostPages), cancellationToken);

    /// <summary>
    /// Changes one record where it stands (https://docs.digitalocean.com/reference/api/reference/domain-records/#domains_patch_record);
    /// gives it as it is then, or null when the reply does not show it.
    /// </summary>
    public async Task<DigitalOceanRecord?> PatchAsync(DnsName name, long id, JsonObject body, CancellationToken cancellationToken) =>
        Shown(await SendAsync(Write(HttpMethod.Patch, CallOf.Record, RecordAddress(id), name, body, "domain:update"), cancellationToken));

    /// <summary>Creates a record (https://docs.digitalocean.com/reference/api/reference/domain-records/#domains_create_record); gives it, or null when the reply does not show it.</summary>
    public async Task<DigitalOceanRecord?> CreateAsync(DnsName name, JsonObject body, CancellationToken cancellationToken) =>
        Shown(await SendAsync(Write(HttpMethod.Post, CallOf.Domain, Records, name, body, "domain:create and domain:update"), cancellationToken));

    /// <summary>Deletes a record (https://docs.digitalocean.com/reference/api/reference/domain-records/#domains_delete_record).</summary>
    public Task DeleteAsync(DnsName name, long id, CancellationToken cancellationToken) =>
        SendAsync(Write(HttpMethod.Delete, CallOf.Record, RecordAddress(id), name, body: null, "domain:delete"), cancellationToken);

    /// <summary>What is near a domain that is not there (https://docs.digitalocean.com/reference/api/reference/domains/#domains_list).</summary>
    public async Task<string> NoSuchDomainAsync(CancellationToken cancellationToken)
    {
        try
        {
            return $"DigitalOcean has no domain {_options.Zone} that the token may see{NearZones.Of(_options.Zone, await ListDomainNamesAsync(cancellationToken))}: correct zone, or use a token of the team that has it";
        }
        catch (ProviderException e)
        {
            return $"DigitalOcean has no domain {_options.Zone} that the token may see: correct zone, or use a token of the team that has it ({e.Message})";
        }
    }

    private async Task<IReadOnlyList<string>> ListDomainNamesAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        for (var page = 1; page <= MostDomainPages; page++)
        {
            var reply = await SendAsync(Read(CallOf.Account, $"{_domains}?page={page}&per_page={PerPage}", "the domains cannot be listed"), cancellationToken);
            var found = reply.Read(json => (json.List("domains") ?? throw new JsonException("'domains' is no list")).Select(domain => domain.Text("name")).ToList());
            names.AddRange(found);
            if (reply.Read(json => json.Object("links")?.Object("pages")?.OptionalText("next")) is null)
            {
                break;
            }
        }

        return names;
    }

    private async Task<IReadOnlyList<DigitalOceanRecord>?> ListAllAsync(string filter, string purpose, int mostPages, CancellationToken cancellationToken)
    {
        var pages = new RecordPages(_options.Zone, PerPage, isFiltered: filter.Length > 0);
        while (!pages.IsComplete)
        {
            if (pages.Next > mostPages || pages.Expected > mostPages)
            {
                return null;
            }

            pages.Add(await SendAsync(Read(CallOf.Domain, $"{Records}?{filter}page={pages.Next}&per_page={PerPage}", purpose), cancellationToken));
        }

        return pages.Records;
    }

    private async Task<DigitalOceanReply> SendAsync(DigitalOceanCall call, CancellationToken cancellationToken)
    {
        var reply = await ReplyAsync(call, cancellationToken);
        return reply.IsSuccess ? reply
            : reply.IsAboutTheDomain ? throw new ProviderException(ProviderFailure.Rejected, $"{call.Http.Purpose}: {await NoSuchDomainAsync(cancellationToken)}")
            : throw reply.Failure();
    }

    private async Task<DigitalOceanReply> ReplyAsync(DigitalOceanCall call, CancellationToken cancellationToken) =>
        new(call, await _api.SendAsync(call.Http, cancellationToken), _options.Token);

    private static DigitalOceanCall Read(CallOf of, string address, string purpose) => new(new ApiCall(HttpMethod.Get, new Uri(address), purpose), of, "domain:read");

    private static DigitalOceanCall Write(HttpMethod method, CallOf of, string address, DnsName name, JsonObject? body, string scope) =>
        new(new ApiCall(method, new Uri(address), $"the change of {name} failed") { Writes = true, Body = body is null ? default : Encoding.UTF8.GetBytes(body.ToJsonString()) }, of, scope);

    private string RecordAddress(long id) => string.Create(CultureInfo.InvariantCulture, $"{Records}/{id}");

    private DigitalOceanRecord? Shown(DigitalOceanReply reply)
    {
        try
        {
            return reply.Read(json => json.Object("domain_record") is { } record ? DigitalOceanRecord.Read(record, _options.Zone) : null);
        }
        catch (ProviderException)
        {
            return null; // it was carried out, so that only another read can tell
        }
    }

    private static ProviderException NeverEnding(string purpose) => new(ProviderFailure.Transient, $"{purpose} at DigitalOcean: the list has more than {MostPages} pages");
}
