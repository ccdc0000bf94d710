using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.SelfCheck;

namespace DnsFailover.Cli;

/// <summary>The rules by which a fault of ours is told from one of the endpoints, for people.</summary>
internal static class NetworkRules
{
    /// <summary>One line for each.</summary>
    public static IEnumerable<string> InWords(DaemonConfiguration configuration)
    {
        yield return configuration.SelfCheck is { } check
            ? $"Our own network counts as working when {check.Needed} of {check.Targets.Count} control targets answer within {Text.Of(check.Timeout)} at the moment of a failure: {string.Join(", ", check.Targets.Select(target => target.Text))}. Else nothing is written."
            : $"Our own network is not checked{(PublicPlaces.AreAmong(configuration.Services) ? string.Empty : ", since no endpoint has a public address: name targets in your own network under selfCheck to have it")}.";
        yield return configuration.Rules.MassFailure is { } mass
            ? $"When {mass.Endpoints} endpoints of {mass.Vendors} {(mass.Vendors == 1 ? "vendor" : "vendors")} and 2 services go down within {Text.Of(mass.Window)}, nothing is written until that has lasted for {Text.Of(mass.Window)}."
            : "However many endpoints go down at once, each is acted on.";
    }
}
