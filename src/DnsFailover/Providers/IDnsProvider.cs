using System.Net;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>The half of a provider that cannot write: all that dry runs are given.</summary>
public interface IRecordReader
{
    /// <summary>What the provider can do.</summary>
    ProviderCapabilities Capabilities { get; }

    /// <summary>Reads the A, AAAA and CNAME sets of one name, from where they are written and not from a cache.</summary>
    /// <exception cref="ProviderException">The read failed or was not complete; that is never "no records".</exception>
    Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken);

    /// <summary>The servers that answer for the zone, which a change is verified at.</summary>
    /// <exception cref="ProviderException">They cannot be found out.</exception>
    Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Why those servers answer something else than what is written at a name, such as a proxy in front of it, so that the
    /// read-back is all the proof there is. Null where they answer what is written.
    /// </summary>
    string? WhyNotVerifiable(DnsName name) => null;

    /// <summary>
    /// Looks at the credential, at what it may do and at the zone, with calls that only read. What is found wrong is a
    /// finding; an exception would be a defect. Records and delegation of single names are looked at by the caller.
    /// </summary>
    Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([]);

    /// <summary>
    /// How far the provider's clock was ahead of ours in its last reply (negative: behind); null when it has not said. It is
    /// accurate to about a second.
    /// </summary>
    TimeSpan? ClockSkew => null;
}

/// <summary>
/// A place that holds records. One instance per entry under <c>providers</c>; calls for different names may run
/// at the same time. Options are validated before it is made, and secrets are revealed only at the call.
/// </summary>
public interface IDnsProvider : IRecordReader
{
    /// <summary>
    /// Applies all changes as one, on condition that each RRset still is its <c>Before</c>, inside the provider's own
    /// atomic operation where it has one. Attributes that are not being changed survive.
    /// </summary>
    /// <returns>The records after the write, as the provider shows them (the read-back).</returns>
    /// <exception cref="ProviderException">Conflict: nothing was written. Transient, Rejected: nothing was written.
    /// Ambiguous: it may have been written, and only a read can tell.</exception>
    Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken);
}

/// <summary>What a kind of provider can do; <c>validate</c> holds the policy against it.</summary>
public sealed record ProviderCapabilities
{
    /// <summary>Whether values carry weights.</summary>
    public required bool Weights { get; init; }

    /// <summary>The largest weight that it keeps as it is; policies give 1 to 255.</summary>
    public int LargestWeight { get; init; } = 255;

    /// <summary>What to write into the provider's entry in failover.yaml so that values carry weights; null when nothing helps.</summary>
    public string? WeightsWith { get; init; }

    /// <summary>Whether a name may have several addresses.</summary>
    public required bool SeveralValues { get; init; }

    /// <summary>Whether a write can be made conditional on what was read, by the provider itself.</summary>
    public required bool ConditionalWrite { get; init; }

    /// <summary>Whether several RRsets change together or not at all.</summary>
    public required bool AtomicBatch { get; init; }

    /// <summary>Whether a record can carry a comment.</summary>
    public required bool Comments { get; init; }

    /// <summary>
    /// Whether records can carry the mark of the controller that owns them: <see cref="NameRecords.Owner"/> is read, and
    /// <see cref="ChangeSet.Owner"/> is written with the change, in the same atomic operation where there is one.
    /// </summary>
    public bool OwnerMarks { get; init; }

    /// <summary>The smallest TTL it takes.</summary>
    public required TimeSpan SmallestTtl { get; init; }

    /// <summary>True when the records exist only through us, so that a missing name is created without being asked for.</summary>
    public bool OwnsRecords { get; init; }
}

/// <summary>The one kind of failure that a provider reports. The message says what to do and holds no secret.</summary>
public sealed class ProviderException : Exception
{
    /// <summary>A failure with its meaning.</summary>
    public ProviderException(ProviderFailure failure, string message, Exception? cause = null, TimeSpan? retryAfter = null)
        : base(message, cause) => (Failure, RetryAfter) = (failure, retryAfter);

    /// <summary>What it means for the change.</summary>
    public ProviderFailure Failure { get; }

    /// <summary>How long the provider asked us to wait.</summary>
    public TimeSpan? RetryAfter { get; }
}
