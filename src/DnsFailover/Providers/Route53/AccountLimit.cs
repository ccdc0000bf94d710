using System.Collections.Concurrent;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Route 53 counts calls by account: 50 at once and 10 per second
/// (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html). Entries of failover.yaml with the same
/// credentials share one bucket; it leaves a fifth of the limit to everybody else who uses the account.
/// </summary>
internal static class AccountLimit
{
    private const int Burst = 40;

    private const double PerSecond = 8;

    private const int MostWaiting = 100;

    private static readonly ConcurrentDictionary<(Uri BaseUrl, string? Profile, AwsKeyOptions? Key, TimeProvider Time), TokenBucket> Buckets = new();

    /// <summary>The bucket of these credentials.</summary>
    public static TokenBucket Of(Route53Options options, TimeProvider time) =>
        Buckets.GetOrAdd((options.BaseUrl, options.Profile, options.Key, time), key => new TokenBucket("Route 53", Burst, PerSecond, MostWaiting, key.Time));
}
