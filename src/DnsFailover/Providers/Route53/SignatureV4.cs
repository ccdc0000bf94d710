using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DnsFailover.Providers.Route53;

/// <summary>An AWS access key at this moment. It prints as its id alone.</summary>
/// <param name="AccessKeyId">Names the key; no secret.</param>
/// <param name="SecretKey">Signs.</param>
/// <param name="SessionToken">Comes with temporary keys and goes out with each request; a secret.</param>
internal sealed record AwsKey(string AccessKeyId, string SecretKey, string? SessionToken = null)
{
    /// <inheritdoc/>
    public override string ToString() => AccessKeyId;
}

/// <summary>
/// AWS Signature Version 4, in its <c>Authorization</c> header form
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
/// </summary>
internal static class SignatureV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>
    /// Signs a request for what it is about to carry: the signature covers method, address, host, content type, every
    /// <c>X-Amz-</c> header that it has by now, and the body.
    /// </summary>
    /// <param name="request">Gets <c>Host</c>, <c>X-Amz-Date</c>, <c>Authorization</c> and, with temporary keys, <c>X-Amz-Security-Token</c>.</param>
    /// <param name="body">What it carries.</param>
    /// <param name="key">Signs it.</param>
    /// <param name="region">For example us-east-1.</param>
    /// <param name="service">For example route53.</param>
    /// <param name="now">AWS takes it within five minutes of its own clock.</param>
    public static void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, AwsKey key, string region, string service, DateTimeOffset now)
    {
        var (uri, stamp) = (request.RequestUri!, now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        request.Headers.Host = uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";
        request.Headers.TryAddWithoutValidation("X-Amz-Date", stamp);
        if (key.SessionToken is { } token)
        {
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", token);
        }

        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = request.Headers.Host };
        foreach (var (name, values) in request.Headers.NonValidated.Where(header => header.Key.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)))
        {
            signed[name.ToLowerInvariant()] = values.ToString();
        }

        if (request.Content?.Headers.ContentType is { } type)
        {
            signed["content-type"] = type.ToString();
        }

        var scope = $"{stamp[..8]}/{region}/{service}/aws4_request";
        var canonical = CanonicalRequest(request.Method.Method, uri, signed, body);
        var toSign = $"{Algorithm}\n{stamp}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}";
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(SigningKey(key.SecretKey, stamp[..8], region, service), Encoding.UTF8.GetBytes(toSign)));
        request.Headers.TryAddWithoutValidation("Authorization", $"{Algorithm} Credential={key.AccessKeyId}/{scope}, SignedHeaders={string.Join(';', signed.Keys)}, Signature={signature}");
    }

    private static string CanonicalRequest(string method, Uri uri, SortedDictionary<string, string> headers, ReadOnlySpan<byte> body)
    {
        var lines = new StringBuilder();
        lines.Append(method).Append('\n').Append(CanonicalPath(uri)).Append('\n').Append(CanonicalQuery(uri)).Append('\n');
        foreach (var (name, value) in headers)
        {
            lines.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }

        return lines.Append('\n').AppendJoin(';', headers.Keys).Append('\n').Append(Hash(body)).ToString();
    }

    /// <summary>The path as it goes over the wire, encoded once more: all services but S3 are signed that way.</summary>
    private static string CanonicalPath(Uri uri) => string.Join('/', uri.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    private static string CanonicalQuery(Uri uri) => string.Join('&', uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Canonical(pair[0]), Value: pair.Length > 1 ? Canonical(pair[1]) : string.Empty))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Canonical(string encoded) => Uri.EscapeDataString(Uri.UnescapeDataString(encoded));

    private static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] SigningKey(string secret, params string[] scope) =>
        scope.Append("aws4_request").Aggregate(Encoding.UTF8.GetBytes($"AWS4{secret}"), (key, step) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step)));
}
