using System.Collections.Concurrent;
using DnsFailover.Configuration;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>
/// Cloudflare counts calls by token: 1200 in five minutes are allowed, and who goes beyond is blocked for five minutes
/// (https://developers.cloudflare.com/fundamentals/api/reference/limits/). Entries of failover.yaml with the same token, one
/// per zone, share one bucket; at most 1100 go out, so that a hundred stay for people who use the dashboard.
/// </summary>
internal static class TokenLimit
{
    private const int Burst = 200;

    private const double PerSecond = 3;

    private const int MostWaiting = 1000;

    private static readonly ConcurrentDictionary<(Uri BaseUrl, Secret Token, TimeProvider Time), TokenBucket> Buckets = new();

    /// <summary>The bucket of this token.</summary>
    public static TokenBucket Of(CloudflareOptions options, TimeProvider time) =>
        Buckets.GetOrAdd((options.BaseUrl, options.Token, time), key => new TokenBucket("Cloudflare", Burst, PerSecond, MostWaiting, key.Time));
}
