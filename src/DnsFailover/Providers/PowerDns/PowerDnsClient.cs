using System.Globalization;
using System.Text.Json;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.PowerDns;

/// <summary>What a server says of itself.</summary>
/// <param name="DaemonType"><c>authoritative</c>, or <c>recursor</c>, whose API is another.</param>
/// <param name="Version">For example <c>4.7.3</c>.</param>
internal sealed record PowerDnsServer(string DaemonType, string Version)
{
    /// <summary>
    /// True when a read of one name shows its disabled records, as it does since 5.0
    /// (https://github.com/PowerDNS/pdns/issues/11473); before, only a read of the whole zone does.
    /// </summary>
    public bool ShowsDisabledByName => int.TryParse(Version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major >= 5;
}

/// <summary>The calls that are made to PowerDNS, with every failure as a <see cref="ProviderException"/>.</summary>
internal sealed class PowerDnsClient : IDisposable
{
    /// <summary>PowerDNS publishes no limit; this keeps a mistake of ours from taking its threads, and heeds a proxy that sets one.</summary>
    private const int Burst = 200;

    private const double PerSecond = 200;

    private const int MostWaiting = 1000;

    /// <summary>A zone of half a million records.</summary>
    private const int LargestZone = 64 * 1024 * 1024;

    private const int MostNames = 5;

    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly PowerDnsOptions _options;
    private readonly TimeProvider _time;
    private readonly ApiClient _api;
    private readonly string _server;
    private readonly string _zone;
    private (PowerDnsServer Server, long At)? _known;

    /// <summary>A client without a connection yet.</summary>
    public PowerDnsClient(PowerDnsOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var root = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _server = $"{root}{(root.EndsWith("/api/v1", StringComparison.Ordinal) ? string.Empty : "/api/v1")}/servers/{options.ServerId}";
        _zone = $"{_server}/zones/{options.Zone}.";
        _api = new ApiClient("PowerDNS", options.Timeout, AuthorizeAsync, time, new TokenBucket("PowerDNS", Burst, PerSecond, MostWaiting, time));
    }

    /// <summary>The zone as the last reply showed it, which a reply about any of its names does; null before the first.</summary>
    public PowerDnsZone? Zone { get; private set; }

    /// <summary>How many RRsets the zone had when it was last read as a whole; 0 before.</summary>
    public int ZoneSize { get; private set; }

    /// <summary>How far the server's clock is ahead, where something in front of PowerDNS, which sends no <c>Date</c>, says so.</summary>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    /// <summary>What to do when the server is not there.</summary>
    public string NoServer => $"it knows no server '{_options.ServerId}': correct serverId (PowerDNS itself knows only {PowerDnsOptions.DefaultServerId}) or baseUrl";

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    /// <summary>Asks the server about itself (https://doc.powerdns.com/authoritative/http-api/server.html); gives its reply, whatever it is.</summary>
    public Task<PowerDnsReply> AskServerAsync(CancellationToken cancellationToken) => SendAsync(Read(_server, "the server cannot be asked about itself"), cancellationToken);

    /// <summary>Takes note of what a server says of itself.</summary>
    public PowerDnsServer Note(PowerDnsReply reply)
    {
        var server = Success(reply).Read(json => new PowerDnsServer(json.OptionalText("daemon_type") ?? "unknown", json.OptionalText("version") ?? "unknown"));
        _known = (server, _time.GetTimestamp());
        return server;
    }

    /// <summary>Whether a read of one name shows its disabled records; false when the server does not say which it is.</summary>
    public async Task<bool> ShowsDisabledByNameAsync(CancellationToken cancellationToken)
    {
        if (_known is { } known && _time.GetElapsedTime(known.At) < MaxAge)
        {
            return known.Server.ShowsDisabledByName;
        }

        try
        {
            return Note(await AskServerAsync(cancellationToken)).ShowsDisabledByName;
        }
        catch (ProviderException)
        {
            return false; // the longer way works with every server, and says itself what is wrong
        }
    }

    /// <summary>The zone without its records (https://doc.powerdns.com/authoritative/http-api/zone.html).</summary>
    public async Task<PowerDnsZone> GetZoneAsync(CancellationToken cancellationToken) =>
        (await ReadZoneAsync("?rrsets=false", $"the zone {_options.Zone} cannot be read", cancellationToken)).Zone;

    /// <summary>The RRsets of one name, of all types; servers before 5.0 leave disabled records out.</summary>
    public async Task<IReadOnlyList<PowerDnsSet>> ListSetsAsync(DnsName name, CancellationToken cancellationToken)
    {
        var (_, sets) = await ReadZoneAsync($"?rrset_name={name}.", $"the records of {name} cannot be read", cancellationToken);

        // Servers before 4.6 do not know the filter, and before 4.9.2 it does not hold for comments.
        return [.. sets.Where(set => set.Name == name)];
    }

    /// <summary>Every RRset of the zone, with disabled records.</summary>
    public async Task<IReadOnlyList<PowerDnsSet>> ListSetsAsync(CancellationToken cancellationToken)
    {
        var (_, sets) = await ReadZoneAsync(string.Empty, $"the records of {_options.Zone} cannot be read", cancellationToken);
        ZoneSize = sets.Count;
        return sets;
    }

    /// <summary>
    /// Replaces RRsets in one transaction (https://doc.powerdns.com/authoritative/http-api/zone.html, PATCH). False when the
    /// backend keeps no comments: then nothing was written.
    /// </summary>
    public async Task<bool> PatchAsync(RrsetPatch patch, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(new ApiCall(HttpMethod.Patch, new Uri(_zone), $"the change of {patch.Name} failed") { Writes = true, Body = patch.ToJson() }, cancellationToken);
        if (patch.WritesComments && reply.IsAboutComments)
        {
            return false;
        }

        await RequireZoneAsync(reply, cancellationToken);
        return true;
    }

    /// <summary>Tells the servers that copy the zone that it has changed (https://doc.powerdns.com/authoritative/http-api/zone.html, notify).</summary>
    public async Task NotifyAsync(CancellationToken cancellationToken) =>
        Success(await SendAsync(new ApiCall(HttpMethod.Put, new Uri($"{_zone}/notify"), $"the servers that copy {_options.Zone} cannot be told") { Writes = true }, cancellationToken));

    private async Task<(PowerDnsZone Zone, IReadOnlyList<PowerDnsSet> Sets)> ReadZoneAsync(string query, string purpose, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(Read($"{_zone}{query}", purpose), cancellationToken);
        await RequireZoneAsync(reply, cancellationToken);
        return reply.Read(json =>
        {
            if (!DnsName.TryParse(json.Text("name"), out var name, out _) || name != _options.Zone)
            {
                throw new JsonException("it is about another zone");
            }

            var zone = PowerDnsZone.Read(json);
            Zone = zone;
            var sets = query == "?rrsets=false" ? [] : json.List("rrsets") ?? throw new JsonException("'rrsets' is no list");
            return (zone, (IReadOnlyList<PowerDnsSet>)[.. sets.Select(PowerDnsSet.Read).OfType<PowerDnsSet>()]);
        });
    }

    /// <summary>Refuses all but success, and says of a zone that is not there which there are.</summary>
    private async Task RequireZoneAsync(PowerDnsReply reply, CancellationToken cancellationToken)
    {
        if (reply.IsAboutThePath)
        {
            throw reply.Failure(await WhatIsMissingAsync(cancellationToken));
        }

        Success(reply);
    }

    private async Task<string?> WhatIsMissingAsync(CancellationToken cancellationToken)
    {
        try
        {
            // dnssec=false spares it a look at every zone's keys.
            var reply = await SendAsync(Read($"{_server}/zones?dnssec=false", "the zones cannot be listed"), cancellationToken);
            return reply.IsAboutThePath ? NoServer : NoZone(Success(reply).Read(json => json.EnumerateArray().Select(zone => zone.Text("name").TrimEnd('.').ToLowerInvariant()).ToList()));
        }
        catch (Exception e) when (e is ProviderException or InvalidOperationException)
        {
            return null; // what was answered first is all that is known
        }
    }

    private string? NoZone(List<string> names)
    {
        var zone = _options.Zone.ToString();
        if (names.Contains(zone))
        {
            return null;
        }

        // The zone of a name below it is what is often meant; then come names that are spelled alike.
        var near = names.Where(name => DnsName.TryParse(name, out var other, out _) && _options.Zone.IsWithin(other))
            .Concat(names.OrderBy(name => Nearest.Slips(zone, name)).ThenBy(name => name, StringComparer.Ordinal))
            .Distinct()
            .Take(MostNames);
        return names.Count == 0
            ? $"it has no zone {zone}, nor any other: create it, or correct baseUrl"
            : $"it has no zone {zone}{Nearest.Hint(zone, names)}; it has {string.Join(", ", near)}{(names.Count > MostNames ? " and others" : string.Empty)}: correct zone";
    }

    private static ApiCall Read(string address, string purpose) => new(HttpMethod.Get, new Uri(address), purpose) { LargestReply = LargestZone };

    private async Task<PowerDnsReply> SendAsync(ApiCall call, CancellationToken cancellationToken) => new(call, await _api.SendAsync(call, cancellationToken), _options);

    private static PowerDnsReply Success(PowerDnsReply reply) => reply.IsSuccess ? reply : throw reply.Failure();

    private ValueTask AuthorizeAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var key = _options.ApiKey.Reveal().Trim();
        if (key.Length == 0 || PowerDnsOptions.KeyComplaint(key) is not null)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the API key of PowerDNS {PowerDnsOptions.KeyComplaint(key) ?? "is empty"}: correct it; nothing was sent");
        }

        request.Headers.Add("X-API-Key", key);
        return ValueTask.CompletedTask;
    }
}
