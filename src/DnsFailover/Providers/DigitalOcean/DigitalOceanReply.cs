using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>What the address of a call names, and so what is not there when the reply is 404.</summary>
internal enum CallOf
{
    /// <summary>Everything that the token may see.</summary>
    Account,

    /// <summary>The domain, or its list of records.</summary>
    Domain,

    /// <summary>One record.</summary>
    Record,
}

/// <summary>A call with what it needs.</summary>
/// <param name="Http">The request.</param>
/// <param name="Of">What its address names.</param>
/// <param name="Scope">What the token must be allowed, in the words of the control panel (https://docs.digitalocean.com/reference/api/scopes/).</param>
internal sealed record DigitalOceanCall(ApiCall Http, CallOf Of, string Scope);

/// <summary>A reply: an object for the thing that was asked for, or <c>id</c>, <c>message</c> and <c>request_id</c> of an error.</summary>
internal sealed class DigitalOceanReply(DigitalOceanCall call, ApiReply http, Secret token)
{
    private readonly JsonElement? _json = JsonMembers.Parse(http.Body);

    /// <summary>What the call was for.</summary>
    public string Purpose => call.Http.Purpose;

    /// <summary>The status code.</summary>
    public int Status => (int)http.Status;

    /// <summary>True when the status says so.</summary>
    public bool IsSuccess => http.IsSuccess;

    /// <summary>True when there is no such domain, or none that the token may see.</summary>
    public bool IsAboutTheDomain => IsNotFound && call.Of == CallOf.Domain;

    /// <summary>Takes what is wanted out of the document.</summary>
    /// <exception cref="ProviderException">It is not as documented: a read failed; a write may have been carried out.</exception>
    public T Read<T>(Func<JsonElement, T> read)
    {
        try
        {
            return read(_json ?? throw new JsonException("it is no JSON"));
        }
        catch (JsonException e)
        {
            throw new ProviderException(call.Http.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient, $"{Purpose}: the reply of DigitalOcean is not as documented: {e.Message}", e);
        }
    }

    /// <summary>Why the call was not carried out; never called for success.</summary>
    public ProviderException Failure()
    {
        var (failure, advice) = Meaning();
        return new ProviderException(failure, $"{Purpose}: DigitalOcean answers {Said}{advice}", cause: null, http.RetryAfter);
    }

    private (ProviderFailure Failure, string Advice) Meaning() => Status switch
    {
        401 => (ProviderFailure.Rejected, ": the token is not known there, or has expired or been revoked: make another, or check that it is whole"),
        403 => (ProviderFailure.Rejected, $": the token needs the scope {call.Scope}{Unwritten}"),
        404 when IsNotFound && call.Of == CallOf.Record => (ProviderFailure.Conflict, ": the record is gone; nothing was written"),
        404 => (ProviderFailure.Rejected, ": there is no such API: check baseUrl"),
        409 => (ProviderFailure.Conflict, Unwritten),
        422 when call.Http.Writes && Message.Contains("share a name", StringComparison.OrdinalIgnoreCase) => (ProviderFailure.Conflict, "; nothing was written"),
        429 => (ProviderFailure.Transient, ": too many calls; nothing was done"),
        408 or >= 500 => (http.FailureOf(call.Http.Writes), call.Http.Writes ? "; it may have been carried out" : string.Empty),
        >= 300 and < 400 => (ProviderFailure.Rejected, ": it redirects, which an API does not do: check baseUrl"),
        _ => (ProviderFailure.Rejected, Unwritten),
    };

    /// <summary>Something else than the API may say 404, too.</summary>
    private bool IsNotFound => Status == 404 && _json?.OptionalText("id") is not null;

    private string Unwritten => call.Http.Writes ? "; nothing was written" : string.Empty;

    private string Message => _json?.OptionalText("message") ?? string.Empty;

    private string Said => _json?.OptionalText("id") is { } id
        ? BearerToken.Clean($"HTTP {Status}, {id}: {Message}{(_json?.OptionalText("request_id") is { } request ? $" (request {request})" : string.Empty)}", token)
        : $"HTTP {Status}";
}
