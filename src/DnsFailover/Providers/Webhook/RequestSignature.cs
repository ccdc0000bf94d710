using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DnsFailover.Providers.Webhook;

/// <summary>
/// The signature of a request: HMAC-SHA256 over the time, the method, the path with its query, and the body, so that none
/// of them can be changed on the way, and an old request is told from a new one.
/// </summary>
internal static class RequestSignature
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "DnsFailover-Signature";

    /// <summary>For example <c>t=1767225600,v1=5257a869…</c>: seconds since 1970 and lower-case hexadecimal digits.</summary>
    public static string Of(string secret, DateTimeOffset now, string method, string pathAndQuery, ReadOnlySpan<byte> body)
    {
        var time = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes($"{time}\n{method}\n{pathAndQuery}\n"));
        hmac.AppendData(body);
        return $"t={time},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }
}
