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
        { Kind: AlertKind.Reminder } => wasTold && IsChosen(route, alert),
        { Incident.Ends: true } when wasTold => true,
        _ => alert.Severity() >= route.AtLeast && IsChosen(route, alert) && (alert.Service is not { } service || !services.TryGetValue(service, out var chosen) || chosen.Contains(route.Channel)),
    };

    private static bool IsChosen(AlertRoute route, Alert alert) => route.Kinds?.Contains(alert.Kind) != false;
}
