using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>An access key of the fake.</summary>
internal sealed record FakeKey(string Id, string Secret)
{
    public string? Token { get; init; }

    public bool TokenExpired { get; init; }

    public IReadOnlyList<string> Denied { get; init; } = [];

    /// <summary>Replies to writes of this key never arrive, although the writes are carried out.</summary>
    public bool LosesReplies { get; init; }
}

/// <summary>Checks signatures from what came over the wire, as the service does, with no code of the client's.</summary>
internal static class FakeSignature
{
    /// <summary>The key that signed; else the error to answer with, as status 403.</summary>
    public static (FakeKey? Key, string Code, string Message) Verify(HttpContext context, byte[] body, IEnumerable<FakeKey> keys, DateTimeOffset now)
    {
        var headers = context.Request.Headers;
        var authorization = headers.Authorization.ToString();
        if (!authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
        {
            return (null, "MissingAuthenticationToken", "Missing Authentication Token");
        }

        var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        var scope = parts["Credential"].Split('/');
        var date = headers["X-Amz-Date"].ToString();
        var key = keys.FirstOrDefault(candidate => candidate.Id == scope[0]);
        if (key is null || headers["X-Amz-Security-Token"].ToString() != (key.Token ?? string.Empty))
        {
            return (null, "InvalidClientTokenId", "The security token included in the request is invalid.");
        }

        var names = parts["SignedHeaders"].Split(';');
        var mustBeSigned = headers.Keys.Select(name => name.ToLowerInvariant()).Where(name => name is "host" or "content-type" || name.StartsWith("x-amz-", StringComparison.Ordinal));
        if (mustBeSigned.Except(names).Any() || !names.SequenceEqual(names.Order(StringComparer.Ordinal)) || scope.Length != 5 || scope[1] != date[..8] || scope[4] != "aws4_request")
        {
            return (null, "IncompleteSignature", "the signature does not cover what it must");
        }

        if (scope[2] != "us-east-1" || scope[3] != "route53")
        {
            return (null, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
        }

        var text = Canonical(context, body, names);
        var toSign = Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{date}\n{string.Join('/', scope[1..])}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}");
        var signing = Encoding.UTF8.GetBytes("AWS4" + key.Secret);
        foreach (var step in scope[1..])
        {
            signing = HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(step));
        }

        if (Hex(HMACSHA256.HashData(signing, toSign)) != parts["Signature"])
        {
            // Like the real one, it repeats what it has signed: a session token would be in it.
            return (null, "SignatureDoesNotMatch", $"The request signature we calculated does not match the signature you provided. The Canonical String for this request should have been '{text}'");
        }

        var at = DateTimeOffset.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return (now - at).Duration() > TimeSpan.FromMinutes(5) ? (null, "SignatureDoesNotMatch", $"Signature {(at < now ? "expired" : "not yet current")}: {date}")
            : key.TokenExpired ? (null, "ExpiredToken", "The security token included in the request is expired")
            : (key, string.Empty, string.Empty);
    }

    private static string Canonical(HttpContext context, byte[] body, string[] names)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        var path = string.Join('/', target[0].Split('/').Select(Encode));
        var query = (target.Length == 1 ? [] : target[1].Split('&')).Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=").Order(StringComparer.Ordinal);
        var headers = names.Select(name => $"{name}:{context.Request.Headers[name].ToString().Trim()}\n");
        return $"{context.Request.Method}\n{path}\n{string.Join('&', query)}\n{string.Concat(headers)}\n{string.Join(';', names)}\n{Hex(SHA256.HashData(body))}";
    }

    private static string Encode(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(octet => (char)octet is var c && (char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~') ? c.ToString() : $"%{octet:X2}"));

    private static string Hex(byte[] bytes) => string.Concat(bytes.Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)));
}
