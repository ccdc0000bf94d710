using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Probing;

namespace DnsFailover.Providers.Route53;

/// <summary>A health check for a target, or why there can be none.</summary>
/// <param name="Config">What it does; null when there can be none.</param>
/// <param name="WhyNot">Why not; null when it can be.</param>
internal readonly record struct MappedCheck(HealthCheckConfig? Config, string? WhyNot);

/// <summary>
/// Turns the check of an endpoint into the health check that comes nearest to it. Where Route 53 cannot ask what the daemon
/// asks, it is more lenient (a certificate, a latency) or there is none: one that fails on an endpoint that works would take
/// it out of the answers.
/// </summary>
internal static class HealthCheckMapping
{
    private const int LongestText = 255;

    private const int LargestThreshold = 10;

    /// <summary>The health check for a target.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="check">How the daemon probes it.</param>
    /// <param name="rule">How many failures make it Down.</param>
    /// <param name="interval">Between two requests of one of Route 53's checkers.</param>
    public static MappedCheck Map(EndpointTarget target, CheckDefinition check, HealthRule rule, TimeSpan interval)
    {
        if (WhyNot(target, check) is { } reason)
        {
            return new MappedCheck(null, reason);
        }

        var (isCname, http) = (target.Type == RecordType.CNAME, check as HttpCheck);
        return new MappedCheck(
            new HealthCheckConfig
            {
                Kind = http is null ? HealthCheckKind.Tcp : http.Https ? HealthCheckKind.Https : HealthCheckKind.Http,
                Address = isCname ? null : target.Value,
                HostName = isCname ? target.Value : http?.Host,
                Port = check.Port,
                Path = http?.Path,
                SearchString = http?.BodyContains,
                Interval = (int)interval.TotalSeconds,
                FailureThreshold = Math.Clamp(rule.Fall, 1, LargestThreshold),
            },
            null);
    }

    private static string? WhyNot(EndpointTarget target, CheckDefinition check) =>
        target.Type != RecordType.CNAME && !IsReachable(IPAddress.Parse(target.Value)) ? $"Route 53's checkers cannot reach {target.Value}, which is no public address"
        : check.Masked.Count > 0 ? "its check holds a reference, and what that stands for would be shown to everybody who may see the account's health checks"
        : check is HttpCheck http ? WhyNot(http)
        : null;

    private static string? WhyNot(HttpCheck check) =>
        check.Method is not ("GET" or "HEAD") ? $"Route 53 sends GET, and its check sends {check.Method}"
        : check.Headers.Count > 0 ? "Route 53 sends no headers, and its check has some"
        : check.BodyMatches is not null ? "Route 53 does not know bodyMatches"
        : check.BodyJson is not null ? "Route 53 does not know bodyJson"
        : !check.Statuses.Any(range => range.First <= 399 && range.Last >= 200) ? "for Route 53 the status codes 200 to 399 pass, and for its check none of them"
        : check.Path.Length > LongestText ? $"its path is longer than the {LongestText} characters that Route 53 takes"
        : check.BodyContains?.Length > LongestText ? $"its bodyContains is longer than the {LongestText} characters that Route 53 takes"
        : check.Host.Length > LongestText ? $"its host is longer than the {LongestText} characters that Route 53 takes"
        : null;

    /// <summary>Route 53 takes no addresses that are not routed on the internet (RFC 6890, RFC 5156).</summary>
    private static bool IsReachable(IPAddress address)
    {
        var b = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? b[0] is not (0 or 10 or 127 or >= 224)
                && !(b[0] == 100 && b[1] is >= 64 and <= 127)
                && !(b[0] == 169 && b[1] == 254)
                && !(b[0] == 172 && b[1] is >= 16 and <= 31)
                && !(b[0] == 192 && b[1] == 168)
                && !(b[0] == 192 && b[1] == 0 && b[2] is 0 or 2)
                && !(b[0] == 198 && b[1] is 18 or 19)
                && !(b[0] == 198 && b[1] == 51 && b[2] == 100)
                && !(b[0] == 203 && b[1] == 0 && b[2] == 113)
            : b[0] is >= 0x20 and <= 0x3F
                && !(b[0] == 0x20 && b[1] == 0x02)
                && !(b[0] == 0x3F && b[1] == 0xFE)
                && !(b[0] == 0x20 && b[1] == 0x01 && b[2] is 0 or 1)
                && !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0D && b[3] == 0xB8);
    }
}
