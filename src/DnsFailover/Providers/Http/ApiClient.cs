using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Authentication;
using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Http;

/// <summary>Adds to a request what proves who we are. The body is what the request will carry.</summary>
internal delegate ValueTask AuthorizeRequest(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

/// <summary>
/// Sends requests to one vendor's API and tells three things apart: a reply, whatever its status; nothing was sent; and
/// sent, but no usable reply came. It never repeats a request. Messages name the host and no more of the address.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    private const int MostConnections = 32;

    private static readonly ProductInfoHeaderValue UserAgent =
        new("dnsfailover", typeof(ApiClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]);

    private readonly string _vendor;
    private readonly TimeSpan _timeout;
    private readonly AuthorizeRequest _authorize;
    private readonly TimeProvider _time;
    private readonly TokenBucket? _bucket;
    private readonly Func<HttpResponseMessage, DateTimeOffset, TimeSpan?> _hint;

    private readonly HttpMessageInvoker _http;

    /// <summary>A client without a connection yet.</summary>
    /// <param name="vendor">The name for messages: "Cloudflare".</param>
    /// <param name="timeout">After which one call is given up, with its wait for the rate limit.</param>
    /// <param name="authorize">Proves who we are; called for each request, when it may go out.</param>
    /// <param name="time">The clock.</param>
    /// <param name="bucket">Keeps the calls below the vendor's limit, and those away that it does not want for a while.</param>
    /// <param name="hint">Reads from a reply how long the vendor wants to be left alone; null reads the standard headers (<see cref="RetryHint"/>).</param>
    public ApiClient(string vendor, TimeSpan timeout, AuthorizeRequest authorize, TimeProvider time, TokenBucket? bucket = null, Func<HttpResponseMessage, DateTimeOffset, TimeSpan?>? hint = null) =>
        (_vendor, _timeout, _authorize, _time, _bucket, _hint, _http) = (vendor, timeout, authorize, time, bucket, hint ?? ((response, now) => RetryHint.Of(response.Headers, now)), new(new CallNotes(time, Connections())));

    /// <summary>Sends a request once and reads the whole reply.</summary>
    /// <exception cref="ProviderException">
    /// No usable reply. Transient: nothing was sent, or it was a read. Ambiguous: a write was sent and may have been carried
    /// out. Rejected: a credential is not there.
    /// </exception>
    public async Task<ApiReply> SendAsync(ApiCall call, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var content = call.Writes || !call.Body.IsEmpty ? new OnceContent(call.Body, call.ContentType) : null;
        using var request = new HttpRequestMessage(call.Method, call.Address) { Content = content };
        request.Headers.UserAgent.Add(UserAgent);
        request.Options.Set(CallNotes.ShownPath, call.ShownPath);
        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            if (_bucket is not null)
            {
                await _bucket.TakeAsync(either.Token);
            }

            await _authorize(request, call.Body, either.Token);
            using var response = await _http.SendAsync(request, either.Token);
            NoteClock(response.Headers.Date);
            var hint = _hint(response, _time.GetUtcNow());
            if (hint is { } pause)
            {
                _bucket?.Pause(pause);
            }

            return new ApiReply(response.StatusCode, response.Headers, await ReadAsync(response, call, either.Token), hint);
        }
        catch (SecretUnavailableException e)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{call.Purpose}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Lost(call, content, $"no reply from {Host(call)} within {Text.Of(_timeout)}", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException)
        {
            throw Lost(call, content, Describe(e, call), e);
        }
    }

    /// <summary>How far the server's clock was ahead of ours by the <c>Date</c> of its last reply (RFC 9110 section 6.6.1, whole seconds); null before the first.</summary>
    public TimeSpan? ClockSkew { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler Connections() => new()
    {
        // A redirect would carry the credential to a place that nobody configured.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.All,
        MaxConnectionsPerServer = MostConnections,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    };

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, ApiCall call, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int length;
        while ((length = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (body.Length + length > call.LargestReply)
            {
                throw new IOException($"the reply is longer than {call.LargestReply} bytes");
            }

            body.Write(buffer, 0, length);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private void NoteClock(DateTimeOffset? date) => ClockSkew = date is { } theirs ? theirs - _time.GetUtcNow() : ClockSkew;

    private ProviderException Lost(ApiCall call, OnceContent? content, string reason, Exception cause)
    {
        var mayBeWritten = call.Writes && content!.IsSent;
        return new ProviderException(
            mayBeWritten ? ProviderFailure.Ambiguous : ProviderFailure.Transient,
            $"{call.Purpose} at {_vendor}: {reason}{(!call.Writes ? string.Empty : mayBeWritten ? "; it was sent, so that it may have been carried out" : "; nothing was sent")}",
            cause);
    }

    private static string Host(ApiCall call) => call.Address.IsDefaultPort ? call.Address.Host : $"{call.Address.Host}:{call.Address.Port}";

    private static string Describe(Exception error, ApiCall call) => error switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"the host name {call.Address.Host} does not resolve from here",
        HttpRequestException { InnerException: SocketException socket } => $"no connection to {Host(call)} ({socket.SocketErrorCode})",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => $"no connection to {Host(call)}",
        HttpRequestException { InnerException: AuthenticationException } or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            $"the TLS handshake with {Host(call)} failed: its certificate is not trusted here, or something stands in between",
        HttpRequestException { HttpRequestError: var kind } => $"the exchange with {Host(call)} failed ({kind})",
        InvalidDataException => $"the reply of {Host(call)} is damaged",
        { InnerException: SocketException socket } => $"the connection to {Host(call)} broke ({socket.SocketErrorCode})",
        _ => $"the connection to {Host(call)} broke ({error.Message})",
    };
}
