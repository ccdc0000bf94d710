using System.Text;
using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.PowerDns;

/// <summary>
/// A reply of PowerDNS. Errors are <c>{"error": …, "errors": […]}</c> where PowerDNS checked the input (422), and a few
/// words of plain text where it did not get that far (https://doc.powerdns.com/authoritative/http-api/index.html#errors).
/// </summary>
internal sealed class PowerDnsReply(ApiCall call, ApiReply http, PowerDnsOptions options)
{
    /// <summary>2xx.</summary>
    public bool IsSuccess => http.IsSuccess;

    /// <summary>True when the key is what it was refused for.</summary>
    public bool IsAboutTheKey => Status == 401;

    /// <summary>
    /// True when what the path names may not be there. From 4.9 until it was mended in 4.9.12 and 5.0.2, PowerDNS said 405
    /// for a zone that it does not have; before 4.2 it said 422.
    /// </summary>
    public bool IsAboutThePath => Status is 404 or 405 || (Status == 422 && Said.Contains("Could not find domain", StringComparison.Ordinal));

    /// <summary>True when the backend keeps no comments; then nothing was written.</summary>
    public bool IsAboutComments => Status == 422 && Said.Contains("editing comments", StringComparison.Ordinal);

    private int Status => (int)http.Status;

    /// <summary>Takes what is wanted out of the document.</summary>
    /// <exception cref="ProviderException">Transient: it is not as documented.</exception>
    public T Read<T>(Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(http.Body);
            return read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.Transient, $"{call.Purpose}: the reply of PowerDNS is not as documented: {VendorText.Clean(e.Message, ApiKey)}", e);
        }
    }

    /// <summary>Why the call was not carried out; never called for success.</summary>
    /// <param name="advice">What to do about it, where that is known.</param>
    public ProviderException Failure(string? advice = null)
    {
        var nothing = call.Writes ? "; nothing was written" : string.Empty;
        var (failure, meaning) = Status switch
        {
            _ when advice is not null => (ProviderFailure.Rejected, $": {advice}{nothing}"),
            401 => (ProviderFailure.Rejected, $": it does not know the API key, or the key has been changed: give the server's api-key as apiKey{nothing}"),
            403 => (ProviderFailure.Rejected, $": what stands before it forbids {call.Method} {call.Address.AbsolutePath} to this machine or key: permit it there{nothing}"),
            422 when Said.Contains("Conflicts with", StringComparison.Ordinal) => (ProviderFailure.Conflict, nothing),
            429 => (http.FailureOf(call.Writes), $": too many calls{(http.RetryAfter is null ? string.Empty : ", it asks us to wait")}{nothing}"),
            408 or >= 500 => (http.FailureOf(call.Writes), call.Writes ? "; it may have been carried out" : string.Empty),
            >= 300 and < 400 => (ProviderFailure.Rejected, ": it redirects, which an API does not do: check baseUrl"),
            _ => (ProviderFailure.Rejected, nothing),
        };
        return new ProviderException(failure, $"{call.Purpose}: PowerDNS answers HTTP {Status}{(Said.Length == 0 ? string.Empty : $", {Said}")}{meaning}", cause: null, http.RetryAfter);
    }

    private string Said => field ??= VendorText.Clean(ErrorText(), ApiKey);

    private string ErrorText()
    {
        try
        {
            using var document = JsonDocument.Parse(http.Body);
            var several = document.RootElement.List("errors") ?? [];
            var texts = several.Where(error => error.ValueKind == JsonValueKind.String).Select(error => error.GetString()!).Prepend(document.RootElement.OptionalText("error")).OfType<string>();
            return string.Join("; ", texts.Where(text => text.Length > 0).Distinct().Take(3));
        }
        catch (JsonException)
        {
            // Plain text; a page of something else says nothing.
            var text = Encoding.UTF8.GetString(http.Body.Span[..Math.Min(http.Body.Length, 400)]);
            return text.Contains('<', StringComparison.Ordinal) ? string.Empty : text;
        }
    }

    private string ApiKey
    {
        get
        {
            try
            {
                return options.ApiKey.Reveal().Trim();
            }
            catch (SecretUnavailableException)
            {
                return string.Empty; // gone since it was sent
            }
        }
    }
}
