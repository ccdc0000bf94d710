using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>
/// 6. Only declared names and types are touched, TTLs survive where none is declared, and what was never ours is left alone
/// until <c>adopt</c> says otherwise. A name without records gets some only where <c>create</c> says so.
/// </summary>
internal sealed class OnlyWhatIsOurs(World world) : Invariant(world)
{
    private readonly HashSet<(DnsName, RecordType, string)> _ours = [];

    public override string Name => "6 Only what is ours is touched";

    public override void Applying(Move move)
    {
        Must(move.Service is not null, $"{move.Apply.Name} is written and is not declared");
        if (move.Service is not { } service)
        {
            return;
        }

        var meddled = World.Providers[move.Apply.Provider].MeddledAt.ContainsKey(service.Name);
        var restores = meddled && (service.OnDrift == OnDrift.Restore || move.Intent is { Follows: true });
        foreach (var change in move.Changes)
        {
            Must(service.Types.Contains(change.After.Type), $"{service.Name} declares no {change.After.Type}, and one is written");
            Must(change.After.Values.All(value => move.TargetsOf(change.After.Type).Any(target => target.Value == value.Data)), $"{service.Name}: {change.After.Values} is written, which no endpoint declares");
            Must(service.Ttl is not null || change.Before is null || change.Before.Ttl == change.After.Ttl, $"{service.Name} declares no TTL, and it is changed: {change}");
            Must(change.Before is not null || service.Create || restores, $"{service.Name} has no {change.After.Type} record, and one is made without create");
            foreach (var value in change.Before?.Values ?? [])
            {
                Must(service.Adopt || restores || IsOurs(move, change.After.Type, value.Data), $"{service.Name}: {value} is replaced, which is not ours");
            }
        }
    }

    public override void Committed(Commit commit, Provider provider)
    {
        _ours.UnionWith(commit.Apply.Change.Changes.SelectMany(change => change.After.Values.Select(value => (commit.Apply.Name, change.After.Type, value.Data))));
        var touched = commit.Apply.Change.Changes.Select(change => change.After.Type).ToHashSet();
        foreach (var set in commit.Written.Before.Sets.Where(set => !touched.Contains(set.Type)))
        {
            Must(set.Equals(commit.Written.After[set.Type]), $"{commit.Apply.Name}: {set} was changed besides");
        }
    }

    /// <summary>Declared now, or written by us, or declared by an earlier configuration.</summary>
    private bool IsOurs(Move move, RecordType type, string data) =>
        move.TargetsOf(type).Any(target => target.Value == data) || _ours.Contains((move.Apply.Name, type, data)) || World.WasDeclared(move.Apply.Name, type, data);
}
