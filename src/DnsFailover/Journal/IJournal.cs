using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;

namespace DnsFailover.Journal;

/// <summary>The durable record of intents, outcomes and conditions, and the outbox of alerts.</summary>
public interface IJournal
{
    /// <summary>Writes all of it, or nothing; when the task ends it survives a power cut.</summary>
    /// <exception cref="JournalException">It could not be written; nothing was.</exception>
    Task WriteAsync(IReadOnlyList<JournalEntry> entries, IReadOnlyList<Alert> alerts, CancellationToken cancellationToken);

    /// <summary>Every entry that is kept, oldest first.</summary>
    /// <exception cref="JournalException">It could not be read.</exception>
    Task<IReadOnlyList<JournalEntry>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The journal cannot be opened, read or written. The message says what to do.</summary>
public sealed class JournalException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The alerts that are still to be delivered, per channel.</summary>
public interface IOutbox
{
    /// <summary>The undelivered alerts of a channel, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<OutboxItem>> PendingAsync(string channel, int limit, CancellationToken cancellationToken);

    /// <summary>The alert was taken by the channel.</summary>
    /// <param name="item">The alert.</param>
    /// <param name="thread">What the later alerts of its incident go on with at this channel; null leaves it as it was.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task DeliveredAsync(OutboxItem item, string? thread, CancellationToken cancellationToken);

    /// <summary>The alert was given up (too old, or refused for good), with the reason.</summary>
    Task AbandonedAsync(OutboxItem item, string reason, CancellationToken cancellationToken);

    /// <summary>Is cancelled and replaced whenever new alerts were written, to wake the senders.</summary>
    Task WaitForAlertsAsync(CancellationToken cancellationToken);
}

/// <summary>An alert on its way to one channel.</summary>
/// <param name="Id">The alert's number in the outbox; stable over restarts, so that a receiver can drop repetitions.</param>
/// <param name="Channel">The channel's name.</param>
/// <param name="Alert">What to say.</param>
public sealed record OutboxItem(long Id, string Channel, Alert Alert)
{
    /// <summary>What the channel gave for an earlier alert of the same incident to go on with; null when there is none.</summary>
    public string? Thread { get; init; }
}
