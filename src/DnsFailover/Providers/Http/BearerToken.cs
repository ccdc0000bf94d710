using System.Net.Http.Headers;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Http;

/// <summary>A token that is sent as <c>Authorization: Bearer …</c> (RFC 6750 section 2.1).</summary>
internal static class BearerToken
{
    /// <summary>What keeps a text from being a token, in words that do not repeat it; null when nothing does.</summary>
    public static string? Complaint(string text) =>
        text.Trim().Any(c => c is <= ' ' or >= (char)0x7f) ? "has characters that no API token has"
        : text.Trim().StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) ? "begins with 'Bearer', which is not part of the token"
        : null;

    /// <summary>Adds the token to each request, as it is at that moment.</summary>
    /// <param name="vendor">Whose token it is, for messages.</param>
    /// <param name="secret">The token.</param>
    public static AuthorizeRequest Authorize(string vendor, Secret secret) => (request, _, _) =>
    {
        var token = secret.Reveal().Trim();
        if (token.Length == 0 || Complaint(token) is not null)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the token of {vendor} {Complaint(token) ?? "is empty"}: correct it; nothing was sent");
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return ValueTask.CompletedTask;
    };

    /// <summary>What the vendor says, without the token that it may repeat, and fit for a message.</summary>
    public static string Clean(string text, Secret secret)
    {
        try
        {
            return VendorText.Clean(text, secret.Reveal().Trim());
        }
        catch (SecretUnavailableException)
        {
            return VendorText.Clean(text); // gone since it was sent
        }
    }
}
