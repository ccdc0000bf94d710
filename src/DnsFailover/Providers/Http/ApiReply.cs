using System.Net;
using System.Net.Http.Headers;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Http;

/// <summary>What came back, whatever its status; a vendor's own codes are read from the body by its adapter.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Body">The whole body, decompressed.</param>
/// <param name="RetryAfter">How long it asks us to leave it alone, by <c>Retry-After</c> or <c>Ratelimit</c>.</param>
internal sealed record ApiReply(HttpStatusCode Status, HttpResponseHeaders Headers, ReadOnlyMemory<byte> Body, TimeSpan? RetryAfter)
{
    /// <summary>2xx.</summary>
    public bool IsSuccess => (int)Status is >= 200 and <= 299;

    /// <summary>
    /// What a status that is no success means where the vendor says no more. A server that fails while it writes may have
    /// written (RFC 9110 section 15.6 does not say); one that turns a request away (429) has not begun.
    /// </summary>
    /// <param name="writes">Whether the request may have changed something.</param>
    public ProviderFailure FailureOf(bool writes) => (int)Status switch
    {
        429 => ProviderFailure.Transient,
        408 or >= 500 => writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient,
        _ => ProviderFailure.Rejected,
    };
}
