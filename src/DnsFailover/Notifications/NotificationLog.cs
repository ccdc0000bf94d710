using Microsoft.Extensions.Logging;

namespace DnsFailover.Notifications;

/// <summary>What the senders say to the log; never an address.</summary>
internal static partial class NotificationLog
{
    [LoggerMessage(6001, LogLevel.Information, "Sent alert {Id} to {Channel}: {Title}")]
    public static partial void Sent(this ILogger logger, long id, string channel, string title);

    [LoggerMessage(6002, LogLevel.Information, "Sent {Count} alerts to {Channel} as one message")]
    public static partial void SentDigest(this ILogger logger, int count, string channel);

    [LoggerMessage(6003, LogLevel.Warning, "Alerts for {Channel} wait: {Reason}. They are kept, and tried again for 24 hours")]
    public static partial void Waits(this ILogger logger, string channel, string reason);

    [LoggerMessage(6004, LogLevel.Error, "Alerts cannot be sent to {Channel}: {Reason}. They are kept and tried again every 5 minutes, for 24 hours")]
    public static partial void Misconfigured(this ILogger logger, string channel, string reason);

    [LoggerMessage(6005, LogLevel.Information, "{Channel} takes alerts again")]
    public static partial void TakesAgain(this ILogger logger, string channel);

    [LoggerMessage(6006, LogLevel.Error, "The outbox of {Channel} cannot be used, which is tried again in 30 s: {Reason}")]
    public static partial void OutboxFailed(this ILogger logger, string channel, string reason);

    [LoggerMessage(6007, LogLevel.Error, "Sending to {Channel} met a bug ({Kind}), and goes on in a minute: {Place}")]
    public static partial void Bug(this ILogger logger, string channel, string kind, string place);

    [LoggerMessage(6008, LogLevel.Warning, "Whether anybody has to be reminded is not known, which is tried again in 30 s: {Reason}")]
    public static partial void IncidentsNotSeen(this ILogger logger, string reason);

    [LoggerMessage(6009, LogLevel.Error, "Looking at the incidents met a bug ({Kind}), and goes on in 30 s")]
    public static partial void IncidentBug(this ILogger logger, Exception error, string kind);
}
