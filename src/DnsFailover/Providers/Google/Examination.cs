namespace DnsFailover.Providers.Google;

/// <summary>Looks at the credential, the managed zone and what may be done there, with calls that only read.</summary>
internal static class Examination
{
    /// <summary>What a change needs; IAM checks them on the record sets that it touches.</summary>
    private static readonly string[] ForRecordSets = ["dns.resourceRecordSets.create", "dns.resourceRecordSets.update", "dns.resourceRecordSets.delete"];

    private static readonly string[] ForChanges = ["dns.changes.create", "dns.changes.get"];

    /// <summary>What was found.</summary>
    public static async Task<IReadOnlyList<Finding>> OfAsync(GoogleOptions options, GoogleClient client, ZoneLookup zones, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var zone = await CredentialAsync(client, findings, cancellationToken) ? await ZoneAsync(zones, findings, cancellationToken) : null;
        if (zone is not null && await ReadingAsync(options, client, zone, findings, cancellationToken))
        {
            await WritingAsync(client, zone, findings, cancellationToken);
        }

        return findings;
    }

    private static async Task<bool> CredentialAsync(GoogleClient client, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            var source = await client.Credentials.TryAsync(cancellationToken);
            findings.Add(Finding.Good("credential", $"Google gives tokens for the credential from {source}"));
            return true;
        }
        catch (ProviderException e)
        {
            findings.Add(Finding.Problem("credential", e.Message, Mend("credential")));
            return false;
        }
    }

    private static async Task<FoundZone?> ZoneAsync(ZoneLookup zones, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            zones.Forget();
            var zone = await zones.GetAsync(cancellationToken);
            findings.Add(Finding.Good("zone", $"the managed zone {zone.Id} is {zone.Name}, answered by {string.Join(", ", zone.NameServers)}"));
            return zone;
        }
        catch (ProviderException e)
        {
            findings.Add(Failed(e));
            return null;
        }
    }

    private static async Task<bool> ReadingAsync(GoogleOptions options, GoogleClient client, FoundZone zone, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            await client.ListNameAsync(zone.Id, options.Zone, cancellationToken);
            return true;
        }
        catch (ProviderException e)
        {
            findings.Add(Failed(e));
            return false;
        }
    }

    private static async Task WritingAsync(GoogleClient client, FoundZone zone, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            string[] needed = [.. ForChanges, .. ForRecordSets];
            var granted = await client.TestPermissionsAsync(zone.Id, needed, cancellationToken);
            var missing = needed.Except(granted, StringComparer.Ordinal).ToList();
            findings.Add(Judge(zone, missing));
        }
        catch (ProviderException e)
        {
            findings.Add(Finding.Advice("permissions", $"whether the credential may change records cannot be found out: {e.Message}", "compare its role with the one in the README of the google provider"));
        }
    }

    private static Finding Judge(FoundZone zone, List<string> missing)
    {
        const string role = "add what is named to the credential's role";
        return missing.Count == 0 ? Finding.Good("permissions", $"the credential may read and change the records of {zone.Id}")
            : missing is ["dns.changes.get"] ? Finding.Advice("permissions", "the credential lacks dns.changes.get, so that it cannot be told when a change is on its way to the name servers", role)
            : !missing.Contains("dns.changes.create", StringComparer.Ordinal) && missing.Count(ForRecordSets.Contains) == ForRecordSets.Length
                ? Finding.Advice("permissions", $"the credential may make changes in {zone.Id}, but has {string.Join(", ", missing)} for single record sets at most, which cannot be seen from here", "where its role has a condition, see that it names every service and its TXT below _dnsfailover")
            : Finding.Problem("permissions", $"the credential lacks {string.Join(", ", missing)} on the managed zone {zone.Id}", role);
    }

    private static Finding Failed(ProviderException e)
    {
        var subject = GoogleFailure.SubjectOf(e);
        return Finding.Problem(subject, e.Message, Mend(subject));
    }

    private static string Mend(string subject) => subject switch
    {
        "credential" => "name a service account's key under credentials, or attach a service account to the machine",
        "permissions" => "give the credential the role that is in the README of the google provider",
        "project" => "enable the API and billing in the project",
        "limits" => "ask for more under IAM & Admin → Quotas, or use the project less",
        "connection" => "see that this machine reaches Google's APIs, and that baseUrl is right",
        _ => "correct zone, project or managedZone",
    };
}
