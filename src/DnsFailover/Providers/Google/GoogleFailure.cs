using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Google;

/// <summary>
/// What a reply that is no success says, in the envelope of Google's APIs: <c>error.code</c>, <c>.message</c>,
/// <c>.status</c>, <c>.errors[].reason</c> and, for newer ones, <c>.details[]</c>
/// (https://cloud.google.com/apis/design/errors, https://cloud.google.com/dns/docs/error-messages).
/// </summary>
internal sealed class GoogleFailure
{
    private const string SubjectKey = "subject";

    private static readonly string[] TooFast = ["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"];

    private static readonly string[] Quota = ["quotaExceeded", "dailyLimitExceeded"];

    private static readonly string[] NotEnabled = ["accessNotConfigured", "SERVICE_DISABLED"];

    private static readonly string[] NarrowToken = ["ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"];

    private readonly ApiReply _reply;
    private readonly bool _writes;
    private readonly HashSet<string> _reasons;

    private GoogleFailure(ApiReply reply, bool writes, JsonElement? error)
    {
        (_reply, _writes) = (reply, writes);
        var details = error?.List("details") ?? [];
        IEnumerable<string?> reasons = [error?.OptionalText("status"), .. (error?.List("errors") ?? []).Select(one => one.OptionalText("reason")), .. details.Select(one => one.OptionalText("reason"))];
        _reasons = [.. reasons.OfType<string>().Where(reason => reason.Length > 0)];
        Message = error?.OptionalText("message") ?? string.Empty;
        Permission = details.Select(one => one.Object("metadata")?.OptionalText("permission")).FirstOrDefault(permission => permission is not null);
        IsGoogles = error is not null;
    }

    /// <summary>True when it is in the envelope.</summary>
    public bool IsGoogles { get; }

    /// <summary>What it says.</summary>
    public string Message { get; }

    /// <summary>The permission that is missing, where it is named.</summary>
    public string? Permission { get; }

    /// <summary>True when the credential is not known or no longer.</summary>
    public bool IsUnauthenticated => (int)_reply.Status == 401;

    /// <summary>True when so many calls are too many. The quotas of what a zone may hold are another matter.</summary>
    public bool IsThrottling => (int)_reply.Status == 429 || ((int)_reply.Status == 403 && (Has(TooFast) || (Has(Quota) && !_writes)));

    /// <summary>True when the project or the managed zone is not there.</summary>
    public bool IsNoSuchZone => (int)_reply.Status == 404 && IsGoogles && !Message.Contains("'entity.", StringComparison.Ordinal);

    /// <summary>True when a change was looked at and did not fit what is there: nothing was written.</summary>
    public bool IsMisfit => IsGoogles && ((int)_reply.Status is 409 or 412 || ((int)_reply.Status == 404 && !IsNoSuchZone) || Has(["cnameResourceRecordSetConflict"]));

    /// <summary>Reads a reply.</summary>
    public static GoogleFailure Of(ApiReply reply, bool writes)
    {
        try
        {
            using var document = JsonDocument.Parse(reply.Body);
            return new GoogleFailure(reply, writes, document.RootElement.Object("error")?.Clone());
        }
        catch (JsonException)
        {
            return new GoogleFailure(reply, writes, error: null);
        }
    }

    /// <summary>What it means for a call, with what to do.</summary>
    /// <param name="call">The call.</param>
    /// <param name="permission">What the call needs.</param>
    /// <param name="project">The project.</param>
    /// <param name="retryAfter">When to come back, for failures that pass.</param>
    /// <param name="token">What must not be repeated.</param>
    public ProviderException ToException(ApiCall call, string permission, string project, TimeSpan? retryAfter, string token)
    {
        var failure = IsThrottling ? ProviderFailure.Transient : _reply.FailureOf(call.Writes);
        var (subject, sentence) = Told(permission, project, VendorText.Clean(Message, token));
        var exception = new ProviderException(failure, $"{call.Purpose} at Google Cloud DNS: {sentence}{(call.Writes && failure == ProviderFailure.Rejected ? "; nothing was written" : string.Empty)}", cause: null, failure == ProviderFailure.Rejected ? null : retryAfter);
        exception.Data[SubjectKey] = subject;
        return exception;
    }

    /// <summary>What an exception is about, in the words of findings.</summary>
    public static string SubjectOf(ProviderException exception) => exception.Data[SubjectKey] as string ?? (exception.Failure == ProviderFailure.Transient ? "connection" : "zone");

    private (string Subject, string Sentence) Told(string permission, string project, string said) => (int)_reply.Status switch
    {
        _ when IsThrottling => ("limits", $"the project's quota of calls is reached ({Reason}); nothing was done"),
        401 => ("credential", $"the token is not accepted ({Reason}): the credential is unknown, expired, disabled or deleted; check it"),
        403 when Has(NotEnabled) => ("project", $"the Cloud DNS API is not enabled in the project {project}: enable dns.googleapis.com there"),
        403 when Has(["inactiveBillingState"]) => ("project", $"the project {project} is not billed at the moment: mend its billing account"),
        403 when Has(Quota) => ("limits", $"a quota of the project {project} would be exceeded: ask Google for more; it says: {said}"),
        403 when Has(NarrowToken) => ("permissions", $"the token may do less than it must: give the machine's service account the access scope {GoogleCredentials.Scope} or cloud-platform ({Reason})"),
        403 => ("permissions", $"the credential lacks {(Permission is { } named && !permission.Contains(named, StringComparison.Ordinal) ? $"{named}; it needs {permission}" : permission)} ({Reason}); Google says: {said}"),
        404 when IsNoSuchZone => ("zone", $"there is no such project or managed zone: check project and managedZone; it says: {said}"),
        408 or >= 500 => ("connection", $"Google has trouble of its own ({(int)_reply.Status}{(_reasons.Count > 0 ? $" {Reason}" : string.Empty)}){(_writes ? "; the change may have been carried out" : string.Empty)}"),
        >= 300 and < 400 => ("connection", $"the answer is a redirect ({(int)_reply.Status}), which is not followed: check baseUrl"),
        _ when !IsGoogles => ("connection", $"the answer is {(int)_reply.Status} and none of Google's: check baseUrl"),
        _ => ("zone", $"it is refused ({(int)_reply.Status} {Reason}): {said}"),
    };

    private string Reason => VendorText.Clean(string.Join(" ", _reasons.Order(StringComparer.Ordinal)));

    private bool Has(string[] reasons) => _reasons.Overlaps(reasons);
}
