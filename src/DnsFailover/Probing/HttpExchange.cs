using System.Net;
using System.Net.Security;
using System.Text;
using DnsFailover.Core;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>The HTTP part of a probe: request, redirects, reply against the check.</summary>
internal sealed class HttpExchange(ProbeRun run, HttpCheck check, TlsDialer tls)
{
    /// <summary>The longest response headers that are read.</summary>
    public const int MaxHeaderKilobytes = 64;

    private const int MaxHeadersShown = 32;
    private const int LongestHeaderShown = 200;

    /// <summary>Does all of it; the address to dial is in the run.</summary>
    public async Task<ProbeOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var (plan, unready) = HttpRequestPlan.Create(check, run);
        if (plan is null)
        {
            return unready!;
        }

        if (BodyConditions.Any(check) && BodyConditions.Of(check).Unusable is { } unusable)
        {
            return ProbeOutcome.Inconclusive(ReasonClass.Configuration, unusable);
        }

        if (HttpRequestPlan.Address(check) is not { } address)
        {
            return ProbeOutcome.Inconclusive(ReasonClass.Configuration, $"{run.Quote(check.Host)} and {run.Quote(check.Path)} make no address to ask for");
        }

        var method = check.Method;
        for (var redirects = 0; ; redirects++)
        {
            var (ended, next) = await ExchangeAsync(plan, method, address, redirects, cancellationToken);
            if (next is null)
            {
                return ended!;
            }

            (method, address) = (next.Method, next.Address);
        }
    }

    private async Task<(ProbeOutcome? Ended, Hop? Next)> ExchangeAsync(HttpRequestPlan plan, string method, Uri address, int redirects, CancellationToken cancellationToken)
    {
        run.Remote = new IPEndPoint(run.Remote.Address, address.Port);
        using var socket = await TcpDialer.ConnectAsync(run, cancellationToken);
        var (stream, ended) = await OpenAsync(socket, address, cancellationToken);
        if (stream is null)
        {
            return (ended, null);
        }

        await using var connection = stream;
        var version = stream is SslStream { NegotiatedApplicationProtocol: var protocol } && protocol == SslApplicationProtocol.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        using var client = new HttpMessageInvoker(OneConnection(stream));
        using var request = plan.Request(method, address, version);
        run.RequestSent();
        using var response = await client.SendAsync(request, cancellationToken);
        run.ReplyBegan();
        run.Stage = ProbeStage.ReadingBody;
        Note(response);
        return await JudgeAsync(response, method, address, redirects, cancellationToken);
    }

    private async Task<(Stream? Stream, ProbeOutcome? Ended)> OpenAsync(System.Net.Sockets.Socket socket, Uri address, CancellationToken cancellationToken)
    {
        // The HTTP client ends a wait by disposing the stream, so that must close the socket.
        var transport = new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        if (address.Scheme == Uri.UriSchemeHttp)
        {
            return (new FirstByteStream(transport, run), null);
        }

        List<SslApplicationProtocol> protocols = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2];
        return await tls.SecureAsync(run, transport, check.Host, check.TrustedRoots, protocols, cancellationToken);
    }

    // A pool of its own for each probe: in a shared one, a request may travel on a connection that was opened for
    // another probe of the same name, and so to another endpoint.
    private static SocketsHttpHandler OneConnection(Stream stream)
    {
        var unused = stream;
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.Zero,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            MaxResponseDrainSize = 0,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            ConnectCallback = (_, _) => Interlocked.Exchange(ref unused, null) is { } once
                ? ValueTask.FromResult(once)
                : throw new IOException("the request was refused, and a probe asks once"),
        };
    }

    private void Note(HttpResponseMessage response)
    {
        var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .Take(MaxHeadersShown)
            .Select(header => header.Key.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase)
                ? "Set-Cookie: ***"
                : $"{run.Quote(header.Key)}: {run.Quote(header.Value.ToString(), LongestHeaderShown)}")
            .ToValueList();
        run.Details = run.Details with { HttpVersion = $"HTTP/{response.Version}", StatusCode = (int)response.StatusCode, ResponseHeaders = headers };
    }

    private async Task<(ProbeOutcome? Ended, Hop? Next)> JudgeAsync(HttpResponseMessage response, string method, Uri address, int redirects, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (check.Statuses.Any(range => status >= range.First && status <= range.Last))
        {
            var failed = await JudgeBodyAsync(response, method, cancellationToken);
            return (failed ?? ProbeOutcome.Pass($"status {status} in {Text.Of(run.Elapsed)}"), null);
        }

        var location = status is 301 or 302 or 303 or 307 or 308 ? response.Headers.Location : null;
        if (location is null || check.MaxRedirects <= 0)
        {
            var to = location is null ? string.Empty : $" to {run.Quote(location.OriginalString)}";
            return (ProbeOutcome.Fail(ReasonClass.Status, $"status {status}{to}, expected {check.Statuses}"), null);
        }

        return Follow(status, method, address, location, redirects);
    }

    private (ProbeOutcome? Ended, Hop? Next) Follow(int status, string method, Uri address, Uri location, int redirects)
    {
        var shown = run.Quote(location.OriginalString);
        if (redirects >= check.MaxRedirects)
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"status {status} to {shown}: more than {check.MaxRedirects} redirect{(check.MaxRedirects == 1 ? string.Empty : "s")}"), null);
        }

        if (!Uri.TryCreate(address, location, out var next) || (next.Scheme != Uri.UriSchemeHttp && next.Scheme != Uri.UriSchemeHttps))
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"redirect to {shown}, which is no HTTP address"), null);
        }

        // Another name is another service, wherever it may run; and what was asked for over TLS must not go on in clear.
        if (!next.IdnHost.Equals(address.IdnHost, StringComparison.OrdinalIgnoreCase))
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"redirect to another host: {shown}"), null);
        }

        if (address.Scheme == Uri.UriSchemeHttps && next.Scheme == Uri.UriSchemeHttp)
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"redirect from https to http: {shown}"), null);
        }

        // RFC 9110 section 15.4: 303 always, 301 and 302 by custom turn a POST into a GET.
        var becomesGet = (status == 303 && method != "HEAD") || (status is 301 or 302 && method == "POST");
        return (null, new Hop(becomesGet ? "GET" : method, next));
    }

    private async Task<ProbeOutcome?> JudgeBodyAsync(HttpResponseMessage response, string method, CancellationToken cancellationToken)
    {
        if (!BodyConditions.Any(check) || method == "HEAD")
        {
            return BodyConditions.Any(check) ? ProbeOutcome.Fail(ReasonClass.Body, "a reply to HEAD has no body for the conditions on it") : null;
        }

        if (response.Content.Headers.ContentEncoding.FirstOrDefault(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } encoding)
        {
            return ProbeOutcome.Fail(ReasonClass.Body, $"body is compressed ({run.Quote(encoding)}) although that was not asked for");
        }

        var (body, cut) = await ReadAsync(response, cancellationToken);
        string? charset;
        try
        {
            charset = response.Content.Headers.ContentType?.CharSet;
        }
        catch (FormatException)
        {
            charset = null;
        }

        return BodyConditions.Of(check).Judge(body, charset, cut, run);
    }

    private async Task<(ReadOnlyMemory<byte> Body, bool Cut)> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[Math.Min(check.MaxBodyBytes, 16 * 1024)];
        var length = 0;
        while (length < check.MaxBodyBytes)
        {
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(check.MaxBodyBytes, buffer.Length * 2L));
            }

            var count = await source.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (count == 0)
            {
                return (buffer.AsMemory(0, length), false);
            }

            length += count;
        }

        // Whether a body of just the limit goes on is not waited for.
        return (buffer.AsMemory(0, length), response.Content.Headers.ContentLength != length);
    }

    private sealed record Hop(string Method, Uri Address);
}
