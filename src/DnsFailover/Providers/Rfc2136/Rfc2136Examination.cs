using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Rfc2136;

/// <summary>Looks at the primary, the zone, the key and what the key may do, and changes nothing.</summary>
/// <param name="options">The options of the provider.</param>
/// <param name="client">Asks.</param>
/// <param name="sets">The sets that services steer there.</param>
internal sealed class Rfc2136Examination(Rfc2136Options options, Rfc2136Client client, IReadOnlyList<(DnsName Name, RecordType Type)> sets)
{
    private const int AtOnce = 8;

    private const string Clocks = "Synchronise both clocks, for example with NTP.";

    /// <summary>What is found.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        DnsMessage soa;
        try
        {
            soa = await client.AskAsync(options.Zone, DnsType.SOA, cancellationToken);
        }
        catch (ProviderException e)
        {
            return [Unasked(e)];
        }

        var findings = new List<Finding> { Credential() };
        if (!client.ServesZone(soa))
        {
            findings.Add(Finding.Problem("zone", $"{client.Server} does not serve the zone {options.Zone} ({soa.Rcode}{(soa.IsAuthoritative ? string.Empty : ", without authority")})", "Set zone to the zone that the server has, and server to its primary."));
            return findings;
        }

        findings.Add(Finding.Good("zone", $"{client.Server} serves {options.Zone} with authority (serial {soa.Answers.Select(record => record.Data).OfType<SoaData>().FirstOrDefault()?.Serial})"));
        findings.AddRange(await PermissionsAsync(cancellationToken));
        return findings;
    }

    private Finding Credential() => options.Tsig is { } key
        ? Finding.Good("credential", $"{client.Server} takes the signature of the TSIG key '{key.Name}', and signs its replies with it")
        : Finding.Advice("credential", "updates are not signed, so that the server has to allow them by address alone", "Make a key with tsig-keygen, permit it in the server's update-policy, and set tsig.");

    /// <summary>Why there is no reply that can be trusted; the message of each failure says what it is.</summary>
    private static Finding Unasked(ProviderException failure) => failure.InnerException switch
    {
        DnsClientException { SignatureError: TsigError.BadTime } => Finding.Problem("clock", failure.Message, Clocks),
        DnsClientException { SignatureError: TsigError.BadKey } => Finding.Problem("credential", failure.Message, "Set tsig.name and tsig.algorithm to those of a key in the server's configuration."),
        DnsClientException { SignatureError: TsigError.BadSignature } => Finding.Problem("credential", failure.Message, "Set tsig.secret to the text that the server's configuration has for this key."),
        DnsClientException { Failure: DnsFailure.SignatureRefused or DnsFailure.UnusableKey or DnsFailure.UnsignedReply } or Configuration.SecretUnavailableException =>
            Finding.Problem("credential", failure.Message, "Compare tsig with the key in the server's configuration."),
        _ => Finding.Problem("server", failure.Message, "Check server and port, that the server runs, and that no firewall stands in between."),
    };

    private async Task<IEnumerable<Finding>> PermissionsAsync(CancellationToken cancellationToken)
    {
        if (sets.Count == 0)
        {
            return [];
        }

        using var places = new SemaphoreSlim(AtOnce);
        var permissions = await Task.WhenAll(sets.GroupBy(set => set.Name).Select(async at =>
        {
            await places.WaitAsync(cancellationToken);
            try
            {
                return await PermissionAsync(at.Key, [.. at.Select(set => (set.Name, (DnsType)set.Type))], cancellationToken);
            }
            catch (ProviderException e)
            {
                return Finding.Problem("permissions", $"whether {client.Who} may update {at.Key} cannot be found out: {e.Message}", "Try again; the server's log says more.");
            }
            finally
            {
                places.Release();
            }
        }));
        var good = permissions.Count(finding => finding.Grade == FindingGrade.Good);
        var all = Finding.Good("permissions", $"nothing stands against updates by {client.Who} of all {good} names");
        return good > 1 ? permissions.Where(finding => finding.Grade != FindingGrade.Good).Prepend(all) : permissions;
    }

    /// <summary>Asks for everything of a name in one update; only where that is refused, for each part of it.</summary>
    private async Task<Finding> PermissionAsync(DnsName name, (DnsName Name, DnsType Type)[] records, CancellationToken cancellationToken)
    {
        (DnsName, DnsType)[] mark = options.OwnerMark && OwnerText.NameFor(name) is { } at ? [(at, DnsType.TXT)] : [];
        (DnsName, DnsType)[] everything = [.. records, .. mark];
        var rcode = await TryAsync(everything, cancellationToken);
        if (rcode != DnsRcode.REFUSED)
        {
            return Judge(rcode, name, everything);
        }

        if (mark.Length > 0 && await TryAsync(records, cancellationToken) != DnsRcode.REFUSED)
        {
            return Finding.Advice(
                "permissions",
                $"{client.Who} may update {name}, but not the mark of its owner beside it, so that another controller would not see that the name is steered",
                $"Permit it, in BIND with update-policy {{ {client.Grants(mark)} }}, or set ownerMark: false.");
        }

        var refused = new List<(DnsName Name, DnsType Type)>();
        foreach (var record in records)
        {
            if (await TryAsync([record], cancellationToken) == DnsRcode.REFUSED)
            {
                refused.Add(record);
            }
        }

        return Finding.Problem(
            "permissions",
            $"{client.Server} refuses updates of {name} {string.Join(" and ", refused.Select(record => record.Type))} by {client.Who} (REFUSED)",
            options.Tsig is null ? "Set tsig, or permit this machine's address, in BIND with allow-update." : $"Permit it, in BIND with update-policy {{ {client.Grants(everything)} }} or allow-update, in PowerDNS with the zone's TSIG-ALLOW-DNSUPDATE and ALLOW-DNSUPDATE-FROM.");
    }

    private Finding Judge(DnsRcode rcode, DnsName name, IEnumerable<(DnsName Name, DnsType Type)> everything) => rcode switch
    {
        DnsRcode.YXDOMAIN or DnsRcode.NXDOMAIN or DnsRcode.YXRRSET or DnsRcode.NXRRSET =>
            Finding.Good("permissions", $"nothing stands against updates of {name} ({string.Join(", ", everything.Select(set => set.Type))}) by {client.Who}: one whose condition cannot hold was turned down for that alone"),
        DnsRcode.NOERROR =>
            Finding.Problem("permissions", $"{client.Server} took an update whose condition cannot hold (it would have changed nothing): it does not look at the conditions of updates, so that two who write at once overwrite each other", "Use a server that carries RFC 2136 out in full, or see that nobody else writes to these names."),
        DnsRcode.NOTAUTH or DnsRcode.NOTZONE =>
            Finding.Problem("permissions", $"{client.Server} does not take updates of {options.Zone}, as it is not the zone's primary ({rcode})", "Set server to the primary of the zone."),
        DnsRcode.NOTIMP =>
            Finding.Problem("permissions", $"{client.Server} takes no dynamic updates (NOTIMP)", "Turn dynamic updates on at the server, or use another kind of provider."),
        _ => Finding.Advice("permissions", $"whether {client.Who} may update {name} cannot be found out: {client.Server} answers {rcode}", "The server's log says why."),
    };

    private Task<DnsRcode> TryAsync(IEnumerable<(DnsName, DnsType)> records, CancellationToken cancellationToken) =>
        client.UpdateAsync(DynamicUpdate.WithoutEffect(options.Zone, records, DnsClient.NewId()), cancellationToken);
}
