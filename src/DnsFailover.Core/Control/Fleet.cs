using System.Collections.Immutable;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Network;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What the step of one service may know of all the others. It lives for one step of the controller.</summary>
/// <param name="state">The state before the step.</param>
/// <param name="services">The services as they are at this moment: those that have had their turn in this step are as it left them.</param>
internal sealed class Fleet(ControllerState state, IReadOnlyDictionary<DnsName, ServiceState> services)
{
    /// <summary>How often the live records of each service are read.</summary>
    public TimeSpan ReconcileInterval => state.Configuration.ReconcileInterval;

    /// <summary>What holds over all services together.</summary>
    public FleetRules Rules => state.Configuration.Rules;

    /// <summary>What operators have said, and has not ended.</summary>
    public ValueList<Override> Overrides => state.Overrides;

    /// <summary>The planned times that are near.</summary>
    public ValueList<Window> Windows => state.Configuration.Windows;

    /// <summary>What is remembered of the drills of a service.</summary>
    public DrillBook Drills(DnsName service) => state.DrillBooks.GetValueOrDefault(service, new DrillBook());

    /// <summary>True while a service itself is moved for a drill.</summary>
    public bool IsDrilled(DnsName service) => state.Drill is { Live: true } drill && drill.Service == service;

    /// <summary>Every service.</summary>
    public IEnumerable<ServiceState> Services => services.Values;

    private Dictionary<DnsName, Standing>? _standings;

    private List<MassFailure.Failing>? _failing;

    /// <summary>
    /// Where every service stands. It is reckoned once a step, and anew for who has had a turn: in an outage of all of them each one
    /// asks, and must not cost as much as there are services.
    /// </summary>
    public IEnumerable<Standing> Standings(DateTimeOffset now) => (_standings ??= services.Values.ToDictionary(service => service.Definition.Name, service => Standing.Of(service, Rules, now))).Values;

    /// <summary>What has failed or begun to fail since a time, at the beginning of the step: within a step only the service that was probed gets worse.</summary>
    public List<MassFailure.Failing> Failing(DateTimeOffset after) => _failing ??= MassFailure.Among(services.Values, after, withSuspects: true);

    /// <summary>A service has had its turn.</summary>
    public void Update(ServiceState after, DateTimeOffset now)
    {
        if (_standings is not null)
        {
            _standings[after.Definition.Name] = Standing.Of(after, Rules, now);
        }
    }

    /// <summary>
    /// True while something of the daemon as a whole is not durable, as the end of a freeze of everything: nothing is written before it
    /// is, or a restart would not know why it may.
    /// </summary>
    public bool IsOwed => state.Unrecorded is not null;

    /// <summary>When it may be durable; null when nothing is owed.</summary>
    public DateTimeOffset? OwedUntil(DateTimeOffset now) => state.Unrecorded is null ? null : (state.RecordAt > now ? state.RecordAt.Value : now) + SuspicionPause;

    /// <summary>What is known of our own network.</summary>
    public NetworkState Network => state.Network;

    /// <summary>True once somebody wants the control targets to be asked.</summary>
    public bool WantsControls { get; private set; }

    /// <summary>True when that is because of a failure, of which it is not known yet whether it is ours.</summary>
    public bool SuspectsUs { get; private set; }

    /// <summary>Asks for a check of the control targets, which a decision waits for.</summary>
    public void AskControls() => WantsControls = true;

    /// <summary>Something failed: whether that is us is to be known by the time it matters.</summary>
    public void SuspectUs(DateTimeOffset now)
    {
        if (Rules.SelfCheck is not null && (state.Network.Check is not null || !(now - state.Network.Last?.AskedAt < SuspicionPause)))
        {
            (WantsControls, SuspectsUs) = (true, true);
        }
    }

    /// <summary>However much fails, it is not for each failure that the control targets are asked.</summary>
    private static readonly TimeSpan SuspicionPause = TimeSpan.FromSeconds(1);
}
