using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>People who say things to the daemon, and what was confirmed to them: what is durable holds until its time is over.</summary>
internal sealed class Operators(World world)
{
    private readonly Dictionary<(OverrideKind Kind, DnsName? Service, string? Endpoint), Override> _confirmed = [];

    /// <summary>What was confirmed and has not ended, by the daemon's clock.</summary>
    public IEnumerable<Override> Holding => HoldingAt(world.DaemonNow);

    /// <summary>What was confirmed and had not expired at a time, by the daemon's clock: an intent that a slow disk holds up was right when it was made.</summary>
    public IEnumerable<Override> HoldingAt(DateTimeOffset at) => _confirmed.Values.Where(said => said.Until > at);

    /// <summary>True while somebody's word or a plan holds a name, so that nothing is expected of the daemon.</summary>
    public bool Holds(DnsName name) =>
        Holding.Any(said => said.Kind != OverrideKind.Approve && (said.Service is null || said.Service == name)) || Planned(name).Any();

    /// <summary>The planned times that a name is in.</summary>
    public IEnumerable<Window> Planned(DnsName name) =>
        world.Configuration.Windows.Where(window => window.Kind == WindowKind.Maintenance && window.Service == name && window.From <= world.DaemonNow && window.Until > world.DaemonNow);

    /// <summary>True while somebody wants an endpoint to have no traffic.</summary>
    public bool IsDrained(TargetId target) =>
        Holding.Any(said => said.Kind == OverrideKind.Drain && said.Service == target.Service && said.Endpoint == target.Endpoint) || Planned(target.Service).Any(window => window.Endpoint == target.Endpoint);

    /// <summary>Says something, as long as it makes sense at the moment.</summary>
    public void Say(OperatorCommand command)
    {
        if (world.IsRunning && OperatorRules.Objection(world.Daemon!.State, command, world.DaemonNow) is null)
        {
            world.Daemon!.Post(TimeSpan.Zero, new ControllerEvent.OperatorCommanded(command));
        }
    }

    public void Durable(JournalEntry entry)
    {
        if (entry is OverrideBegan { Override: var begun })
        {
            _confirmed[begun.Identity] = begun;
            Disturb(begun, TimeSpan.Zero);
            Disturb(begun, begun.Until - world.DaemonNow + World.AfterTrouble);
        }
        else if (entry is OverrideEnded { Override: var ended })
        {
            _confirmed.Remove(ended.Identity);
            Disturb(ended, World.AfterTrouble);
        }
    }

    /// <summary>Everything that was said is taken back.</summary>
    public void LetGo()
    {
        foreach (var said in Holding.ToList())
        {
            Say(new OperatorCommand.End(said.Kind, said.Service, said.Endpoint, "it is over", "bob"));
        }
    }

    private void Disturb(Override said, TimeSpan aftermath) => world.Disturb(said.Service, aftermath, said.Describe());
}
