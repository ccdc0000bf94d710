using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Webhook;

/// <summary>
/// The calls of the contract (<c>config/webhook-provider.openapi.json</c>), with every failure as a <see cref="ProviderException"/>.
/// </summary>
internal sealed class WebhookClient : IDisposable
{
    /// <summary>A server of one's own need not bear more; what it bears less it says with 429 or 503 and <c>Retry-After</c>.</summary>
    private const int Burst = 100;

    private const double PerSecond = 20;

    private const int MostWaiting = 1000;

    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly ApiClient _api;
    private readonly string _zoneUrl;

    /// <summary>A client without a connection yet.</summary>
    public WebhookClient(WebhookOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Server = options.BaseUrl.IsDefaultPort ? options.BaseUrl.Host : $"{options.BaseUrl.Host}:{options.BaseUrl.Port}";
        _zoneUrl = $"{options.BaseUrl.AbsoluteUri.TrimEnd('/')}/v{ZoneDocument.SpokenVersion}/zones/{options.Zone}";
        _api = new ApiClient(Server, options.Timeout, AuthorizeAsync, time, new TokenBucket(Server, Burst, PerSecond, MostWaiting, time));
    }

    /// <summary>The server, for messages.</summary>
    public string Server { get; }

    /// <inheritdoc cref="ApiClient.ClockSkew"/>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    /// <summary>What the server says of itself and of the zone.</summary>
    public async Task<ZoneDocument> ZoneAsync(CancellationToken cancellationToken)
    {
        var call = Read(string.Empty, $"the zone {_options.Zone} cannot be looked up");
        return Parse(call, await SendAsync(call, cancellationToken), ZoneDocument.Read);
    }

    /// <summary>The records of one name; a name without records has a document without sets.</summary>
    public async Task<NameDocument> NameAsync(DnsName name, CancellationToken cancellationToken)
    {
        var call = Read($"/names/{name}", $"the records of {name} cannot be read");
        return Parse(call, await SendAsync(call, cancellationToken), json => About(name, json));
    }

    /// <summary>Every name of the zone that has records; null when that would take more than <paramref name="mostPages"/> calls.</summary>
    public async Task<IReadOnlyList<NameDocument>?> NamesAsync(int mostPages, CancellationToken cancellationToken)
    {
        var names = new List<NameDocument>();
        string? cursor = null;
        for (var page = 1; page <= mostPages; page++)
        {
            var call = Read(cursor is null ? "/names" : $"/names?cursor={Uri.EscapeDataString(cursor)}", $"the records of {_options.Zone} cannot be read");
            var (found, next) = Parse(call, await SendAsync(call, cancellationToken), Page);
            names.AddRange(found);
            if (next is null)
            {
                return names;
            }

            cursor = next;
        }

        return null;
    }

    /// <summary>Asks for a change; the reply shows the records after it, or those that are in the way.</summary>
    public async Task<NameDocument?> ChangeAsync(ChangeSet change, string id, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(NameDocument.For(change, id).ToJsonString());
        var call = new ApiCall(HttpMethod.Patch, new Uri($"{_zoneUrl}/names/{change.Name}"), $"the change of {change.Name} failed") { Writes = true, Body = body, ShownPath = Shown($"/names/{change.Name}") };
        var reply = await _api.SendAsync(call, cancellationToken);
        if ((int)reply.Status == 409)
        {
            throw Conflict(change, reply);
        }

        if (!reply.IsSuccess)
        {
            throw Failure(call, reply);
        }

        try
        {
            return About(change.Name, Document(reply) ?? throw new JsonException("it is no JSON"));
        }
        catch (JsonException)
        {
            return null; // it was carried out, so that only a read can tell
        }
    }

    private ApiCall Read(string path, string purpose) => new(HttpMethod.Get, new Uri($"{_zoneUrl}{path}"), purpose) { ShownPath = Shown(path) };

    /// <summary>The path below baseUrl, whose own may hold something confidential.</summary>
    private string Shown(string path) => $"/v{ZoneDocument.SpokenVersion}/zones/{_options.Zone}{path.Split('?')[0]}";

    private async Task<ApiReply> SendAsync(ApiCall call, CancellationToken cancellationToken)
    {
        var reply = await _api.SendAsync(call, cancellationToken);
        return reply.IsSuccess ? reply : throw Failure(call, reply);
    }

    private static NameDocument About(DnsName name, JsonElement json) =>
        NameDocument.Find(json) is { } document && document.Name == name ? document : throw new JsonException($"it is not about {name}");

    private static (List<NameDocument> Names, string? Next) Page(JsonElement json)
    {
        var names = json.List("names") ?? throw new JsonException("'names' is missing or no list");
        return json.TryGetProperty("next", out var next) && next.ValueKind is JsonValueKind.Null or JsonValueKind.String
            ? ([.. names.Select(NameDocument.Find).OfType<NameDocument>()], next.AsText() is { Length: > 0 } cursor ? cursor : null)
            : throw new JsonException("'next' is missing: it does not say whether more follow");
    }

    private T Parse<T>(ApiCall call, ApiReply reply, Func<JsonElement, T> read)
    {
        try
        {
            return read(Document(reply) ?? throw new JsonException("it is no JSON"));
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.Transient, $"{call.Purpose}: the reply of {Server} is not as the contract says: {VendorText.Clean(e.Message, Secrets())}", e);
        }
    }

    private static JsonElement? Document(ApiReply reply)
    {
        try
        {
            using var document = JsonDocument.Parse(reply.Body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ProviderException Conflict(ChangeSet change, ApiReply reply)
    {
        try
        {
            if (Document(reply)?.Object("now") is { } now)
            {
                return change.NoLongerAsRead(About(change.Name, now).Records());
            }
        }
        catch (Exception e) when (e is JsonException or ProviderException)
        {
            // What is in the way cannot be shown; that something is, has been said.
        }

        return new ProviderException(ProviderFailure.Conflict, $"the records of {change.Name} are no longer what was read ({Said(reply)}); nothing was written");
    }

    private ProviderException Failure(ApiCall call, ApiReply reply)
    {
        var nothing = call.Writes ? "; nothing was written" : string.Empty;
        var (failure, advice) = (int)reply.Status switch
        {
            401 => (ProviderFailure.Rejected, $": {(_options.Token is null ? "it wants a credential, and none is configured: set token" : "the credential is unknown or has expired: correct token")}{nothing}"),
            403 => (ProviderFailure.Rejected, $": the credential lacks a permission{nothing}"),
            404 => (ProviderFailure.Rejected, NotFound(reply)),
            429 => (ProviderFailure.Transient, $": too many calls{nothing}"),
            408 or >= 500 => (reply.FailureOf(call.Writes), call.Writes ? "; it may have been carried out" : string.Empty),
            >= 300 and < 400 => (ProviderFailure.Rejected, ": it redirects, which an API does not do: check baseUrl"),
            < 300 => (call.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient, ": the reply is not of the contract: check baseUrl"),
            _ => (ProviderFailure.Rejected, nothing),
        };
        return new ProviderException(failure, $"{call.Purpose}: {Server} answers {Said(reply)}{advice}", cause: null, reply.RetryAfter);
    }

    private string NotFound(ApiReply reply)
    {
        string[] zones = [.. (Document(reply)?.List("zones") ?? []).Where(zone => zone.ValueKind == JsonValueKind.String).Select(zone => VendorText.Clean(zone.GetString()!, Secrets()))];
        return zones.Length == 0
            ? $": it knows no zone {_options.Zone}, or does not speak the contract there: check zone and baseUrl"
            : $": it has no zone {_options.Zone}{Nearest.Hint(_options.Zone.ToString(), zones)}; it has {Near(zones)}: correct zone";
    }

    private string Near(string[] zones)
    {
        const int most = 5;
        var near = zones.OrderBy(zone => Nearest.Slips(_options.Zone.ToString(), zone)).ThenBy(zone => zone, StringComparer.Ordinal).Take(most);
        return string.Join(", ", near) + (zones.Length > most ? " and others" : string.Empty);
    }

    private string Said(ApiReply reply) =>
        VendorText.Clean(Document(reply)?.OptionalText("message") is { Length: > 0 } message ? $"HTTP {(int)reply.Status}, {message}" : $"HTTP {(int)reply.Status}", Secrets());

    /// <summary>What a server might repeat.</summary>
    private string[] Secrets() => [.. new[] { _options.Token, _options.SigningSecret }.OfType<Secret>().Select(Value)];

    private static string Value(Secret secret)
    {
        try
        {
            return secret.Reveal().Trim();
        }
        catch (SecretUnavailableException)
        {
            return string.Empty; // gone since it was sent
        }
    }

    private ValueTask AuthorizeAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (_options.Token?.Reveal().Trim() is { } token)
        {
            if (token.Length == 0 || WebhookOptions.Complaint(token) is not null)
            {
                throw new ProviderException(ProviderFailure.Rejected, $"the token for {Server} {WebhookOptions.Complaint(token) ?? "is empty"}: correct it; nothing was sent");
            }

            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (_options.SigningSecret?.Reveal().Trim() is { } secret)
        {
            request.Headers.Add(RequestSignature.Header, RequestSignature.Of(secret, _time.GetUtcNow(), request.Method.Method, request.RequestUri!.PathAndQuery, body.Span));
        }

        return ValueTask.CompletedTask;
    }
}
