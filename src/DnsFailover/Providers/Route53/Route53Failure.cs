using System.Net;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// What a reply that is no success says (https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html). The
/// code is in one of two envelopes: ErrorResponse, or for a batch that was not taken an element of its own.
/// </summary>
internal sealed class Route53Failure
{
    /// <summary>AWS refuses signatures whose time differs more; also what is told is only told from here on.</summary>
    private static readonly TimeSpan TellingSkew = TimeSpan.FromMinutes(2);

    private static readonly string[] TooFast = ["Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown", "BandwidthLimitExceeded"];

    private static readonly string[] BadSignature = ["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"];

    private static readonly string[] BadTime = ["RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"];

    private Route53Failure(HttpStatusCode status, string code, IReadOnlyList<string> messages) => (Status, Code, Messages) = (status, code, messages);

    /// <summary>The status of the reply.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>For example AccessDenied; empty where the reply has none.</summary>
    public string Code { get; }

    /// <summary>What it says.</summary>
    public IReadOnlyList<string> Messages { get; }

    /// <summary>True when the batch was looked at and not taken: nothing was written.</summary>
    public bool IsInvalidBatch => Code is "InvalidChangeBatch" or "InvalidInput" or "NoSuchHealthCheck";

    /// <summary>True when the account's limit is reached; Route 53 says so with status 400.</summary>
    public bool IsThrottling => TooFast.Contains(Code, StringComparer.Ordinal) || Status == HttpStatusCode.TooManyRequests;

    /// <summary>True when the hosted zone is busy with an earlier change.</summary>
    public bool IsBusy => Code == "PriorRequestNotComplete";

    /// <summary>True when there is no such zone (any more).</summary>
    public bool IsNoSuchZone => Code == "NoSuchHostedZone";

    /// <summary>True when a message says that the credential is none, or no longer.</summary>
    public static bool IsAboutCredential(string message) =>
        Array.Exists(["the access key is not known", "credentials have expired", "the signature is not accepted", "there are no AWS credentials", "AWS gives no credentials", "no AWS credentials came"], sentence => message.Contains(sentence, StringComparison.Ordinal));

    /// <summary>Reads a reply.</summary>
    public static Route53Failure Of(ApiReply reply)
    {
        var root = Route53Xml.TryRead(reply.Body);
        if (root?.Name.LocalName == "InvalidChangeBatch")
        {
            return new Route53Failure(reply.Status, "InvalidChangeBatch", [.. root.Child("Messages")?.Children("Message").Select(message => message.Value) ?? [root.Text("Message") ?? string.Empty]]);
        }

        var error = root?.Name.LocalName == "Error" ? root : root?.Child("Error");
        return new Route53Failure(reply.Status, error?.Text("Code") ?? string.Empty, error?.Text("Message") is { Length: > 0 } message ? [message] : []);
    }

    /// <summary>What it means for a call, with what to do.</summary>
    /// <param name="call">The call.</param>
    /// <param name="permission">The action and resource that it needs.</param>
    /// <param name="skew">How far this machine's clock is ahead of theirs, by the reply's Date; null when it has none.</param>
    /// <param name="retryAfter">When to come back, for failures that pass.</param>
    /// <param name="secrets">What must not be repeated.</param>
    public ProviderException ToException(ApiCall call, string permission, TimeSpan? skew, TimeSpan? retryAfter, params ReadOnlySpan<string> secrets)
    {
        var failure = IsThrottling || IsBusy ? ProviderFailure.Transient
            : (int)Status is 408 or >= 500 ? call.Writes ? ProviderFailure.Ambiguous : ProviderFailure.Transient
            : ProviderFailure.Rejected;
        return new ProviderException(failure, $"{call.Purpose} at Route 53: {Sentence(permission, skew, call.Writes, VendorText.Clean(string.Join("; ", Messages), secrets))}", cause: null, failure == ProviderFailure.Rejected ? null : retryAfter);
    }

    /// <summary>What it says about a bad signature repeats the request with its session token, and is not passed on.</summary>
    private string Sentence(string permission, TimeSpan? skew, bool writes, string said) => Code switch
    {
        _ when IsThrottling => "the account's rate limit is reached (Throttling); nothing was done",
        _ when IsBusy => "the hosted zone is busy with an earlier change (PriorRequestNotComplete); nothing was done",
        "AccessDenied" or "AccessDeniedException" or "UnauthorizedOperation" => $"the credentials lack {permission} (AccessDenied); Route 53 says: {said}",
        "InvalidClientTokenId" or "UnrecognizedClientException" or "InvalidAccessKeyId" => $"the access key is not known to AWS ({Code}): check accessKeyId, profile or the role, and that the key is active",
        "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" => $"the temporary credentials have expired ({Code}): renew them, or use a role, which renews them by itself",
        "MissingAuthenticationToken" or "MissingAuthenticationTokenException" => $"the request came without a signature ({Code}): something in between removes the Authorization header",
        "NoSuchHostedZone" => "the hosted zone is not there any more (NoSuchHostedZone): it is looked up again",
        "OptInRequired" => $"the account may not use Route 53 ({Code})",
        _ when BadTime.Contains(Code, StringComparer.Ordinal) || (BadSignature.Contains(Code, StringComparer.Ordinal) && IsTelling(skew)) => $"the signature's time is not accepted ({Code}): {Clock(skew)}",
        _ when BadSignature.Contains(Code, StringComparer.Ordinal) => $"the signature is not accepted ({Code}): the secret key does not belong to the access key; check secretAccessKey, sessionToken and region",
        _ when (int)Status >= 500 => $"Route 53 has trouble of its own ({(int)Status}{(Code.Length > 0 ? $" {Code}" : string.Empty)}){(writes ? "; the change may have been carried out" : string.Empty)}",
        _ when (int)Status is >= 300 and < 400 => $"the answer is a redirect ({(int)Status}), which is not followed: check baseUrl",
        "" => $"the answer is {(int)Status} and none of Route 53's: check baseUrl",
        _ => $"it is refused ({Code}): {said}",
    };

    private static bool IsTelling(TimeSpan? skew) => skew is { } by && by.Duration() >= TellingSkew;

    private static string Clock(TimeSpan? skew) => skew is { } by && IsTelling(skew)
        ? $"this machine's clock is {Text.Of(by.Duration())} {(by > TimeSpan.Zero ? "ahead of" : "behind")} theirs; synchronise it, AWS allows 5 min"
        : "this machine's clock differs from theirs; synchronise it, AWS allows 5 min";
}
