using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Signed calls, below a rate limit, with failures in the words of the API. Each part of the daemon that makes calls has one
/// of these, so that those that may wait do not hold up those that may not.
/// </summary>
internal sealed class Route53Calls : IDisposable
{
    private const string Version = "/2013-04-01/";

    private readonly Route53Options _options;
    private readonly TimeProvider _time;
    private readonly TokenBucket _bucket;
    private readonly ApiClient _api;
    private AwsKey? _lastKey;
    private readonly ThrottleBackoff _backoff = new(Random.Shared.NextDouble);

    /// <summary>Calls of one part of the daemon.</summary>
    /// <param name="options">Where to, and with which credentials.</param>
    /// <param name="bucket">Keeps the calls below a limit, and away for a while after throttling.</param>
    /// <param name="time">The clock.</param>
    public Route53Calls(Route53Options options, TokenBucket bucket, TimeProvider time)
    {
        (_options, _time, _bucket, Credentials) = (options, time, bucket, new AwsCredentials(options, time));
        Arn = $"arn:{options.Region.Split('-') switch { ["cn", ..] => "aws-cn", ["us", "gov", ..] => "aws-us-gov", _ => "aws" }}:route53::";
        _api = new ApiClient("Route 53", options.Timeout, AuthorizeAsync, time, bucket);
    }

    /// <summary>What all resources of Route 53 begin with, in this partition.</summary>
    public string Arn { get; }

    /// <summary>Where keys come from.</summary>
    public AwsCredentials Credentials { get; }

    /// <inheritdoc cref="ApiClient.ClockSkew"/>
    public TimeSpan? ClockSkew => _api.ClockSkew;

    /// <summary>Is told when a hosted zone that was there is there no longer.</summary>
    public Action? ZoneGone { get; set; }

    /// <summary>Ids come back with the kind of thing before them: <c>/hostedzone/Z…</c>, <c>/change/C…</c>.</summary>
    public static string Bare(string id) => id[(id.LastIndexOf('/') + 1)..];

    /// <summary>The failure of a reply that is not as it should be.</summary>
    public static ProviderException NotUnderstood(string purpose, ProviderFailure failure) =>
        new(failure, $"{purpose} at Route 53: the answer is not one of Route 53's, or not whole: check baseUrl");

    /// <summary>A call that only reads.</summary>
    public ApiCall Reading(string path, string purpose) => new(HttpMethod.Get, Address(path), purpose);

    /// <summary>A call that posts a document.</summary>
    public ApiCall Posting(string path, string purpose, XElement body) =>
        new(HttpMethod.Post, Address(path), purpose) { Writes = true, Body = Route53Xml.ToBytes(body), ContentType = "application/xml" };

    /// <summary>A call that deletes something.</summary>
    public ApiCall Deleting(string path, string purpose) => new(HttpMethod.Delete, Address(path), purpose) { Writes = true };

    /// <summary>Sends a call; the reply may be a failure.</summary>
    /// <exception cref="ProviderException">There is no usable reply.</exception>
    public async Task<ApiReply> SendAsync(ApiCall call, CancellationToken cancellationToken)
    {
        var reply = await _api.SendAsync(call, cancellationToken);
        if (reply.IsSuccess)
        {
            _backoff.Succeeded();
        }

        return reply;
    }

    /// <summary>Sends a call and gives the document that comes back.</summary>
    /// <param name="call">The call.</param>
    /// <param name="permission">The action and resource that it needs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ProviderException">There is no usable reply, or it is a failure.</exception>
    public async Task<XElement> ExchangeAsync(ApiCall call, string permission, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(call, cancellationToken);
        return !reply.IsSuccess ? throw Refused(call, reply, Route53Failure.Of(reply), permission)
            : Route53Xml.TryRead(reply.Body) ?? throw NotUnderstood(call.Purpose, call.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient);
    }

    /// <summary>What a failure means; throttling keeps further calls back for a while.</summary>
    public ProviderException Refused(ApiCall call, ApiReply reply, Route53Failure failure, string permission)
    {
        var retryAfter = reply.RetryAfter;
        if (failure.IsThrottling)
        {
            var pause = _backoff.Next();
            retryAfter ??= pause;
            _bucket.Pause(retryAfter.Value);
        }

        if (failure.IsNoSuchZone)
        {
            ZoneGone?.Invoke();
        }

        var skew = reply.Headers.Date is { } date ? _time.GetUtcNow() - date : (TimeSpan?)null;
        return failure.ToException(call, permission, skew, retryAfter, _lastKey?.SecretKey ?? string.Empty, _lastKey?.SessionToken ?? string.Empty);
    }

    /// <inheritdoc/>
    public void Dispose() => _api.Dispose();

    private Uri Address(string path) => new($"{_options.BaseUrl.AbsoluteUri.TrimEnd('/')}{Version}{path}");

    private async ValueTask AuthorizeAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var key = await Credentials.GetAsync(cancellationToken);
        _lastKey = key;
        SignatureV4.Sign(request, body.Span, key, _options.Region, "route53", _time.GetUtcNow());
    }
}
