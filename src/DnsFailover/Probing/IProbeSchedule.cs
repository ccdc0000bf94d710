using DnsFailover.Core.Definitions;

namespace DnsFailover.Probing;

/// <summary>Says when the scheduled probes are due. Tests and the simulator bring their own.</summary>
internal interface IProbeSchedule : IAsyncDisposable
{
    /// <summary>Begins. Called once, before anything is put on the schedule.</summary>
    /// <param name="due">To be called for a target each time it is due; it returns at once and does not throw.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask StartAsync(Action<TargetId> due, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a target due after <paramref name="first"/> and then every <paramref name="interval"/>, in place of what
    /// it was put there with before. What was missed (the machine slept) is skipped and not made up for.
    /// </summary>
    ValueTask SetAsync(TargetId target, TimeSpan first, TimeSpan interval, CancellationToken cancellationToken);

    /// <summary>Takes a target off the schedule; one that is not there is no error.</summary>
    ValueTask RemoveAsync(TargetId target, CancellationToken cancellationToken);
}
