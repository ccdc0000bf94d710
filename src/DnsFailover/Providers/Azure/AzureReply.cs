using System.Text.Json;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Azure;

/// <summary>A call with what it needs.</summary>
/// <param name="Http">The request.</param>
/// <param name="Action">What a role must allow for it, in the words of Azure.</param>
/// <param name="Scope">The path that the role must be assigned on, or above.</param>
internal sealed record AzureCall(ApiCall Http, string Action, string Scope)
{
    /// <summary>True when it is about one record set, so that "not found" may mean just that one.</summary>
    public bool IsOfRecordSet { get; init; }

    /// <summary>True when it is about the subscription, and no zone.</summary>
    public bool IsOfSubscription { get; init; }

    /// <summary>True when another call is made should it fail, and has the last word.</summary>
    public bool HasSubstitute { get; init; }
}

/// <summary>
/// A reply of Azure Resource Manager or of Azure DNS behind it. A failure is <c>{"error":{"code","message"}}</c> from the
/// one and <c>{"code","message"}</c> from the other.
/// </summary>
internal sealed class AzureReply
{
    /// <summary>What is not there is not the record set itself but something that it is in.</summary>
    private static readonly string[] NoPlaceCodes = ["ParentResourceNotFound", "ResourceGroupNotFound", NoSubscription, "InvalidSubscriptionId", "InvalidResourceNamespace", "InvalidResourceType"];

    private const string NoSubscription = "SubscriptionNotFound";

    private readonly AzureCall _call;
    private readonly ApiReply _http;
    private readonly string _token;
    private readonly JsonElement? _json;
    private readonly string _message;

    /// <summary>Reads the body, which need not be there.</summary>
    public AzureReply(AzureCall call, ApiReply http, string token)
    {
        (_call, _http, _token, _json) = (call, http, token, Parse(http.Body));
        var error = _json?.Object("error") ?? _json;
        (Code, _message) = (error?.OptionalText("code") ?? string.Empty, error?.OptionalText("message") ?? string.Empty);
    }

    /// <summary>What the call was for.</summary>
    public string Purpose => _call.Http.Purpose;

    /// <summary>Azure's word for the failure; empty for a success, and for what is not Azure's.</summary>
    public string Code { get; }

    /// <summary>2xx.</summary>
    public bool IsSuccess => _http.IsSuccess;

    /// <summary>True when the token is what it was refused for.</summary>
    public bool IsAboutTheToken => (int)_http.Status == 401;

    /// <summary>True when this one record set is not there, though its zone may not be there either.</summary>
    public bool IsNoSuchSet => (int)_http.Status == 404 && _call.IsOfRecordSet && !_call.Http.Writes && Code.Length > 0 && !NoPlaceCodes.Contains(Code);

    /// <summary>True when the zone, its resource group or its subscription is not there.</summary>
    public bool IsNoSuchPlace => (int)_http.Status is 404 or 400 && Code.Length > 0 && (NoPlaceCodes.Contains(Code) || ((int)_http.Status == 404 && !IsNoSuchSet));

    /// <summary>True when it is the subscription.</summary>
    public bool IsNoSuchSubscription => Code is NoSubscription or "InvalidSubscriptionId";

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
            throw new ProviderException(_call.Http.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient, $"{Purpose}: the reply of Azure is not as documented: {e.Message}", e);
        }
    }

    /// <summary>A failure with Azure's own words and ours.</summary>
    public ProviderException Failure(ProviderFailure failure, string advice) =>
        new(failure, $"{Purpose}: Azure answers {Said}{advice}{(_call.Http.Writes && failure != ProviderFailure.Ambiguous ? "; nothing was written" : string.Empty)}", cause: null, _http.RetryAfter);

    /// <summary>Why the call was not carried out; never called for success.</summary>
    /// <param name="skew">How far Azure's clock is ahead of ours.</param>
    public ProviderException Failure(TimeSpan? skew) => ((int)_http.Status, Code) switch
    {
        (429, _) => Failure(ProviderFailure.Transient, $": too many calls{Exhausted}"),
        (408 or >= 500, _) => Failure(_http.FailureOf(_call.Http.Writes), _call.Http.Writes ? "; it may have been carried out" : string.Empty),
        ( >= 300 and < 400, _) => Failure(ProviderFailure.Rejected, ": it redirects, which this API does not do: check baseUrl"),
        (401, _) => Failure(ProviderFailure.Rejected, $": {TokenAdvice(skew)}"),
        (403, "AuthorizationFailed" or "LinkedAuthorizationFailed" or "") => Failure(ProviderFailure.Rejected, $": the identity lacks {_call.Action} on {_call.Scope}: give it the role DNS Zone Contributor there, or one with this action; a new assignment takes up to ten minutes"),
        (403, "RequestDisallowedByPolicy") => Failure(ProviderFailure.Rejected, ": an Azure Policy forbids it: exempt the zone from it"),
        (409 or 403, "ScopeLocked") => Failure(ProviderFailure.Rejected, ": a lock on the zone or above keeps it from being changed: remove the read-only lock"),
        (409 or 403, "ReadOnlyDisabledSubscription") => Failure(ProviderFailure.Rejected, ": the subscription is disabled, so that its resources are read-only: enable it"),
        (409, "MissingSubscriptionRegistration") => Failure(ProviderFailure.Rejected, ": register the resource provider Microsoft.Network in the subscription"),
        (409, _) when _message.Contains("same name already exists", StringComparison.OrdinalIgnoreCase) => Failure(ProviderFailure.Rejected, ": a CNAME stands alone at its name: remove what is beside it"),
        (409, _) when _message.Contains("operation is pending", StringComparison.OrdinalIgnoreCase) => Failure(ProviderFailure.Transient, ": another change of it is under way"),
        (409 or 412, _) => Failure(ProviderFailure.Conflict, ": it is no longer what was read"),
        ( >= 400, "") => Failure(ProviderFailure.Rejected, ": the reply is none of its API: check baseUrl"),
        ( >= 400, _) => Failure(ProviderFailure.Rejected, string.Empty),
        _ => Failure(_call.Http.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient, ": the reply is none of its API: check baseUrl"),
    };

    private string TokenAdvice(TimeSpan? skew) => Code switch
    {
        "ExpiredAuthenticationToken" or "AadTokenExpired" => skew is { } by && by.Duration() > TimeSpan.FromMinutes(1) ? $"the token has expired, and this machine's clock is {Text.Of(by.Duration())} {(by > TimeSpan.Zero ? "behind" : "ahead")}: synchronise it" : "the token has expired: a new one is asked for with the next call",
        "InvalidAuthenticationTokenTenant" => "the token is of another tenant than the subscription: use an identity of the subscription's tenant (tenantId, or az account set)",
        "InvalidAuthenticationTokenAudience" => "the token is for another cloud: check cloud",
        _ => "the token is not accepted: check cloud, baseUrl, and where the credential comes from",
    };

    /// <summary>Which of the limits is used up (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).</summary>
    private string Exhausted
    {
        get
        {
            var used = _http.Headers.Where(header => header.Key.StartsWith("x-ms-ratelimit-remaining-", StringComparison.OrdinalIgnoreCase) && header.Value.Contains("0")).Select(header => header.Key["x-ms-ratelimit-remaining-".Length..]).ToList();
            return used.Count == 0 ? string.Empty : VendorText.Clean($" (no {string.Join(", ", used)} are left)");
        }
    }

    private string Said => VendorText.Clean($"HTTP {(int)_http.Status}{(Code.Length > 0 ? $", {Code}" : string.Empty)}{(_message.Length > 0 ? $", {_message.TrimEnd('.', ' ', '\n', '\r')}" : string.Empty)}", _token);

    private static JsonElement? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
