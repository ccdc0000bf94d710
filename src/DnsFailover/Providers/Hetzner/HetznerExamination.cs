using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Hetzner;

/// <summary>What <c>doctor</c> asks Hetzner. All that can be found out without writing comes from one call.</summary>
internal static class HetznerExamination
{
    /// <summary>Looks at the token, at what it may do and at the zone.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(HetznerClient client, HetznerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await client.LookAtZoneAsync(cancellationToken);
            return reply switch
            {
                { IsSuccess: true } => [Known, Writing, .. ZoneFindings(reply.Read(HetznerZone.Read), options)],
                { Status: 401 } => [Finding.Problem("credential", reply.Failure().Message, "make an API token in the project that has the zone, and give it as token")],
                { Status: 403 } => [Known, Finding.Problem("permissions", reply.Failure().Message, "make a token with the permission Read & Write")],
                { IsAboutTheZone: true } => [Known, Finding.Problem("zone", await client.NoSuchZoneAsync(cancellationToken), "correct zone, or use a token of the project that has it")],
                _ => [Finding.Problem("credential", reply.Failure().Message, "try again; nothing can be said about the token now")],
            };
        }
        catch (ProviderException e)
        {
            return [Finding.Problem("credential", e.Message, e.Failure == ProviderFailure.Rejected ? "correct token" : "check baseUrl and the network")];
        }
    }

    private static Finding Known => Finding.Good("credential", "Hetzner knows the token");

    private static Finding Writing => Finding.Advice("permissions", "whether the token may write cannot be found out by reading", "see that its permission is Read & Write");

    private static IEnumerable<Finding> ZoneFindings(HetznerZone zone, HetznerOptions options)
    {
        yield return zone switch
        {
            { Mode: "secondary" } => Finding.Problem("zone", $"{options.Zone} is a secondary zone at Hetzner, whose records come from another server", "name the provider that has the primary zone"),
            { Status: "error" } => Finding.Problem("zone", $"Hetzner says that the zone {options.Zone} is in error", "look at the zone in the console"),
            _ => Finding.Good("zone", $"Hetzner has the zone {options.Zone}"),
        };
        if (zone.DelegationStatus is { } status and not ("valid" or "unknown"))
        {
            yield return Finding.Advice("zone", $"Hetzner says that the delegation of {options.Zone} is {Http.VendorText.Clean(status)}", $"name its servers at the registrar: {string.Join(", ", zone.NameServers)}");
        }
    }
}
