using System.Net;
using System.Net.Security;
using System.Text;
using DnsFailover.Core.Health;
using DnsFailover.Probing.Lean;

namespace DnsFailover.Probing;

/// <summary>The HTTP part of a probe: request, redirects, reply against the check.</summary>
internal sealed class HttpExchange(ProbeRun run, HttpCheck check, TlsDialer tls, LeanDialer? lean)
{
    /// <summary>The longest response headers that are read.</summary>
    public const int MaxHeaderKilobytes = 64;

    private readonly HttpVerdict _verdict = new(run, check);

    /// <summary>Does all of it; the address to dial is in the run.</summary>
    public async Task<ProbeOutcome> RunAsync(CancellationToken cancellationToken)
    {
        if (lean is not null && LeanRequest.Of(check, run) is { } prepared)
        {
            run.Remote = new IPEndPoint(run.Remote.Address, prepared.Address.Port);
            var (ended, next) = await new LeanExchange(run, check, lean).AskAsync(prepared.Bytes, check.Method, prepared.Address, redirects: 0, cancellationToken);
            return next is null ? ended! : await FollowAsync(next.Method, next.Address, redirects: 1, cancellationToken);
        }

        if (BodyConditions.Any(check) && BodyConditions.Of(check).Unusable is { } unusable)
        {
            return ProbeOutcome.Inconclusive(ReasonClass.Configuration, unusable);
        }

        return HttpRequestPlan.Address(check) is { } address
            ? await FollowAsync(check.Method, address, redirects: 0, cancellationToken)
            : ProbeOutcome.Inconclusive(ReasonClass.Configuration, $"{run.Quote(check.Host)} and {run.Quote(check.Path)} make no address to ask for");
    }

    private async Task<ProbeOutcome> FollowAsync(string method, Uri address, int redirects, CancellationToken cancellationToken)
    {
        var (plan, unready) = HttpRequestPlan.Create(check, run);
        if (plan is null)
        {
            return unready!;
        }

        for (; ; redirects++)
        {
            var (ended, next) = await ExchangeAsync(plan, method, address, redirects, cancellationToken);
            if (next is null)
            {
                return ended!;
            }

            (method, address) = (next.Method, next.Address);
        }
    }

    private async Task<(ProbeOutcome? Ended, HttpHop? Next)> ExchangeAsync(HttpRequestPlan plan, string method, Uri address, int redirects, CancellationToken cancellationToken)
    {
        run.Remote = new IPEndPoint(run.Remote.Address, address.Port);
        if (lean is not null && address.Scheme == Uri.UriSchemeHttp)
        {
            using var plain = plan.Request(method, address, HttpVersion.Version11);
            return await new LeanExchange(run, check, lean).AskAsync(LeanRequest.Write(plain), method, address, redirects, cancellationToken);
        }

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
        _verdict.Note(response);
        return await _verdict.JudgeAsync(response, method, address, redirects, cancellationToken);
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
}
