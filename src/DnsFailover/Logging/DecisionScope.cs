using DnsFailover.Core.Records;
using DnsFailover.Journal;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Logging;

/// <summary>
/// Puts the name of a decision on every line that is logged within, whoever logs it, so that a switch reads as one story: from the
/// intent over what the provider's client says to the delivery of the alert.
/// </summary>
internal static class DecisionScope
{
    /// <summary>The property on each event.</summary>
    public const string Property = "DecisionId";

    private const string Service = "Service";

    /// <summary>What is logged until it is disposed belongs to this decision; to none when it is null.</summary>
    /// <param name="logger">Any: the scope holds for all of them.</param>
    /// <param name="decisionId">For example <c>api.example.com#17</c>.</param>
    /// <param name="service">The service, for lines that do not name it.</param>
    public static IDisposable? Begin(ILogger logger, string? decisionId, DnsName? service = null) => decisionId is null ? null
        : logger.BeginScope<KeyValuePair<string, object>[]>(service is { } name ? [new(Property, decisionId), new(Service, name.ToString())] : [new(Property, decisionId)]);

    /// <summary>As the other one, for alerts that are sent together: of all their decisions.</summary>
    public static IDisposable? Begin(ILogger logger, IEnumerable<OutboxItem> alerts) =>
        Begin(logger, string.Join(", ", alerts.Select(item => item.Alert.DecisionId).OfType<string>().Distinct(StringComparer.Ordinal)) is { Length: > 0 } ids ? ids : null);
}
