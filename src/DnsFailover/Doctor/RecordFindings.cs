using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Doctor;

/// <summary>Judges the live records of a service: whether the daemon may touch them, and whether their TTL fits.</summary>
internal static class RecordFindings
{
    private static readonly TimeSpan LongTtl = TimeSpan.FromMinutes(5);

    /// <summary>The findings, type by type.</summary>
    /// <param name="service">The service.</param>
    /// <param name="live">Its live records.</param>
    /// <param name="provider">Where they are.</param>
    /// <param name="capabilities">What the provider can do.</param>
    public static IEnumerable<Finding> Of(ServiceDefinition service, NameRecords live, ProviderDefinition provider, ProviderCapabilities capabilities)
    {
        var smallestTtl = capabilities.SmallestTtl;
        var situations = service.Types.Select(type => Situation(service, type, live) with { Provider = provider.Name }).ToList();

        // A conflict of types, or another's mark, is one finding however many types there are.
        foreach (var finding in situations.Select(Record).DistinctBy(finding => finding.Sentence, StringComparer.Ordinal))
        {
            yield return finding;
        }

        if (Owner(service, live, capabilities) is { } owner)
        {
            yield return owner;
        }

        foreach (var set in situations.Select(situation => live[situation.Type]).OfType<RecordSet>())
        {
            foreach (var finding in Ttl(service, set, smallestTtl))
            {
                yield return finding;
            }
        }
    }

    /// <summary>What the daemon would be looking at before its first probe: health is known of nothing, and plays no part here.</summary>
    private static Situation Situation(ServiceDefinition service, RecordType type, NameRecords live)
    {
        var now = DateTimeOffset.UnixEpoch;
        return new Situation(service, type, live, service.Targets.ToDictionary(pair => pair.Target, _ => TargetHealth.Unproven(now)), SwitchedAt: null, MayMendTtl: false, now);
    }

    private static Finding Record(Situation situation)
    {
        var live = situation.Live[situation.Type];
        if (Decide.For(situation).Refusal is { } refusal)
        {
            return Finding.Problem("record", refusal.Reason, refusal.Next);
        }

        return live is null ? Finding.Good("record", $"there is no {situation.Type} record yet; the daemon creates it")
            : situation.Foreign.Count > 0 ? Finding.Advice("record", $"{situation.Type} {live.Values}: {situation.Foreign} is declared by no endpoint, and is replaced because of adopt: true", "Once the name is taken over, set adopt: false, so that nobody else's value is replaced later.")
            : Finding.Good("record", $"{situation.Type} {live.Values}, TTL {DurationText.Format(live.Ttl)}");
    }

    private static Finding? Owner(ServiceDefinition service, NameRecords live, ProviderCapabilities capabilities) =>
        !capabilities.OwnerMarks ? null
        : live.Owner is not { } owner ? live.Sets.Count == 0 ? null : Finding.Good("owner", $"no controller has marked it; the next write marks it as '{service.Owner}'")
        : owner == service.Owner ? Finding.Good("owner", $"marked as steered by '{owner}', which is this controller")
        : service.Adopt ? Finding.Advice("owner", $"marked as steered by '{owner}', and taken over by '{service.Owner}' because of adopt: true", $"See that '{owner}' no longer steers it, then set adopt: false.")
        : null; // told as what keeps the record from being touched

    private static IEnumerable<Finding> Ttl(ServiceDefinition service, RecordSet live, TimeSpan smallest)
    {
        if (live.Ttl > LongTtl)
        {
            var least = smallest > LongTtl ? $"The provider takes no less than {DurationText.Format(smallest)}: consider another one for a name that fails over." : $"Set ttl to something from {DurationText.Format(Later(TimeSpan.FromSeconds(30), smallest))} to {DurationText.Format(LongTtl)}.";
            yield return Finding.Advice("ttl", $"clients keep the old {live.Type} answer for up to {DurationText.Format(live.Ttl)} after a switch", least);
        }

        if (service.Ttl is { } wanted && wanted != live.Ttl)
        {
            yield return Finding.Advice("ttl", $"the {live.Type} record has a TTL of {DurationText.Format(live.Ttl)}, and failover.yaml says {DurationText.Format(wanted)}", "The daemon mends it once. If it stays, the provider imposes it (for example on proxied records): set ttl to that, or leave it out.");
        }
        else if (service.Ttl is null && live.Ttl < smallest)
        {
            yield return Finding.Advice("ttl", $"the {live.Type} record has a TTL of {DurationText.Format(live.Ttl)}, less than the {DurationText.Format(smallest)} that the provider takes, so that a write which keeps it may be rejected", $"Set ttl to at least {DurationText.Format(smallest)}.");
        }
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
