using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Route53;

/// <summary>A health check as it is listed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Reference">What it was created with, once and for all.</param>
/// <param name="Version">Counts its updates; an update is made on condition of it.</param>
/// <param name="Config">What it does; null where it is of a kind that the daemon never makes.</param>
internal sealed record ListedHealthCheck(string Id, string Reference, long Version, HealthCheckConfig? Config);

/// <summary>
/// The calls about health checks (https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53.html),
/// apart from those about records: their rate limit is their own, so that throttling here holds up no switch.
/// </summary>
internal sealed class HealthCheckClient(Route53Options options, TimeProvider time) : IDisposable
{
    /// <summary>An account has 200 health checks unless it has asked for more.</summary>
    private const int MostPages = 50;

    /// <summary>The most that ListTagsForResources takes.</summary>
    public const int MostTagged = 10;

    private readonly Route53Calls _calls = new(options, AccountLimit.ForHealthChecks(options, time), time);
    private readonly TokenBucket _changes = AccountLimit.ForNewHealthChecks(options, time);

    /// <summary>ListHealthChecks (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHealthChecks.html): all of the account, page by page.</summary>
    public async Task<IReadOnlyList<ListedHealthCheck>> ListAsync(CancellationToken cancellationToken)
    {
        const string purpose = "listing the health checks";
        var checks = new List<ListedHealthCheck>();
        string? marker = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var call = _calls.Reading($"healthcheck?maxitems=100{(marker is null ? string.Empty : $"&marker={Uri.EscapeDataString(marker)}")}", purpose);
            var root = await _calls.ExchangeAsync(call, "route53:ListHealthChecks on *", cancellationToken);
            if (root.Child("HealthChecks") is not { } list || root.Text("IsTruncated") is not ("true" or "false"))
            {
                throw Route53Calls.NotUnderstood(purpose, ProviderFailure.Transient);
            }

            checks.AddRange(list.Children("HealthCheck").Select(check => Read(check, purpose)));
            marker = root.IsTrue("IsTruncated") ? root.Text("NextMarker") ?? throw Route53Calls.NotUnderstood(purpose, ProviderFailure.Transient) : null;
            if (marker is null)
            {
                return checks;
            }
        }

        throw new ProviderException(ProviderFailure.Transient, $"{purpose} at Route 53: the pages do not come to an end");
    }

    /// <summary>ListTagsForResources (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTagsForResources.html), for up to ten ids.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> TagsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var body = Route53Xml.Element("ListTagsForResourcesRequest", Route53Xml.Element("ResourceIds", [.. ids.Select(id => Route53Xml.Element("ResourceId", id))]));
        var call = _calls.Posting("tags/healthcheck", "reading the tags of health checks", body) with { Writes = false };
        var root = await _calls.ExchangeAsync(call, $"route53:ListTagsForResources on {_calls.Arn}:healthcheck/*", cancellationToken);
        return (root.Child("ResourceTagSets")?.Children("ResourceTagSet") ?? throw Route53Calls.NotUnderstood(call.Purpose, ProviderFailure.Transient)).ToDictionary(
            set => set.Text("ResourceId") ?? string.Empty,
            set => (IReadOnlyDictionary<string, string>)(set.Child("Tags")?.Children("Tag") ?? []).ToDictionary(tag => tag.Text("Key") ?? string.Empty, tag => tag.Text("Value") ?? string.Empty, StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    /// <summary>ChangeTagsForResource (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html): adds tags.</summary>
    public async Task TagAsync(string id, IEnumerable<KeyValuePair<string, string>> tags, CancellationToken cancellationToken)
    {
        var body = Route53Xml.Element(
            "ChangeTagsForResourceRequest",
            Route53Xml.Element("AddTags", [.. tags.Select(tag => Route53Xml.Element("Tag", Route53Xml.Element("Key", tag.Key), Route53Xml.Element("Value", tag.Value)))]));
        var call = _calls.Posting($"tags/healthcheck/{id}", $"tagging the health check {id}", body);
        var reply = await SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            throw Refused(call, reply, Route53Failure.Of(reply), $"route53:ChangeTagsForResource on {_calls.Arn}:healthcheck/{id}");
        }
    }

    /// <summary>
    /// CreateHealthCheck (https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html). The same
    /// reference and settings again give the same health check, so that a lost reply does no harm.
    /// </summary>
    /// <returns>The health check; null when the reference belongs to another one, or to one that was deleted lately.</returns>
    public async Task<ListedHealthCheck?> CreateAsync(string reference, HealthCheckConfig config, CancellationToken cancellationToken)
    {
        await _changes.TakeAsync(cancellationToken);
        var body = Route53Xml.Element("CreateHealthCheckRequest", Route53Xml.Element("CallerReference", reference), config.ToElement());
        var call = _calls.Posting("healthcheck", "creating a health check", body);
        var reply = await SendAsync(call, cancellationToken);
        if (!reply.IsSuccess)
        {
            var failure = Route53Failure.Of(reply);
            return failure.Code == "HealthCheckAlreadyExists" ? null : throw Refused(call, reply, failure, "route53:CreateHealthCheck on *");
        }

        return Route53Xml.TryRead(reply.Body)?.Child("HealthCheck") is { } created ? Read(created, call.Purpose) : throw Route53Calls.NotUnderstood(call.Purpose, ProviderFailure.Ambiguous);
    }

    /// <summary>UpdateHealthCheck (https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html), on condition that nobody has updated it since it was listed.</summary>
    /// <returns>False when somebody has, or it is gone: it is listed again the next time.</returns>
    public async Task<bool> UpdateAsync(ListedHealthCheck check, HealthCheckConfig config, CancellationToken cancellationToken)
    {
        var body = Route53Xml.Element("UpdateHealthCheckRequest", [Route53Xml.Element("HealthCheckVersion", check.Version), .. config.ToUpdate()]);
        var call = _calls.Posting($"healthcheck/{check.Id}", $"updating the health check {check.Id}", body);
        var reply = await SendAsync(call, cancellationToken);
        var failure = reply.IsSuccess ? null : Route53Failure.Of(reply);
        return failure is null || (failure.Code is "HealthCheckVersionMismatch" or "NoSuchHealthCheck" ? false : throw Refused(call, reply, failure, $"route53:UpdateHealthCheck on {_calls.Arn}:healthcheck/{check.Id}"));
    }

    /// <summary>DeleteHealthCheck (https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHealthCheck.html). No record may have it: Route 53 would delete it nevertheless.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        await _changes.TakeAsync(cancellationToken);
        var call = _calls.Deleting($"healthcheck/{id}", $"deleting the health check {id}");
        var reply = await SendAsync(call, cancellationToken);
        if (!reply.IsSuccess && Route53Failure.Of(reply) is { Code: not "NoSuchHealthCheck" } failure)
        {
            throw Refused(call, reply, failure, $"route53:DeleteHealthCheck on {_calls.Arn}:healthcheck/{id}");
        }
    }

    /// <summary>
    /// GetHealthCheckStatus (https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html): true when
    /// most of Route 53's checkers have seen it pass the last time; false also while none has looked yet.
    /// </summary>
    public async Task<bool> PassesAsync(string id, CancellationToken cancellationToken)
    {
        var call = _calls.Reading($"healthcheck/{id}/status", $"reading the status of the health check {id}");
        var root = await _calls.ExchangeAsync(call, $"route53:GetHealthCheckStatus on {_calls.Arn}:healthcheck/{id}", cancellationToken);
        var reports = (root.Child("HealthCheckObservations")?.Children("HealthCheckObservation") ?? []).Select(observation => observation.Text("StatusReport", "Status") ?? string.Empty).ToList();
        return reports.Count(report => report.StartsWith("Success", StringComparison.Ordinal)) * 2 > reports.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => _calls.Dispose();

    private Task<ApiReply> SendAsync(ApiCall call, CancellationToken cancellationToken) => _calls.SendAsync(call, cancellationToken);

    private ProviderException Refused(ApiCall call, ApiReply reply, Route53Failure failure, string permission) => _calls.Refused(call, reply, failure, permission);

    private static ListedHealthCheck Read(XElement check, string purpose) =>
        check.Text("Id") is { Length: > 0 } id && check.Text("CallerReference") is { } reference && check.Number("HealthCheckVersion") is { } version && check.Child("HealthCheckConfig") is { } config
            ? new ListedHealthCheck(id, reference, version, HealthCheckConfig.Read(config))
            : throw Route53Calls.NotUnderstood(purpose, ProviderFailure.Transient);
}
