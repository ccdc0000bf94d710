using System.Globalization;
using System.Net.Http.Headers;

namespace DnsFailover.Providers.Http;

/// <summary>Reads from the headers of a reply how long the server wants to be left alone.</summary>
internal static class RetryHint
{
    /// <summary>What is asked for beyond this is a mistake, or as good as one.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>
    /// <c>Retry-After</c> in seconds or as a date (RFC 9110 section 10.2.3); else the reset of a <c>Ratelimit</c> quota of
    /// which nothing is left (draft-ietf-httpapi-ratelimit-headers: <c>"default";r=0;t=30</c>). Null when nothing is asked.
    /// </summary>
    public static TimeSpan? Of(HttpResponseHeaders headers, DateTimeOffset now)
    {
        TimeSpan? untilDate = headers.RetryAfter?.Date is { } date ? date - now : null;
        var wait = headers.RetryAfter?.Delta ?? untilDate ?? UntilReset(headers);
        return wait is { } asked ? TimeSpan.FromTicks(Math.Clamp(asked.Ticks, 0, Longest.Ticks)) : null;
    }

    private static TimeSpan? UntilReset(HttpResponseHeaders headers)
    {
        return headers.TryGetValues("Ratelimit", out var values) ? values.SelectMany(value => value.Split(',')).Select(QuotaReset).Max() : null;
    }

    private static TimeSpan? QuotaReset(string quota)
    {
        var parameters = quota.Split(';', StringSplitOptions.TrimEntries);
        return Parameter(parameters, "r=") == 0 && Parameter(parameters, "t=") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static int? Parameter(string[] parameters, string key)
    {
        var found = Array.Find(parameters, parameter => parameter.StartsWith(key, StringComparison.Ordinal));
        return found is not null && int.TryParse(found.AsSpan(key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
