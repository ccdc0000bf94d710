using DnsFailover.Journal;

namespace DnsFailover.Notifications;

/// <summary>A place that alerts are sent to. One call at a time; retries and order are the sender's.</summary>
internal interface INotificationChannel
{
    /// <summary>Its name in failover.yaml.</summary>
    string Name { get; }

    /// <summary>How far apart messages have to be.</summary>
    TimeSpan Pace { get; }

    /// <summary>True when people read it, who are better served by one message than by dozens.</summary>
    bool TakesDigests { get; }

    /// <summary>Sends one alert; when the task ends, the other side has it.</summary>
    /// <returns>What the later alerts of its incident go on with, which comes back as <see cref="OutboxItem.Thread"/>; null leaves it as it was.</returns>
    /// <exception cref="DeliveryException">It did not take it, or may not have.</exception>
    Task<string?> SendAsync(OutboxItem item, CancellationToken cancellationToken);

    /// <summary>Sends several alerts as one message, a line each.</summary>
    /// <exception cref="DeliveryException">It did not take it, or may not have.</exception>
    Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken);
}

/// <summary>What a failed delivery means for the alert.</summary>
internal enum DeliveryFailure
{
    /// <summary>It may work soon.</summary>
    Transient,

    /// <summary>It will not work until somebody mends the channel; then the alert is still welcome.</summary>
    Misconfigured,

    /// <summary>This message is refused, whatever is mended.</summary>
    Refused,
}

/// <summary>A delivery failed. The message says what to do and holds no secret, nor any part of an address.</summary>
internal sealed class DeliveryException(DeliveryFailure failure, string message, TimeSpan? retryAfter = null) : Exception(message)
{
    /// <summary>What it means for the alert.</summary>
    public DeliveryFailure Failure { get; } = failure;

    /// <summary>How long the other side asked us to wait.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
