using System.Net;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Webhook;

/// <summary>Holds what failover.yaml says about the server against what the server says of itself.</summary>
internal sealed class WebhookExamination(WebhookOptions options, WebhookClient client)
{
    private const int DnsPort = 53;

    /// <summary>What is found; trouble is a finding.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var zone = await client.ZoneAsync(cancellationToken);
            return [Finding.Good("credential", $"{client.Server} takes {(options.Token is null ? "requests without a credential" : "the credential")}"), Permissions(zone), Named(zone), Servers(zone), .. Capabilities(zone)];
        }
        catch (ProviderException e)
        {
            return [Trouble(e)];
        }
    }

    /// <summary>The address in a text such as <c>192.0.2.53</c>, <c>192.0.2.53:5300</c> or <c>[2001:db8::53]:53</c>; null when it is a host name.</summary>
    public static IPEndPoint? AddressOf(string text) =>
        !IPEndPoint.TryParse(text, out var address) ? null
        : address.Port == 0 ? new IPEndPoint(address.Address, DnsPort)
        : address;

    private static Finding Trouble(ProviderException e) => e.Message switch
    {
        var text when text.Contains("HTTP 401", StringComparison.Ordinal) || e.InnerException is Configuration.SecretUnavailableException => Finding.Problem("credential", text, "set token to a credential that the server knows"),
        var text when text.Contains("HTTP 403", StringComparison.Ordinal) => Finding.Problem("permissions", text, "give the credential what the message names"),
        var text when text.Contains("HTTP 404", StringComparison.Ordinal) => Finding.Problem("zone", text, "correct zone or baseUrl"),
        var text => Finding.Problem("server", text, "check baseUrl, and that the server runs and speaks the contract"),
    };

    private Finding Permissions(ZoneDocument zone) => zone.MayWrite switch
    {
        true => Finding.Good("permissions", $"the credential may change {options.Zone}"),
        false => Finding.Problem("permissions", $"the credential may read {options.Zone} and not change it", "allow it to write at the server"),
        null => Finding.Advice("permissions", "the server does not say whether the credential may write", "let the server's zone document say mayWrite"),
    };

    private Finding Named(ZoneDocument zone) => DnsName.TryParse(zone.Zone, out var name, out _) && name == options.Zone
        ? Finding.Good("zone", $"{client.Server} has the zone {options.Zone}")
        : Finding.Problem("zone", $"{client.Server} was asked for {options.Zone} and answers about another zone", "correct the server");

    private Finding Servers(ZoneDocument zone) => options.NameServers.Count > 0 || zone.NameServers.Count > 0
        ? Finding.Good("name servers", options.NameServers.Count > 0 ? "changes are verified at those of failover.yaml" : "changes are verified at those that the server names")
        : Finding.Problem("name servers", "neither failover.yaml nor the server names the zone's servers, so that no change can be verified", "list them under nameServers");

    private IEnumerable<Finding> Capabilities(ZoneDocument zone)
    {
        yield return Flag("weights", options.Weights, zone.Weights);
        yield return Flag("severalValues", options.SeveralValues, zone.SeveralValues);
        yield return Flag("ownerMarks", options.OwnerMarks, zone.OwnerMarks);
        yield return zone.SmallestTtl > options.SmallestTtl
            ? Finding.Problem("smallestTtl", $"the server takes no TTL below {zone.SmallestTtl.TotalSeconds:0} s, and failover.yaml says {options.SmallestTtl.TotalSeconds:0} s", $"set smallestTtl: {zone.SmallestTtl.TotalSeconds:0}s")
            : Finding.Good("smallestTtl", $"the server takes TTLs from {zone.SmallestTtl.TotalSeconds:0} s");
    }

    private static Finding Flag(string key, bool declared, bool real) => (declared, real) switch
    {
        (true, false) => Finding.Problem(key, $"failover.yaml says that the server can do {key}, and the server says that it cannot", $"set {key}: false"),
        (false, true) => Finding.Advice(key, $"the server can do {key}, and failover.yaml does not use it", $"set {key}: true"),
        _ => Finding.Good(key, $"failover.yaml and the server agree: {(real ? "yes" : "no")}"),
    };
}
