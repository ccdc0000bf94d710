using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DnsFailover.Tests.Providers.Google;

/// <summary>A service account with a key, and what it may not do.</summary>
internal sealed class FakeAccount(string name)
{
    /// <summary>Whoever signs for Google signs for this address, wherever it sends the assertion.</summary>
    private const string Audience = "https://oauth2.googleapis.com/token";

    /// <summary>Making a key takes long; all accounts share one, and a second one is for forgeries.</summary>
    private static readonly Lazy<RSA> Key = new(() => RSA.Create(2048));

    private static readonly Lazy<RSA> OtherKey = new(() => RSA.Create(2048));

    public string Email => $"{name}@acme-dns.iam.gserviceaccount.com";

    public string KeyId { get; } = Guid.NewGuid().ToString("n");

    /// <summary>What its requests carry once it has proven who it is.</summary>
    public string Token { get; } = $"ya29.{name}-{Guid.NewGuid():n}";

    /// <summary>Permissions that it lacks.</summary>
    public string[] Denied { get; init; } = [];

    /// <summary>True when its tokens do not do any more.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>The lines of its private key.</summary>
    public static string PrivateKey => Key.Value.ExportPkcs8PrivateKeyPem();

    public static string ForgedKey => OtherKey.Value.ExportPkcs8PrivateKeyPem();

    /// <summary>Its key as Google hands it out.</summary>
    public string KeyFile(Uri tokenAddress, string? privateKey = null) => new JsonObject
    {
        ["type"] = "service_account",
        ["project_id"] = "acme-dns",
        ["private_key_id"] = KeyId,
        ["private_key"] = privateKey ?? PrivateKey,
        ["client_email"] = Email,
        ["client_id"] = "100000000000000000001",
        ["token_uri"] = tokenAddress.AbsoluteUri,
        ["universe_domain"] = "googleapis.com",
    }.ToJsonString();

    /// <summary>What is wrong with an assertion (RFC 7523 section 3); null when nothing is.</summary>
    public string? Complaint(string assertion, string scope)
    {
        if (assertion.Split('.') is not [var header, var claims, var signature])
        {
            return "Invalid JWT";
        }

        if (!Key.Value.VerifyData(Encoding.ASCII.GetBytes($"{header}.{claims}"), Decode(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) || Text(header, "alg") != "RS256" || Text(header, "kid") != KeyId)
        {
            return "Invalid JWT Signature.";
        }

        using var json = JsonDocument.Parse(Decode(claims));
        var expires = DateTimeOffset.FromUnixTimeSeconds(json.RootElement.GetProperty("exp").GetInt64());
        return Text(claims, "aud") != Audience ? "Invalid JWT audience"
            : expires < DateTimeOffset.UtcNow || expires > DateTimeOffset.UtcNow.AddMinutes(61) ? "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            : Text(claims, "scope") != scope ? "Invalid OAuth scope or ID token audience provided."
            : null;
    }

    /// <summary>Whose assertion it says it is.</summary>
    public static string? IssuerOf(string assertion) => assertion.Split('.') is [_, var claims, _] ? Text(claims, "iss") : null;

    private static string? Text(string part, string member)
    {
        using var json = JsonDocument.Parse(Decode(part));
        return json.RootElement.TryGetProperty(member, out var value) ? value.GetString() : null;
    }

    private static byte[] Decode(string part) => System.Buffers.Text.Base64Url.DecodeFromChars(part);
}
