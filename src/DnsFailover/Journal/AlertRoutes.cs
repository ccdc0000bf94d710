using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Records;

namespace DnsFailover.Journal;

/// <summary>What one channel is told.</summary>
/// <param name="Channel">Its name.</param>
public sealed record AlertRoute(string Channel)
{
    /// <summary>What matters less is not told.</summary>
    public AlertSeverity AtLeast { get; init; }

    /// <summary>Only these kinds are told; null tells all.</summary>
    public ValueList<AlertKind>? Kinds { get; init; }

    /// <summary>
    /// True where an alert stays open until it is resolved, and wakes people: what is only good to know and reminders are not told, and
    /// a drill that passed is, wherever one that failed would be.
    /// </summary>
    public bool IsPager { get; init; }
}

/// <summary>Which alerts go to which channels.</summary>
/// <param name="channels">The channels.</param>
/// <param name="services">The channels of each service that does not tell all of them.</param>
public sealed class AlertRoutes(IReadOnlyList<AlertRoute> channels, IReadOnlyDictionary<DnsName, ValueList<string>> services)
{
    /// <summary>Everything to each of these channels.</summary>
    public static AlertRoutes All(IEnumerable<string> channels) => new([.. channels.Select(channel => new AlertRoute(channel))], new Dictionary<DnsName, ValueList<string>>());

    /// <summary>The names of the channels.</summary>
    public IReadOnlyList<string> Channels { get; } = [.. channels.Select(route => route.Channel)];

    /// <summary>
    /// The channels that are told an alert. The end of an incident goes to each that was told of it, whatever it is
    /// told otherwise: who was paged hears when it is over. Reminders go to no others.
    /// </summary>
    /// <param name="alert">The alert.</param>
    /// <param name="told">The channels that were told of its incident before.</param>
    public IReadOnlyList<string> Of(Alert alert, IReadOnlyCollection<string> told) =>
        [.. channels.Where(route => IsMeant(route, alert, told.Contains(route.Channel))).Select(route => route.Channel)];

    private bool IsMeant(AlertRoute route, Alert alert, bool wasTold) => alert switch
    {
        { Kind: AlertKind.Reminder } => wasTold && !route.IsPager && IsChosen(route, alert.Kind),
        { Incident.Ends: true } when wasTold => true,
        { Kind: AlertKind.DrillPassed } when route.IsPager => AlertSeverity.Warning >= route.AtLeast && IsChosen(route, AlertKind.DrillFailed) && IsOf(route, alert),
        _ => alert.Severity() >= Least(route) && IsChosen(route, alert.Kind) && IsOf(route, alert),
    };

    private static AlertSeverity Least(AlertRoute route) => route is { IsPager: true, AtLeast: AlertSeverity.Info } ? AlertSeverity.Warning : route.AtLeast;

    private static bool IsChosen(AlertRoute route, AlertKind kind) => route.Kinds?.Contains(kind) != false;

    private bool IsOf(AlertRoute route, Alert alert) => alert.Service is not { } service || !services.TryGetValue(service, out var chosen) || chosen.Contains(route.Channel);
}
