using DnsFailover.Core.Control;

namespace DnsFailover.Providers.PowerDns;

/// <summary>Looks at the server, the key and the zone, with calls that only read.</summary>
internal sealed class Examination(PowerDnsOptions options, PowerDnsClient client)
{
    private const string HowToReachIt = "check baseUrl, and webserver, webserver-address, webserver-port and webserver-allow-from in pdns.conf: PowerDNS hangs up on machines that it does not allow";

    private const string HowToGetAKey = "set api=yes and api-key in pdns.conf, and give that key as apiKey";

    /// <summary>What was found.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ServerAsync(await client.AskServerAsync(cancellationToken), cancellationToken);
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.Rejected)
        {
            return [Finding.Problem("credential", e.Message, HowToGetAKey)]; // there is none to send
        }
        catch (ProviderException e)
        {
            return [Finding.Problem("server", e.Message, HowToReachIt)];
        }
    }

    private async Task<IReadOnlyList<Finding>> ServerAsync(PowerDnsReply reply, CancellationToken cancellationToken)
    {
        if (reply.IsAboutTheKey)
        {
            return [Finding.Problem("credential", reply.Failure().Message, HowToGetAKey)];
        }

        if (reply.IsSuccess)
        {
            var server = client.Note(reply);
            return server.DaemonType == "recursor"
                ? [Finding.Problem("server", "it is a PowerDNS Recursor, which holds no zones to change", "give the address of the Authoritative Server as baseUrl")]
                : [Finding.Good("credential", $"the API key is known to PowerDNS {server.Version}"), Rights, .. await ZoneAsync(cancellationToken)];
        }

        // Something in front of it may permit no more than what is needed, which this is not.
        var zone = await ZoneAsync(cancellationToken);
        return zone.Any(finding => finding.Grade == FindingGrade.Good)
            ? [Finding.Good("credential", "the API key is known"), Rights, .. zone]
            : [Finding.Problem("server", reply.Failure(reply.IsAboutThePath ? client.NoServer : null).Message, HowToReachIt)];
    }

    /// <summary>There is nothing to ask: PowerDNS has no rights by key.</summary>
    private static Finding Rights => Finding.Good("permissions", "a key of PowerDNS may change every zone of the server; only something in front of it can permit less");

    private async Task<IReadOnlyList<Finding>> ZoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            var zone = await client.GetZoneAsync(cancellationToken);
            return zone.IsCopy ? [Finding.Problem("zone", $"{options.Zone} is of kind {zone.Kind} there: it is copied from another server, and what is written here is lost", "give the address of the zone's primary as baseUrl")]
                : zone.IsPresigned ? [Finding.Problem("zone", $"{options.Zone} came signed, so that PowerDNS cannot sign what changes", "let PowerDNS sign it, or change it where it is signed")]
                : [Finding.Good("zone", zone.Kind.Length > 0 ? $"{options.Zone} is there, of kind {zone.Kind}" : $"{options.Zone} is there"), .. Advice(zone)];
        }
        catch (ProviderException e)
        {
            return [Finding.Problem("zone", e.Message)];
        }
    }

    private IEnumerable<Finding> Advice(PowerDnsZone zone)
    {
        if (zone is { IsCopied: true, SoaEditApi: "" or "OFF" })
        {
            yield return Finding.Advice("zone", $"changes by the API do not raise the serial of {options.Zone}, so that servers which copy it do not follow", $"pdnsutil set-meta {options.Zone} SOA-EDIT-API DEFAULT");
        }

        if (zone is { IsSigned: true, IsRectified: false })
        {
            yield return Finding.Advice("zone", $"{options.Zone} is signed, and changes by the API do not rectify it: denials beside a name that is new would be wrong", $"pdnsutil set-meta {options.Zone} API-RECTIFY 1");
        }
    }
}
