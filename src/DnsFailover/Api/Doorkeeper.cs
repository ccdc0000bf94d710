using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Api;

/// <summary>
/// Decides what a caller over the network may do. Who asks from this machine, for this machine, may read; who shows the token
/// may do everything; everybody else may see what is public.
/// <para>
/// Any web site can give itself the address 127.0.0.1 and have a browser on this machine ask here, and anybody can ask through a
/// proxy that runs here. Both are told by what they send: the former by the name that it asks for, the latter by what
/// proxies add (and by HTTP/1.0, which nothing else speaks any more).
/// </para>
/// </summary>
internal sealed partial class Doorkeeper(ApiOptions options, TimeProvider time, ILogger logger)
{
    private const string Scheme = "Bearer ";

    private static readonly string[] AddedByProxies =
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Original-Forwarded-For", "X-Client-IP",
    ];

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly AttemptLimiter _attempts = new(time);
    private long? _toldAt;
    private volatile ApiOptions _options = options;

    /// <summary>Who sees the page.</summary>
    public StatusPage StatusPage => _options.StatusPage;

    /// <summary>False when nobody can change anything over the network.</summary>
    public bool TokenIsSet => _options.Token is not null;

    /// <summary>Other rules are in effect from now on.</summary>
    public void Replace(ApiOptions options) => _options = options;

    /// <summary>What a caller may do.</summary>
    public Caller Admit(HttpContext context)
    {
        var (now, peer) = (_options, context.Connection.RemoteIpAddress ?? IPAddress.None);
        peer = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        var shown = context.Request.Headers.Authorization.ToString();
        return shown.Length > 0 && now.Token is not null ? WithToken(now.Token, shown, peer) : WithoutToken(now, context, peer);
    }

    private Caller WithToken(Secret token, string shown, IPAddress peer)
    {
        if (_attempts.WaitOf(peer) is var wait && wait > TimeSpan.Zero)
        {
            var seconds = (int)Math.Ceiling(wait.TotalSeconds);
            return Refused(new ApiProblemException(StatusCodes.Status429TooManyRequests, "too many wrong tokens", string.Create(CultureInfo.InvariantCulture, $"{peer} has shown too many wrong tokens; the next one is looked at in {seconds} s. The commands on the daemon's own machine need no token"))
            {
                Headers = [("Retry-After", seconds.ToString(CultureInfo.InvariantCulture))],
            });
        }

        string expected;
        try
        {
            expected = token.Reveal();
        }
        catch (SecretUnavailableException e)
        {
            if (_toldAt is not { } told || time.GetElapsedTime(told) >= Quiet)
            {
                _toldAt = time.GetTimestamp();
                LogNoToken(e.Message);
            }

            return Refused(new ApiProblemException(StatusCodes.Status503ServiceUnavailable, "the token is not known", "the daemon cannot look up its own token; its log says why. The commands on its own machine need none"));
        }

        if (expected.Length >= ApiOptions.ShortestToken && shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && IsSame(shown.AsSpan(Scheme.Length).Trim(' '), expected))
        {
            return new Caller(MayRead: true, MayChange: true, $"api token from {peer}", Refusal: null);
        }

        _attempts.Wrong(peer);
        LogWrongToken(peer);
        return Refused(Unauthorized("the token is not the right one; send 'Authorization: Bearer <token>' with that of 'api.token' in failover.yaml", "error=\"invalid_token\""));
    }

    private static Caller WithoutToken(ApiOptions options, HttpContext context, IPAddress peer)
    {
        var toChange = options.Token is null
            ? new ApiProblemException(StatusCodes.Status403Forbidden, "changes are off", "nothing can be changed over the network, as no token is configured: set 'api: {token: \"${NAME}\"}' in failover.yaml (it is read again at once), or use the commands of dnsfailover on its own machine")
            : Unauthorized("a change needs the token: send 'Authorization: Bearer <token>' with that of 'api.token' in failover.yaml");
        var toRead = WhyNotLocal(options, context, peer) is { } why
            ? options.Token is null
                ? new ApiProblemException(StatusCodes.Status403Forbidden, "not for this caller", $"{why}, and no token is configured with which it could: set 'api: {{token: \"${{NAME}}\"}}' in failover.yaml")
                : Unauthorized($"{why}: send 'Authorization: Bearer <token>' with that of 'api.token' in failover.yaml")
            : null;
        return new Caller(MayRead: toRead is null, MayChange: false, Actor: null, toRead ?? toChange);
    }

    /// <summary>Why a caller does not count as one on this machine; null when it does.</summary>
    private static string? WhyNotLocal(ApiOptions options, HttpContext context, IPAddress peer)
    {
        var host = context.Request.Host.Host;
        return !IPAddress.IsLoopback(peer) ? "who asks from another machine may not read without the token"
            : !IsOwnName(host, options) ? $"who asks for '{Configuration.Reading.Shorten(host)}' may not read without the token, as this is localhost (further names go into 'api.hosts')"
            : HttpProtocol.IsHttp10(context.Request.Protocol) || Array.Exists(AddedByProxies, context.Request.Headers.ContainsKey) ? "who asks through a proxy may not read without the token"
            : null;
    }

    private static bool IsOwnName(string host, ApiOptions options) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))
        || (DnsName.TryParse(host, out var name, out _) && options.Hosts.Contains(name));

    /// <summary>Takes as long whatever is wrong: hashes are compared, all of them.</summary>
    private static bool IsSame(ReadOnlySpan<char> shown, string expected)
    {
        Span<byte> left = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> right = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(shown.ToString()), left);
        SHA256.HashData(Encoding.UTF8.GetBytes(expected), right);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }

    private static Caller Refused(ApiProblemException problem) => new(MayRead: false, MayChange: false, Actor: null, problem);

    private static ApiProblemException Unauthorized(string detail, string? error = null) => new(StatusCodes.Status401Unauthorized, "a token is needed", detail)
    {
        Headers = [("WWW-Authenticate", $"Bearer realm=\"dnsfailover\"{(error is null ? string.Empty : $", {error}")}")],
    };

    [LoggerMessage(8020, LogLevel.Warning, "A wrong token was shown by {Peer}")]
    private partial void LogWrongToken(IPAddress peer);

    [LoggerMessage(8021, LogLevel.Error, "Nobody can use the API with a token, because it cannot be looked up: {Why}")]
    private partial void LogNoToken(string why);
}
