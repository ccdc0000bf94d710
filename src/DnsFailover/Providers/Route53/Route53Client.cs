using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Route53;

/// <summary>Where a listing of record sets begins; a type only goes with a name, an identifier only with a type.</summary>
internal readonly record struct ListingStart(string Name, string? Type = null, string? SetIdentifier = null);

/// <summary>One page of a hosted zone's record sets, sorted by <see cref="Route53Name.SortKey(string)"/>.</summary>
/// <param name="Sets">What is on it.</param>
/// <param name="Next">Where the next one begins; null on the last one.</param>
internal sealed record ListedPage(IReadOnlyList<ListedSet> Sets, ListingStart? Next)
{
    /// <summary>True when every set of this name is on this page or before it.</summary>
    public bool Covers(DnsName name) => Next is not { } next || string.CompareOrdinal(Route53Name.SortKey(next.Name), Route53Name.SortKey(name)) > 0;
}

/// <summary>What became of a batch.</summary>
/// <param name="ChangeId">Stands for the change while it spreads; null when the batch was not taken.</param>
/// <param name="Complaints">Why it was not taken: then nothing was written.</param>
internal sealed record BatchOutcome(string? ChangeId, IReadOnlyList<string> Complaints);

/// <summary>A hosted zone.</summary>
/// <param name="Id">Its id without <c>/hostedzone/</c>.</param>
/// <param name="Name">Its name, with escapes replaced.</param>
/// <param name="IsPrivate">True when only VPCs see it.</param>
/// <param name="NameServers">Its name servers; empty where they were not asked for or there are none.</param>
internal sealed record HostedZone(string Id, string Name, bool IsPrivate, IReadOnlyList<string> NameServers);

/// <summary>The five calls that are made to Route 53 (https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations.html).</summary>
internal sealed class Route53Client : IDisposable
{
    private const string Version = "/2013-04-01/";

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(32);

    private readonly Route53Options _options;
    private readonly TimeProvider _time;
    private readonly TokenBucket _bucket;
    private readonly ApiClient _api;
    private readonly AwsCredentials _credentials;
    private readonly string _arn;
    private AwsKey? _lastKey;
    private int _throttled;

    public Route53Client(Route53Options options, TimeProvider time)
    {
        (_options, _time, _credentials) = (options, time, new AwsCredentials(options, time));
        _arn = $"arn:{options.Region.Split('-') switch { ["cn", ..] => "aws-cn", ["us", "gov", ..] => "aws-us-gov", _ => "aws" }}:route53::";
        _bucket = AccountLimit.Of(options, time);
        _api = new ApiClient("Route 53", options.Timeout, AuthorizeAsync, time, _bucket);
    }

    /// <summary>
    /// ListResourceRecordSets (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html). The
    /// name is where the page begins and no filter. It shows changes at once, also those that are still PENDING.
    /// </summary>
    /// <param name="zoneId">The hosted zone.</param>
    /// <param name="start">Where the page begins.</param>
    /// <param name="most">So many sets at most, up to 300.</param>
    /// <param name="whose">What the page is for, for messages.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<ListedPage> ListSetsAsync(string zoneId, ListingStart start, int most, string whose, CancellationToken cancellationToken)
    {
        var path = $"hostedzone/{zoneId}/rrset?name={Uri.EscapeDataString(start.Name)}{Query("type", start.Type)}{Query("identifier", start.SetIdentifier)}&maxitems={most}";
        var root = await GetAsync(path, $"reading {whose}", $"route53:ListResourceRecordSets on {_arn}:hostedzone/{zoneId}", cancellationToken);
        var sets = root.Child("ResourceRecordSets");
        if (root.Name.LocalName != "ListResourceRecordSetsResponse" || sets is null || root.Text("IsTruncated") is not ("true" or "false"))
        {
            throw NotUnderstood($"reading {whose}", ProviderFailure.Transient);
        }

        var next = !root.IsTrue("IsTruncated") ? (ListingStart?)null
            : root.Text("NextRecordName") is { Length: > 0 } name ? new ListingStart(name, root.Text("NextRecordType"), root.Text("NextRecordIdentifier"))
            : throw NotUnderstood($"reading {whose}", ProviderFailure.Transient);
        return new ListedPage([.. sets.Children("ResourceRecordSet").Select(set => new ListedSet(set))], next);
    }

    /// <summary>ChangeResourceRecordSets (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html): all of the batch or nothing.</summary>
    /// <param name="zoneId">The hosted zone.</param>
    /// <param name="batch">The request.</param>
    /// <param name="change">What it is made of, for messages.</param>
    /// <param name="cancellationToken">Ends the call; it may have been carried out then.</param>
    public async Task<BatchOutcome> ChangeAsync(string zoneId, XElement batch, ChangeSet change, CancellationToken cancellationToken)
    {
        var purpose = $"changing {change.Name}";
        var call = new ApiCall(HttpMethod.Post, Address($"hostedzone/{zoneId}/rrset/"), purpose) { Writes = true, Body = Route53Xml.ToBytes(batch), ContentType = "application/xml" };
        var mark = change.Owner is null ? string.Empty : $" and TXT of {OwnerText.NameFor(change.Name)}";
        var permission = $"route53:ChangeResourceRecordSets on {_arn}:hostedzone/{zoneId} for CREATE and DELETE of {string.Join(" and ", change.Changes.Select(one => one.After.Type))} of {change.Name}{mark}";
        var reply = await _api.SendAsync(call, cancellationToken);
        if (reply.IsSuccess)
        {
            Succeeded();
            return Route53Xml.TryRead(reply.Body)?.Text("ChangeInfo", "Id") is { Length: > 0 } id
                ? new BatchOutcome(Bare(id), [])
                : throw NotUnderstood(purpose, ProviderFailure.Ambiguous);
        }

        var failure = Route53Failure.Of(reply);
        return failure.IsInvalidBatch ? new BatchOutcome(null, failure.Messages) : throw Refused(call, reply, failure, permission);
    }

    /// <summary>GetChange (https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html): true once every name server has the change.</summary>
    public async Task<bool> IsInSyncAsync(string changeId, CancellationToken cancellationToken)
    {
        var purpose = $"following the change {changeId}";
        var root = await GetAsync($"change/{Uri.EscapeDataString(changeId)}", purpose, $"route53:GetChange on {_arn}:change/{changeId}", cancellationToken);
        return root.Text("ChangeInfo", "Status") switch { "INSYNC" => true, "PENDING" => false, _ => throw NotUnderstood(purpose, ProviderFailure.Transient) };
    }

    /// <summary>
    /// ListHostedZonesByName (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html): up to a
    /// hundred zones, from this name on or from the first one. The name is where the list begins and no filter.
    /// </summary>
    public async Task<IReadOnlyList<HostedZone>> ListZonesAsync(string? from, CancellationToken cancellationToken)
    {
        const string purpose = "looking for the hosted zone";
        var root = await GetAsync($"hostedzonesbyname?{(from is null ? string.Empty : $"dnsname={Uri.EscapeDataString(from)}&")}maxitems=100", purpose, "route53:ListHostedZonesByName on *", cancellationToken);
        return root.Child("HostedZones") is { } zones ? [.. zones.Children("HostedZone").Select(zone => Zone(zone, []))] : throw NotUnderstood(purpose, ProviderFailure.Transient);
    }

    /// <summary>GetHostedZone (https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html), with the name servers; null when there is none of this id.</summary>
    public async Task<HostedZone?> GetZoneAsync(string zoneId, CancellationToken cancellationToken)
    {
        var purpose = $"reading the hosted zone {zoneId}";
        var call = new ApiCall(HttpMethod.Get, Address($"hostedzone/{zoneId}"), purpose);
        var reply = await _api.SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            var failure = Route53Failure.Of(reply);
            return failure.IsNoSuchZone ? null : throw Refused(call, reply, failure, $"route53:GetHostedZone on {_arn}:hostedzone/{zoneId}");
        }

        Succeeded();
        var root = Route53Xml.TryRead(reply.Body);
        return root?.Child("HostedZone") is { } zone
            ? Zone(zone, [.. root.Child("DelegationSet")?.Child("NameServers")?.Children("NameServer").Select(server => Route53Name.Decode(server.Value)) ?? []])
            : throw NotUnderstood(purpose, ProviderFailure.Transient);
    }

    /// <summary>Is told when a hosted zone that was there is there no longer.</summary>
    public Action? ZoneGone { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    private static HostedZone Zone(XElement zone, IReadOnlyList<string> nameServers) =>
        new(Bare(zone.Text("Id") ?? string.Empty), Route53Name.Decode(zone.Text("Name") ?? string.Empty), zone.IsTrue("Config", "PrivateZone"), nameServers);

    /// <summary>Ids come back with the kind of thing before them: <c>/hostedzone/Z…</c>, <c>/change/C…</c>.</summary>
    private static string Bare(string id) => id[(id.LastIndexOf('/') + 1)..];

    private static string Query(string name, string? value) => value is null ? string.Empty : $"&{name}={Uri.EscapeDataString(value)}";

    private static ProviderException NotUnderstood(string purpose, ProviderFailure failure) =>
        new(failure, $"{purpose} at Route 53: the answer is not one of Route 53's, or not whole: check baseUrl");

    private Uri Address(string path) => new($"{_options.BaseUrl.AbsoluteUri.TrimEnd('/')}{Version}{path}");

    private async Task<XElement> GetAsync(string path, string purpose, string permission, CancellationToken cancellationToken)
    {
        var call = new ApiCall(HttpMethod.Get, Address(path), purpose);
        var reply = await _api.SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            throw Refused(call, reply, Route53Failure.Of(reply), permission);
        }

        Succeeded();
        return Route53Xml.TryRead(reply.Body) ?? throw NotUnderstood(purpose, ProviderFailure.Transient);
    }

    private async ValueTask AuthorizeAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var key = await _credentials.GetAsync(cancellationToken);
        _lastKey = key;
        SignatureV4.Sign(request, body.Span, key, _options.Region, "route53", _time.GetUtcNow());
    }

    private void Succeeded() => Interlocked.Exchange(ref _throttled, 0);

    private ProviderException Refused(ApiCall call, ApiReply reply, Route53Failure failure, string permission)
    {
        var retryAfter = reply.RetryAfter;
        if (failure.IsThrottling)
        {
            // Everybody who uses this account is told the same, so that they must not come back at the same moment.
            var times = Math.Min(Interlocked.Increment(ref _throttled), 6);
            var pause = TimeSpan.FromSeconds(Math.Pow(2, times - 1) * (0.75 + (Random.Shared.NextDouble() / 2)));
            retryAfter ??= pause < LongestBackoff ? pause : LongestBackoff;
            _bucket.Pause(retryAfter.Value);
        }

        if (failure.IsNoSuchZone)
        {
            ZoneGone?.Invoke();
        }

        var skew = reply.Headers.Date is { } date ? _time.GetUtcNow() - date : (TimeSpan?)null;
        return failure.ToException(call, permission, skew, retryAfter, _lastKey?.SecretKey ?? string.Empty, _lastKey?.SessionToken ?? string.Empty);
    }
}
