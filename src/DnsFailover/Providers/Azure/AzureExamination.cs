using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Azure;

/// <summary>Looks at credential, zone and permissions, with calls that only read.</summary>
internal sealed class AzureExamination(AzureOptions options, AzureClient client)
{
    private const string Credential = "credential";
    private const string Zone = "zone";
    private const string Permissions = "permissions";

    /// <summary>From here on a zone is called nearly full.</summary>
    private const double NearlyFull = 0.95;

    private readonly List<Finding> _findings = [];

    /// <summary>The findings; what stands in the way of the next look ends it.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        if (await LookAtTokenAsync(cancellationToken) && await LookAtZoneAsync(cancellationToken))
        {
            await LookAtPermissionsAsync(cancellationToken);
        }

        return _findings;
    }

    private async Task<bool> LookAtTokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.TryTokenAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is ProviderException or Configuration.SecretUnavailableException)
        {
            _findings.Add(Finding.Problem(Credential, e.Message, "Attach a managed identity or a workload identity, or set tenantId, clientId and clientSecret."));
            return false;
        }
    }

    private async Task<bool> LookAtZoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            var zone = await client.GetZoneAsync(cancellationToken);
            _findings.Add(Finding.Good(Credential, $"Azure takes the token from {AzureCredential.SourcesOf(options)}."));
            _findings.Add(zone.IsPrivate ? Finding.Problem(Zone, $"{options.Zone} is a private zone: only virtual networks see its answers.", "Give a public zone, or list under nameServers where its answers can be verified.")
                : zone.Sets >= NearlyFull * zone.MostSets ? Finding.Advice(Zone, $"{options.Zone} has {zone.Sets} of at most {zone.MostSets} record sets.", "Remove some, or ask Azure support for more; a set that is missing could not be created.")
                : Finding.Good(Zone, $"{options.Zone} is in the resource group {options.ResourceGroup}."));
            return true;
        }
        catch (ProviderException e)
        {
            _findings.Add(client.IsTokenRefused ? Finding.Problem(Credential, e.Message, "Check cloud, and that the identity is of the subscription's tenant.") : Finding.Problem(Zone, e.Message, "Mend what the sentence names."));
            return false;
        }
    }

    private async Task LookAtPermissionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var permissions = await client.GetPermissionsAsync(cancellationToken);
            var missing = Needed().Where(action => !permissions.Any(permission => Allows(permission, action))).ToList();
            _findings.Add(missing.Count == 0
                ? Finding.Good(Permissions, "The identity may read the zone and write A, AAAA and CNAME sets in it.")
                : Finding.Advice(Permissions, $"On the zone itself the identity lacks {string.Join(", ", missing)}.", $"Give it the role DNS Zone Contributor on {options.ZonePath}, or see that roles on the single record sets allow this."));
        }
        catch (ProviderException e)
        {
            _findings.Add(Finding.Advice(Permissions, $"It cannot be found out what the identity may do: {e.Message}", "Nothing, if it can write; else allow Microsoft.Authorization/permissions/read to see more."));
        }
    }

    private static IEnumerable<string> Needed() =>
    [
        "Microsoft.Network/dnsZones/read",
        "Microsoft.Network/dnsZones/all/read",
        .. Enum.GetValues<RecordType>().SelectMany(type => (string[])[$"Microsoft.Network/dnsZones/{type}/read", $"Microsoft.Network/dnsZones/{type}/write"]),
    ];

    private static bool Allows(AzurePermission permission, string action) =>
        permission.Actions.Any(pattern => Matches(pattern, action)) && !permission.NotActions.Any(pattern => Matches(pattern, action));

    /// <summary><c>*</c> stands for any text, also for several steps of a path; case makes no difference.</summary>
    private static bool Matches(string pattern, string action)
    {
        var parts = pattern.ToUpperInvariant().Split('*');
        var text = action.ToUpperInvariant();
        if (parts.Length == 1)
        {
            return text == parts[0];
        }

        if (!text.StartsWith(parts[0], StringComparison.Ordinal) || !text.EndsWith(parts[^1], StringComparison.Ordinal) || text.Length < parts[0].Length + parts[^1].Length)
        {
            return false;
        }

        var at = parts[0].Length;
        var end = text.Length - parts[^1].Length;
        foreach (var part in parts[1..^1])
        {
            var found = text.IndexOf(part, at, end - at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return true;
    }
}
