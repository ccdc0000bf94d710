using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Hetzner;

/// <summary>What the address of a call names, and so what is not there when the reply is 404.</summary>
internal enum CallOf
{
    /// <summary>Everything that the token may see.</summary>
    Project,

    /// <summary>The zone, or its list of RRsets.</summary>
    Zone,

    /// <summary>One RRset.</summary>
    Rrset,

    /// <summary>An action that was begun before.</summary>
    Action,
}

/// <summary>A call with what it names.</summary>
internal sealed record HetznerCall(ApiCall Http, CallOf Of);

/// <summary>A reply: an object for the thing that was asked for, or <c>error</c> with <c>code</c> and <c>message</c> (https://docs.hetzner.cloud/reference/cloud#errors).</summary>
internal sealed class HetznerReply(HetznerCall call, ApiReply http, Secret token)
{
    private readonly JsonElement? _json = JsonMembers.Parse(http.Body);

    /// <summary>What the call was for.</summary>
    public string Purpose => call.Http.Purpose;

    /// <summary>The status code.</summary>
    public int Status => (int)http.Status;

    /// <summary>True when the status says so.</summary>
    public bool IsSuccess => http.IsSuccess;

    /// <summary>True when there is no such zone in the token's project.</summary>
    public bool IsAboutTheZone => Status == 404 && Code == "not_found" && call.Of == CallOf.Zone;

    /// <summary>The error's code; empty where there is none.</summary>
    private string Code => Error?.OptionalText("code") ?? string.Empty;

    private JsonElement? Error => _json?.Object("error");

    private string Unwritten => call.Http.Writes ? "; nothing was written" : string.Empty;

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
            throw new ProviderException(call.Http.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient, $"{Purpose}: the reply of Hetzner is not as documented: {e.Message}", e);
        }
    }

    /// <summary>Why the call was not carried out; never called for success.</summary>
    public ProviderException Failure()
    {
        var (failure, advice) = Meaning();
        return new ProviderException(failure, $"{Purpose}: Hetzner answers {Said}{advice}", cause: null, http.RetryAfter);
    }

    /// <summary>The code says more than the status, except where a server has failed: then nobody knows what was done.</summary>
    private (ProviderFailure Failure, string Advice) Meaning() => (Status, Code) switch
    {
        (408 or >= 500, _) => (http.FailureOf(call.Http.Writes), call.Http.Writes ? "; it may have been carried out" : string.Empty),
        (429, _) or (_, "rate_limit_exceeded") => (ProviderFailure.Transient, ": too many calls of the project; nothing was done"),
        (401, _) or (_, "unauthorized") => (ProviderFailure.Rejected, ": the token is not known there, or has been revoked: make another in the project that has the zone, or check that it is whole"),
        (_, "token_readonly") => (ProviderFailure.Rejected, $": the token needs the permission Read & Write{Unwritten}"),
        (403, _) or (_, "forbidden") => (ProviderFailure.Rejected, $": the token needs the permission {(call.Http.Writes ? "Read & Write" : "Read")}{Unwritten}"),
        (_, "protected") => (ProviderFailure.Rejected, $": the RRset is protected from changes: lift its protection{Unwritten}"),
        (_, "incorrect_zone_mode") => (ProviderFailure.Rejected, ": the zone is a secondary one, whose records come from another server: write there"),
        (_, "locked" or "maintenance" or "resource_unavailable" or "timeout") => (ProviderFailure.Transient, $": another action is under way, or it is busy{Unwritten}"),
        (_, "conflict" or "uniqueness_error") or (409, _) => (ProviderFailure.Conflict, Unwritten),
        (404, "not_found") when call.Of == CallOf.Rrset => (ProviderFailure.Conflict, ": the RRset is gone; nothing was written"),
        (404, "") => (ProviderFailure.Rejected, ": there is no such API: check baseUrl"),
        ( >= 300 and < 400, _) => (ProviderFailure.Rejected, ": it redirects, which an API does not do: check baseUrl"),
        _ => (ProviderFailure.Rejected, Unwritten),
    };

    private string Said
    {
        get
        {
            var fields = (Error?.Object("details")?.List("fields") ?? []).Take(3)
                .Select(wrong => $"{wrong.OptionalText("name")}: {string.Join(", ", (wrong.List("messages") ?? []).Take(2).Select(message => message.ToString()))}");
            var details = string.Join("; ", fields);
            return Code.Length == 0 ? $"HTTP {Status}" : BearerToken.Clean($"HTTP {Status}, {Code}: {Error?.OptionalText("message")}{(details.Length > 0 ? $" ({details})" : string.Empty)}", token);
        }
    }
}
