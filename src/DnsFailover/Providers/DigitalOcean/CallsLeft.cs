using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>
/// Reads how many calls are left (https://docs.digitalocean.com/reference/api/reference/, "Rate Limit"). The hour is a sliding one: <c>ratelimit-reset</c>
/// is when the oldest call no longer counts, as seconds since 1970.
/// </summary>
internal static class CallsLeft
{
    /// <summary>The limit per minute says <c>Retry-After</c>; where a server leaves it out, the minute is waited for.</summary>
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>How long to wait before the next call; null when it may go at once.</summary>
    public static TimeSpan? WaitAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        if (RetryHint.Of(response.Headers, now) is { } asked)
        {
            return asked;
        }

        if (Number(response.Headers, "ratelimit-remaining") is 0 && Number(response.Headers, "ratelimit-reset") is { } reset)
        {
            return TimeSpan.FromSeconds(Math.Clamp(reset - now.ToUnixTimeSeconds(), 1, (long)Longest.TotalSeconds));
        }

        return response.StatusCode == HttpStatusCode.TooManyRequests ? Minute : null;
    }

    private static long? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
