using System.Globalization;
using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>
/// A reply in Cloudflare's envelope: <c>success</c>, <c>errors</c>, <c>result</c>. What it means goes by the status first
/// and the code second, since codes have changed without notice.
/// </summary>
internal sealed class CloudflareReply
{
    /// <summary>Codes of a token that is unknown, malformed or not allowed something.</summary>
    private static readonly int[] TokenCodes = [1000, 6003, 6111, 9103, 9106, 9107, 9109, 10000, 10001];

    /// <summary>A record of this name, or this very record, is there already, or a CNAME would stand beside others.</summary>
    private static readonly int[] ExistsCodes = [81053, 81054, 81056, 81057, 81058];

    /// <summary>The record is not there any more.</summary>
    private const int GoneCode = 81044;

    /// <summary>The path leads nowhere: the id of the zone is none.</summary>
    private static readonly int[] NoRouteCodes = [1001, 7000, 7003];

    private readonly CloudflareCall _call;
    private readonly ApiReply _http;
    private readonly CloudflareOptions _options;
    private readonly JsonElement? _json;
    private readonly IReadOnlyList<(int Code, string Message)> _errors;

    /// <summary>Reads the envelope; a body that is no JSON is a failure of its own.</summary>
    public CloudflareReply(CloudflareCall call, ApiReply http, CloudflareOptions options)
    {
        (_call, _http, _options) = (call, http, options);
        _json = Parse(http.Body);
        _errors = [.. (_json?.List("errors") ?? []).Select(error => (error.Number("code") ?? 0, error.OptionalText("message") ?? string.Empty))];
    }

    /// <summary>What the call was for.</summary>
    public string Purpose => _call.Http.Purpose;

    /// <summary>True when the status and the envelope say so.</summary>
    public bool IsSuccess => _http.IsSuccess && _json?.Flag("success") == true;

    /// <summary>True when the token is what it was refused for.</summary>
    public bool IsAboutTheToken => (int)_http.Status is 401 or 403 || ((int)_http.Status is >= 400 and < 500 and not 429 && Has(TokenCodes));

    /// <summary>True when the id of the zone is not known there, so that what was looked up is out of date.</summary>
    public bool IsAboutTheZone => (int)_http.Status is 400 or 404 && Has(NoRouteCodes);

    /// <summary>Of a reply about the token: <c>active</c>, <c>disabled</c> or <c>expired</c>.</summary>
    public string? TokenStatus => _json?.Object("result")?.OptionalText("status");

    /// <summary>Of a reply about the token: when it ends.</summary>
    public DateTimeOffset? TokenExpiry => _json?.Object("result")?.OptionalText("expires_on") is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) ? at : null;

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
            throw new ProviderException(WhenUnclear, $"{Purpose}: the reply of Cloudflare is not as documented: {e.Message}", e);
        }
    }

    /// <summary>Why the call was not carried out; never called for success.</summary>
    public ProviderException Failure()
    {
        var (failure, advice) = (int)_http.Status switch
        {
            429 => (_http.FailureOf(_call.Http.Writes), $": too many calls{(_http.RetryAfter is null ? string.Empty : ", it asks us to wait")}; nothing was done"),
            408 or >= 500 => (_http.FailureOf(_call.Http.Writes), _call.Http.Writes ? "; it may have been carried out" : string.Empty),
            >= 300 and < 400 => (ProviderFailure.Rejected, ": it redirects, which an API does not do: check baseUrl"),
            404 when _call.One is { } one => (ProviderFailure.Conflict, $": the {one} is gone; nothing was written"),
            >= 400 when IsAboutTheZone && _call.Permission is Permission.ReadPools or Permission.EditPools => (ProviderFailure.Rejected, $": it knows no such account: check {(_options.AccountId is null ? "the zone's account" : "accountId")}"),
            >= 400 when IsAboutTheZone => (ProviderFailure.Rejected, $": it knows no such zone: check {(_options.ZoneId is null ? "zone" : "zoneId")}"),
            >= 400 or 200 when Has(ExistsCodes) => (ProviderFailure.Conflict, "; nothing was written"),
            >= 400 or 200 when Has([GoneCode]) => (ProviderFailure.Conflict, ": the record is gone; nothing was written"),
            409 => (ProviderFailure.Conflict, "; nothing was written"),
            >= 400 => (ProviderFailure.Rejected, _call.Http.Writes ? "; nothing was written" : string.Empty),
            _ when _json?.Flag("success") == false && _errors.Count > 0 => (ProviderFailure.Rejected, _call.Http.Writes ? "; nothing was written" : string.Empty),
            _ => (WhenUnclear, ": the reply is not one of its API: check baseUrl"),
        };
        return new ProviderException(failure, $"{Purpose}: Cloudflare answers {Said}{advice}", cause: null, _http.RetryAfter);
    }

    /// <summary>Why the token does not do; nothing was written.</summary>
    /// <param name="complaint">What is wrong with the token itself; null when it is fine, so that a permission is missing.</param>
    public ProviderException Refusal(string? complaint) =>
        new(ProviderFailure.Rejected, $"{Purpose}: Cloudflare refuses the token ({Said}): {complaint ?? Missing}", cause: null, _http.RetryAfter);

    private string Missing => _call.Permission switch
    {
        _ when (int)_http.Status == 401 || Has([1000, 6003, 6111, 10001]) => "it is not known there: check that it is an API token, whole, and not revoked",
        Permission.ReadZone => $"it needs the permission Zone → Zone → Read for {_options.Zone} (Zone.Zone:Read); or give zoneId",
        Permission.ReadRecords => $"it needs the permission Zone → DNS → Edit for {_options.Zone} (Zone.DNS:Edit), and cannot even read",
        Permission.ReadLoadBalancers => $"it needs the permission Zone → Load Balancers → Edit for {_options.Zone}, and cannot even read",
        Permission.EditLoadBalancers => $"it needs the permission Zone → Load Balancers → Edit for {_options.Zone}",
        Permission.ReadPools => $"it needs the permission Account → Load Balancing: Monitors and Pools → Edit for the account of {_options.Zone}, and cannot even read",
        Permission.EditPools => $"it needs the permission Account → Load Balancing: Monitors and Pools → Edit for the account of {_options.Zone}",
        _ => $"it needs the permission Zone → DNS → Edit for {_options.Zone} (Zone.DNS:Edit)",
    };

    private ProviderFailure WhenUnclear => _call.Http.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient;

    private string Said
    {
        get
        {
            var errors = string.Join("; ", _errors.Take(3).Select(error => $"{error.Code} {error.Message}"));
            return VendorText.Clean(errors.Length == 0 ? $"HTTP {(int)_http.Status}" : $"HTTP {(int)_http.Status}, {errors}", Token);
        }
    }

    private string Token
    {
        get
        {
            try
            {
                return _options.Token.Reveal().Trim();
            }
            catch (Configuration.SecretUnavailableException)
            {
                return string.Empty; // gone since it was sent
            }
        }
    }

    private bool Has(int[] codes) => _errors.Any(error => codes.Contains(error.Code));

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
