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

    private static readonly ConcurrentDictionary<(string Vendor, Uri BaseUrl, string? Profile, AwsKeyOptions? Key, TimeProvider Time), TokenBucket> Buckets = new();

    /// <summary>The bucket of these credentials, for zones and records.</summary>
    public static TokenBucket Of(Route53Options options, TimeProvider time) => Of(options, time, "Route 53", Burst, PerSecond);

    /// <summary>
    /// The bucket for health checks, which may wait: what is left of the account's limit is enough for them, and a switch
    /// finds its tokens where it left them.
    /// </summary>
    public static TokenBucket ForHealthChecks(Route53Options options, TimeProvider time) => Of(options, time, "Route 53 (health checks)", capacity: 5, perSecond: 1);

    /// <summary>
    /// The bucket for CreateHealthCheck, of which an account may make 50 at once and 1 in 2 s, and DeleteHealthCheck
    /// (https://docs.aws.amazon.com/Route53/latest/APIReference/throttling-api-requests.html).
    /// </summary>
    public static TokenBucket ForNewHealthChecks(Route53Options options, TimeProvider time) => Of(options, time, "Route 53 (new health checks)", capacity: 10, perSecond: 0.4);

    private static TokenBucket Of(Route53Options options, TimeProvider time, string vendor, int capacity, double perSecond) =>
        Buckets.GetOrAdd((vendor, options.BaseUrl, options.Profile, options.Key, time), key => new TokenBucket(key.Vendor, capacity, perSecond, MostWaiting, key.Time));
}
