using System.Globalization;

namespace DnsFailover.Providers.Http;

/// <summary>Notes each request to a vendor's API for the record of the change that it is made for (<see cref="ProviderCalls"/>).</summary>
internal sealed class CallNotes(TimeProvider time, HttpMessageHandler connections) : DelegatingHandler(connections)
{
    /// <summary>
    /// Where vendors put the number that their support asks for: Cloudflare, Amazon, Azure, Google, and everybody else.
    /// </summary>
    private static readonly string[] Numbers = ["cf-ray", "x-amzn-requestid", "x-ms-request-id", "x-ms-correlation-request-id", "x-goog-request-id", "x-request-id", "request-id", "x-correlation-id"];

    /// <summary>Carries <see cref="ApiCall.ShownPath"/> with the request.</summary>
    public static readonly HttpRequestOptionsKey<string?> ShownPath = new("dnsfailover.shownPath");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, cancellationToken);
            return response;
        }
        finally
        {
            ProviderCalls.Note(
                $"{request.Method} {(request.Options.TryGetValue(ShownPath, out var shown) && shown is not null ? shown : request.RequestUri!.AbsolutePath)}",
                response is null ? null : ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture),
                response is null ? null : NumberOf(response),
                time.GetElapsedTime(began));
        }
    }

    private static string? NumberOf(HttpResponseMessage response) => Numbers
        .Select(name => response.Headers.TryGetValues(name, out var values) ? $"{name} {string.Join(' ', values)}" : null)
        .FirstOrDefault(number => number is not null);
}
