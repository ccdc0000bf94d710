using System.Security.Cryptography;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Rfc2136;

namespace DnsFailover.Dns;

/// <summary>Signs requests and verifies replies with one shared key (TSIG, RFC 8945).</summary>
internal sealed class TsigSigner(TsigKeyOptions key, TimeProvider time)
{
    /// <summary>Begins one exchange, with the key as it is at this moment.</summary>
    /// <exception cref="SecretUnavailableException">The key cannot be looked up.</exception>
    /// <exception cref="DnsClientException">The key's name or text is none (<see cref="DnsFailure.UnusableKey"/>).</exception>
    public TsigSession Open()
    {
        if (!DnsName.TryParse(key.Name, out var name, out _))
        {
            throw new DnsClientException(DnsFailure.UnusableKey, $"tsig.name '{key.Name}' is not the name of a key");
        }

        // Key files wrap their base64 over lines; white space in it means nothing.
        var text = key.Key.Reveal();
        var secret = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, secret, out var length) || length == 0)
        {
            throw new DnsClientException(DnsFailure.UnusableKey, $"tsig.secret of '{key.Name}' is not base64: copy the text between the quotes after 'secret' in the server's key");
        }

        var session = new TsigSession(WireName.From(name), key.Algorithm, secret.AsSpan(0, length), time);
        CryptographicOperations.ZeroMemory(secret);
        return session;
    }
}
