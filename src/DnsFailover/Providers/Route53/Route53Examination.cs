using DnsFailover.Configuration;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// What <c>doctor</c> asks: which credential there is, which of the needed actions it is allowed, and how the zone is. Only
/// calls that read are made; each action is named as it stands in the policy.
/// </summary>
internal sealed class Route53Examination(Route53Options options, Route53Client client, ZoneFinder zones, IReadOnlyList<DeclaredService> services, TimeProvider time)
{
    private const string Policy = "add it to the credential's policy; the README of the route53 provider has a whole one";

    private const string MayFollow = "the credential may route53:GetChange";

    /// <summary>An id that no change has. Who may ask is told that there is none; who may not is told that.</summary>
    private const string NoChange = "C00000000000000000000";

    private readonly List<Finding> _findings = [];

    /// <summary>Looks at everything.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        // Without a credential every other question has the same answer.
        if (await TryAsync("credential", () => LookAtCredentialAsync(cancellationToken)) && await TryAsync("zone", () => LookAtZoneAsync(cancellationToken)))
        {
            await LookAtPermissionsAsync((await zones.GetAsync(cancellationToken)).Id, cancellationToken);
            await LookAtHealthChecksAsync(cancellationToken);
        }

        return _findings;
    }

    private async Task LookAtCredentialAsync(CancellationToken cancellationToken)
    {
        var found = await client.Credentials.FindAsync(cancellationToken);
        var left = found.Expires - time.GetUtcNow();
        var sentence = $"the access key {found.Key.AccessKeyId} from {found.Source} is used";
        _findings.Add(left is { } passed && passed <= TimeSpan.Zero ? Finding.Problem("credential", $"{sentence}, and has expired {Core.Text.Of(passed.Duration())} ago", "renew it, or use a role, which renews it by itself")
            : left is { } rest ? Finding.Good("credential", $"{sentence}; it is temporary, ends in {Core.Text.Of(rest)} and is renewed before")
            : found.Key.SessionToken is not null ? Finding.Advice("credential", $"{sentence}; it is temporary, and it is not known when it ends", "use a role, whose keys are renewed by themselves")
            : Finding.Good("credential", $"{sentence}; it does not expire"));
    }

    private async Task LookAtZoneAsync(CancellationToken cancellationToken)
    {
        var zone = await zones.GetAsync(cancellationToken);
        var servers = zone.NameServers.Count > 0 ? $"; its name servers are {string.Join(", ", zone.NameServers)}" : string.Empty;
        _findings.Add(zone.IsPrivate
            ? Finding.Advice("zone", $"the hosted zone {zone.Name} ({zone.Id}) is private: nobody outside of its VPCs sees its answers", "steer a name in a public zone, unless all clients are in its VPCs")
            : Finding.Good("zone", $"the hosted zone {zone.Name} ({zone.Id}) is public and holds {options.Zone}{servers}"));
    }

    private async Task LookAtPermissionsAsync(string zoneId, CancellationToken cancellationToken)
    {
        var mayRead = await TryAsync("permissions", async () => await client.ListSetsAsync(zoneId, new ListingStart(options.Zone.ToString()), 1, $"records of {options.Zone}", cancellationToken));
        if (mayRead)
        {
            var searched = options.ZoneId is null ? "route53:ListHostedZonesByName, " : string.Empty;
            _findings.Add(Finding.Good("permissions", $"the credential may {searched}route53:GetHostedZone and route53:ListResourceRecordSets"));
            _findings.Add(Finding.Advice("permissions", "whether it may route53:ChangeResourceRecordSets cannot be found out without writing", "hold its policy against the one in the README of the route53 provider"));
        }

        try
        {
            await client.IsInSyncAsync(NoChange, cancellationToken);
            _findings.Add(Finding.Good("permissions", MayFollow));
        }
        catch (ProviderException e) when (e.Failure == ProviderFailure.Rejected && e.Message.Contains("NoSuchChange", StringComparison.Ordinal))
        {
            _findings.Add(Finding.Good("permissions", MayFollow));
        }
        catch (ProviderException e)
        {
            _findings.Add(Finding.Advice("permissions", $"changes cannot be followed until they are in sync: {e.Message}", Policy));
        }
    }

    private async Task LookAtHealthChecksAsync(CancellationToken cancellationToken)
    {
        if (!options.ManagesHealthChecks)
        {
            return;
        }

        using var checks = new HealthCheckClient(options, time);
        if (await TryAsync("permissions", async () =>
        {
            if (await checks.ListAsync(cancellationToken) is [var first, ..])
            {
                await checks.TagsAsync([first.Id], cancellationToken);
                await checks.PassesAsync(first.Id, cancellationToken);
            }
        }))
        {
            _findings.Add(Finding.Advice("permissions", "the credential may list health checks; whether it may create, update, tag and delete them cannot be found out without doing so", "hold its policy against the one in the README of the route53 provider"));
        }

        _findings.AddRange(services.SelectMany(service => HealthCheckRemarks.On(service, options)).Select(remark =>
            Finding.Advice("health checks", remark["healthChecks: ".Length..], "change its check or its endpoints, or live with it: while the daemon runs, nothing is missing")));
    }

    /// <summary>A call that fails is a problem with its own sentence; true when none did.</summary>
    private async Task<bool> TryAsync(string subject, Func<Task> look)
    {
        try
        {
            await look();
            return true;
        }
        catch (ProviderException e)
        {
            _findings.Add(e.Message.Contains("credentials lack ", StringComparison.Ordinal) ? Finding.Problem("permissions", e.Message, Policy)
                : Route53Failure.IsAboutCredential(e.Message) ? Finding.Problem("credential", e.Message, "give the daemon a role, or an active key under accessKeyId and secretAccessKey, or a profile that has one")
                : e.Failure == ProviderFailure.Transient ? Finding.Problem(subject, e.Message, "try again; if it stays, see whether this machine reaches baseUrl")
                : Finding.Problem(subject, e.Message));
        }
        catch (SecretUnavailableException e)
        {
            _findings.Add(Finding.Problem(subject, e.Message));
        }

        return false;
    }
}
