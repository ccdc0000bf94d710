using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

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

/// <summary>The calls about zones and records that are made to Route 53 (https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations.html).</summary>
internal sealed class Route53Client(Route53Options options, TimeProvider time) : IDisposable
{
    private readonly Route53Calls _calls = new(options, AccountLimit.Of(options, time), time);

    /// <inheritdoc cref="Route53Calls.Credentials"/>
    public AwsCredentials Credentials => _calls.Credentials;

    /// <inheritdoc cref="Http.ApiClient.ClockSkew"/>
    public TimeSpan? ClockSkew => _calls.ClockSkew;

    /// <summary>Is told when a hosted zone that was there is there no longer.</summary>
    public Action? ZoneGone
    {
        get => _calls.ZoneGone;
        set => _calls.ZoneGone = value;
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
        var root = await _calls.ExchangeAsync(_calls.Reading(path, $"reading {whose}"), $"route53:ListResourceRecordSets on {_calls.Arn}:hostedzone/{zoneId}", cancellationToken);
        var sets = root.Child("ResourceRecordSets");
        if (root.Name.LocalName != "ListResourceRecordSetsResponse" || sets is null || root.Text("IsTruncated") is not ("true" or "false"))
        {
            throw Route53Calls.NotUnderstood($"reading {whose}", ProviderFailure.Transient);
        }

        var next = !root.IsTrue("IsTruncated") ? (ListingStart?)null
            : root.Text("NextRecordName") is { Length: > 0 } name ? new ListingStart(name, root.Text("NextRecordType"), root.Text("NextRecordIdentifier"))
            : throw Route53Calls.NotUnderstood($"reading {whose}", ProviderFailure.Transient);
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
        var call = _calls.Posting($"hostedzone/{zoneId}/rrset/", purpose, batch);
        var mark = change.Owner is null ? string.Empty : $" and TXT of {OwnerText.NameFor(change.Name)}";
        var permission = $"route53:ChangeResourceRecordSets on {_calls.Arn}:hostedzone/{zoneId} for CREATE and DELETE of {string.Join(" and ", change.Changes.Select(one => one.After.Type))} of {change.Name}{mark}";
        var reply = await _calls.SendAsync(call, cancellationToken);
        if (reply.IsSuccess)
        {
            return Route53Xml.TryRead(reply.Body)?.Text("ChangeInfo", "Id") is { Length: > 0 } id
                ? new BatchOutcome(Route53Calls.Bare(id), [])
                : throw Route53Calls.NotUnderstood(purpose, ProviderFailure.Ambiguous);
        }

        var failure = Route53Failure.Of(reply);
        return failure.IsInvalidBatch ? new BatchOutcome(null, failure.Messages) : throw _calls.Refused(call, reply, failure, permission);
    }

    /// <summary>GetChange (https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html): true once every name server has the change.</summary>
    public async Task<bool> IsInSyncAsync(string changeId, CancellationToken cancellationToken)
    {
        var purpose = $"following the change {changeId}";
        var root = await _calls.ExchangeAsync(_calls.Reading($"change/{Uri.EscapeDataString(changeId)}", purpose), $"route53:GetChange on {_calls.Arn}:change/{changeId}", cancellationToken);
        return root.Text("ChangeInfo", "Status") switch { "INSYNC" => true, "PENDING" => false, _ => throw Route53Calls.NotUnderstood(purpose, ProviderFailure.Transient) };
    }

    /// <summary>
    /// ListHostedZonesByName (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html): up to a
    /// hundred zones, from this name on or from the first one. The name is where the list begins and no filter.
    /// </summary>
    public async Task<IReadOnlyList<HostedZone>> ListZonesAsync(string? from, CancellationToken cancellationToken)
    {
        const string purpose = "looking for the hosted zone";
        var path = $"hostedzonesbyname?{(from is null ? string.Empty : $"dnsname={Uri.EscapeDataString(from)}&")}maxitems=100";
        var root = await _calls.ExchangeAsync(_calls.Reading(path, purpose), "route53:ListHostedZonesByName on *", cancellationToken);
        return root.Child("HostedZones") is { } zones ? [.. zones.Children("HostedZone").Select(zone => Zone(zone, []))] : throw Route53Calls.NotUnderstood(purpose, ProviderFailure.Transient);
    }

    /// <summary>GetHostedZone (https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html), with the name servers; null when there is none of this id.</summary>
    public async Task<HostedZone?> GetZoneAsync(string zoneId, CancellationToken cancellationToken)
    {
        var purpose = $"reading the hosted zone {zoneId}";
        var call = _calls.Reading($"hostedzone/{zoneId}", purpose);
        var reply = await _calls.SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            var failure = Route53Failure.Of(reply);
            return failure.IsNoSuchZone ? null : throw _calls.Refused(call, reply, failure, $"route53:GetHostedZone on {_calls.Arn}:hostedzone/{zoneId}");
        }

        var root = Route53Xml.TryRead(reply.Body);
        return root?.Child("HostedZone") is { } zone
            ? Zone(zone, [.. root.Child("DelegationSet")?.Child("NameServers")?.Children("NameServer").Select(server => Route53Name.Decode(server.Value)) ?? []])
            : throw Route53Calls.NotUnderstood(purpose, ProviderFailure.Transient);
    }

    /// <inheritdoc/>
    public void Dispose() => _calls.Dispose();

    private static HostedZone Zone(XElement zone, IReadOnlyList<string> nameServers) =>
        new(Route53Calls.Bare(zone.Text("Id") ?? string.Empty), Route53Name.Decode(zone.Text("Name") ?? string.Empty), zone.IsTrue("Config", "PrivateZone"), nameServers);

    private static string Query(string name, string? value) => value is null ? string.Empty : $"&{name}={Uri.EscapeDataString(value)}";
}
