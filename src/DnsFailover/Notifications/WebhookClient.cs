using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using DnsFailover.Configuration;
using DnsFailover.Probing;

namespace DnsFailover.Notifications;

/// <summary>Posts JSON to an address that is a secret: nothing it reports repeats the address or a header's value.</summary>
internal sealed class WebhookClient(TimeProvider time) : IDisposable
{
    private const int LongestWord = 64;
    private const int LongestBody = 8192;
    private static readonly SearchValues<char> WordCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_");

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        // A redirect would carry the alert, and the headers, to a place that nobody configured.
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    });

    /// <summary>Posts and reads the status and a bounded part of the body.</summary>
    /// <exception cref="DeliveryException">No request could be made, or no reply came.</exception>
    public async Task<WebhookReply> PostAsync(
        Secret url, IEnumerable<CheckHeader> headers, byte[] json, string setting, CancellationToken cancellationToken)
    {
        try
        {
            using var request = Request(url, headers, json, setting);
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await ReadAsync(response, cancellationToken);
            return new WebhookReply(response.StatusCode, Word(body), response.Content.Headers.ContentType?.MediaType == "text/html", RetryAfter(response.Headers.RetryAfter)) { Body = body };
        }
        catch (SecretUnavailableException error)
        {
            throw new DeliveryException(DeliveryFailure.Misconfigured, $"{error.Message}; needed for {setting}");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new DeliveryException(DeliveryFailure.Transient, Describe(error));
        }
    }

    /// <summary>True for what vendors say in one word, such as <c>channel_not_found</c>: it cannot be an address or a key.</summary>
    public static bool IsWord(string text) => text.Length is > 0 and <= LongestWord && !text.AsSpan().ContainsAnyExcept(WordCharacters);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Secret url, IEnumerable<CheckHeader> headers, byte[] json, string setting)
    {
        if (!Uri.TryCreate(url.Reveal(), UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
        {
            throw new DeliveryException(DeliveryFailure.Misconfigured, $"{setting} is not an http(s) address: correct it");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        foreach (var header in headers)
        {
            var value = header.Value.Reveal().Trim();
            if (value.AsSpan().ContainsAny('\r', '\n', '\0') || !TryAdd(request, header.Name, value))
            {
                request.Dispose();
                throw new DeliveryException(DeliveryFailure.Misconfigured, $"the header {header.Name} beside {setting} cannot be sent: its name or value is not one of HTTP's, correct it");
            }
        }

        if (!request.Headers.Contains("User-Agent"))
        {
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("dnsfailover", null));
        }

        return request;
    }

    private static bool TryAdd(HttpRequestMessage request, string name, string value)
    {
        if (request.Headers.TryAddWithoutValidation(name, value))
        {
            return true;
        }

        // What belongs to the body is replaced and not added: a body has one type.
        return string.Equals(name, "Content-Type", StringComparison.OrdinalIgnoreCase)
            && request.Content!.Headers.Remove(name)
            && request.Content.Headers.TryAddWithoutValidation(name, value);
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[LongestBody];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer[..length];
    }

    private static string Word(byte[] body)
    {
        var text = body.Length <= LongestWord ? Encoding.UTF8.GetString(body).Trim() : string.Empty;
        return IsWord(text) ? text : string.Empty;
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    // The messages of these exceptions name the host; what went wrong is said without it.
    private static string Describe(Exception error) => error switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its host name does not resolve",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError, InnerException: SocketException socket } => $"no connection ({socket.SocketErrorCode})",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "no connection",
        HttpRequestException { InnerException: AuthenticationException } or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            "the TLS handshake failed: its certificate is not trusted, or it is no TLS server",
        HttpRequestException { HttpRequestError: var kind } => $"the exchange failed ({kind})",
        _ => "the connection broke",
    };
}
