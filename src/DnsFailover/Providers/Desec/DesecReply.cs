using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Desec;

/// <summary>A reply of deSEC: the thing itself, <c>{"detail": …}</c>, or what is wrong with each part of the request.</summary>
internal sealed partial class DesecReply
{
    private readonly ApiCall _call;
    private readonly ApiReply _http;
    private readonly DesecOptions _options;
    private readonly JsonElement? _json;

    /// <summary>Reads the body; one that is no JSON is a failure of its own.</summary>
    public DesecReply(ApiCall call, ApiReply http, DesecOptions options) => (_call, _http, _options, _json) = (call, http, options, Parse(http.Body));

    /// <summary>2xx.</summary>
    public bool IsSuccess => _http.IsSuccess;

    /// <summary>True when what was asked for is not there, and deSEC says so itself.</summary>
    public bool IsNotFound => (int)_http.Status == 404 && _json?.OptionalText("detail") is not null;

    /// <summary>True when it is something in the request that was refused, and not who asks or when.</summary>
    public bool IsAboutContent => (int)_http.Status is 400 or 403;

    /// <summary>How long deSEC asks to be left alone; its header, or else its words.</summary>
    public TimeSpan? RetryAfter => _http.RetryAfter ?? ((int)_http.Status == 429 && SecondsLeft().Match(Said) is { Success: true } match
        ? TimeSpan.FromSeconds(Math.Min(3600, double.Parse(match.Groups["seconds"].ValueSpan, CultureInfo.InvariantCulture)))
        : null);

    /// <summary>The positions of a bulk request that were refused; empty when it is not said which.</summary>
    public IReadOnlySet<int> RefusedPositions => (int)_http.Status == 400 && _json is { ValueKind: JsonValueKind.Array } list
        ? list.EnumerateArray().Index().Where(item => item.Item.ValueKind != JsonValueKind.Object || item.Item.EnumerateObject().Any()).Select(item => item.Index).ToHashSet()
        : new HashSet<int>();

    /// <summary>The cursor of the next page, from the <c>Link</c> header (RFC 8288); null on the last one. The link's host is not looked at: the next page is asked for where the first one was.</summary>
    public string? NextCursor
    {
        get
        {
            var links = _http.Headers.TryGetValues("Link", out var values) ? string.Join(", ", values) : string.Empty;
            var next = NextLink().Match(links);
            return !next.Success ? null
                : CursorIn().Match(next.Groups["link"].Value) is { Success: true } cursor ? Uri.UnescapeDataString(cursor.Groups["cursor"].Value)
                : throw Unclear("its link to the next page has no cursor");
        }
    }

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
            throw Unclear(e.Message);
        }
    }

    /// <summary>Why the call was not carried out; never called for success.</summary>
    /// <param name="missing">What the token would have to be allowed.</param>
    public ProviderException Failure(string missing)
    {
        var nothing = _call.Writes ? "; nothing was written" : string.Empty;
        var (failure, advice) = (int)_http.Status switch
        {
            401 => (ProviderFailure.Rejected, $": the token is not known there, has expired (max_age, max_unused_period), or may not be used from this address (allowed_subnets): check it, or make another{nothing}"),
            403 => (ProviderFailure.Rejected, $": {missing}{nothing}"),
            404 => (ProviderFailure.Rejected, $": it does not speak the API of deSEC there: check baseUrl{nothing}"),
            409 => (ProviderFailure.Conflict, nothing),
            429 => (ProviderFailure.Transient, $": too many calls{nothing}"),
            408 or >= 500 => (_http.FailureOf(_call.Writes), _call.Writes ? "; it may have been carried out" : string.Empty),
            >= 300 and < 400 => (ProviderFailure.Rejected, ": it redirects, which an API does not do: check baseUrl"),
            _ when Said.Contains("ttl:", StringComparison.Ordinal) => (ProviderFailure.Rejected, $": the domain's minimum_ttl is larger than smallestTtl says: correct smallestTtl and ttl, or let deSEC's support lower it{nothing}"),
            _ => (ProviderFailure.Rejected, nothing),
        };
        return new ProviderException(failure, $"{_call.Purpose}: deSEC answers {Said}{advice}", cause: null, RetryAfter);
    }

    private ProviderException Unclear(string reason) =>
        new(_call.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient, $"{_call.Purpose}: the reply of deSEC is not as documented: {VendorText.Clean(reason, Token)}");

    private string Said
    {
        get
        {
            var texts = string.Join("; ", Texts(_json, member: null).Distinct().Take(3));
            return VendorText.Clean(texts.Length == 0 ? $"HTTP {(int)_http.Status}" : $"HTTP {(int)_http.Status}, {texts}", Token);
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
            catch (SecretUnavailableException)
            {
                return string.Empty; // gone since it was sent
            }
        }
    }

    /// <summary>Every text in an error, each with the field that it is about.</summary>
    private static IEnumerable<string> Texts(JsonElement? json, string? member) => json switch
    {
        { ValueKind: JsonValueKind.String } text => [member is null or "detail" or "non_field_errors" ? text.GetString()! : $"{member}: {text.GetString()}"],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().SelectMany(item => Texts(item, member)),
        { ValueKind: JsonValueKind.Object } fields => fields.EnumerateObject().SelectMany(field => Texts(field.Value, field.Name)),
        _ => [],
    };

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

    [GeneratedRegex("""<(?<link>[^>]*)>\s*;\s*rel="?next"?""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NextLink();

    [GeneratedRegex("[?&]cursor=(?<cursor>[^&#]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CursorIn();

    [GeneratedRegex(@"available in (?<seconds>\d{1,9}) second", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecondsLeft();
}
