using DnsFailover.Control;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Providers;
using DnsFailover.Schedules;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Api;

/// <summary>Everything that is shown is read from here.</summary>
/// <param name="loop">How things are.</param>
/// <param name="calendar">The planned times in effect.</param>
/// <param name="observations">The newest probes.</param>
/// <param name="lookups">What happened.</param>
/// <param name="providers">How long their calls take at the most.</param>
/// <param name="time">The control loop's clock.</param>
internal sealed class ReadModel(ControlLoop loop, Func<WindowCalendar> calendar, RecentObservations observations, JournalLookups lookups, IProviderDirectory providers, TimeProvider time)
{
    /// <summary>The time.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>What happened.</summary>
    public JournalLookups Lookups => lookups;

    /// <summary>The newest probes.</summary>
    public RecentObservations Observations => observations;

    /// <summary>What changes.</summary>
    public ChangeFeed Feed { get; } = new(() => loop.State, () => loop.NotRecorded, calendar, time);

    /// <summary>How much of the time services worked.</summary>
    public UptimeBook Uptimes { get; } = new(lookups, time);

    /// <summary>How things are.</summary>
    /// <exception cref="ApiProblemException">The daemon is still starting.</exception>
    public ControllerState State => loop.State ?? throw new ApiProblemException(StatusCodes.Status503ServiceUnavailable, "not ready", "dnsfailover is starting; ask again in a moment");

    /// <summary>When the next drill of a service begins by its schedule; null without one.</summary>
    public DateTimeOffset? NextDrill(DnsName service) => calendar().NextDrill(service, Now);

    /// <summary>How things are at this moment, for being written down.</summary>
    public StatusReport Report() => new(State, calendar(), Now, loop.NotRecorded);

    /// <summary>A service with everything that is known of it.</summary>
    public async Task<ServiceDocument> ServiceAsync(ServiceState service, CancellationToken cancellationToken) =>
        Report().Service(service, new ServiceExtras(observations, await Uptimes.OfAsync(service, cancellationToken), BoundOf(service.Definition)));

    /// <summary>Null while a provider is not open.</summary>
    private RecoveryBound? BoundOf(ServiceDefinition service)
    {
        try
        {
            return RecoveryBound.Of(service, [.. service.Providers.Select(provider => providers.Find(provider).Timeout)]).With(State.Configuration.Rules.SelfCheck);
        }
        catch (ProviderException)
        {
            return null;
        }
    }
}
