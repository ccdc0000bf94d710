using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>
/// 2. Unknown and Inconclusive move nothing, and neither does trouble of our own network: traffic leaves only a target that
/// failed its probes so often that its rule calls it Down.
/// </summary>
internal sealed class TheUnknownMovesNothing(World world) : Invariant(world)
{
    public override string Name => "2 The unknown moves nothing";

    private static int PriorityOf(Move move, TargetId target) => move.Service!.Endpoints.First(endpoint => endpoint.Name == target.Endpoint).Priority;

    public override void Applying(Move move)
    {
        if (move.Intent is not { Follows: false, Decision: DecisionKind.Failover } || move.Service is null)
        {
            return;
        }

        foreach (var (change, target) in move.Changes.SelectMany(change => move.Removed(change).Select(target => (change, target))))
        {
            if (IsBetterServed(move, change, target) || World.Operators.IsDrained(target))
            {
                continue; // one family has what it prefers, or was told to leave, while the other one flees
            }

            if (World.Daemon!.Configuration.Rules.SelfCheck is { } rule)
            {
                Must(World.Ledger.Controls?.Passed >= rule.Needed, $"{move.Apply.Name} leaves {target} when {World.Ledger.Controls?.Passed.ToString() ?? "no"} control targets have answered, and {rule.Needed} are needed");
                Must(World.Ledger.TallyOf(target) is not { HonestFails: 0 }, $"{move.Apply.Name} leaves {target}, of which not one probe got out of our own network");
            }

            // Where verdicts may have been void, the daemon has counted some of these failures for none, and begun anew.
            Must(World.Ledger.MayBeDown(target) || (World.MayJudgeItself && World.Ledger.TallyOf(target) is { Fails: > 0 }), $"{move.Apply.Name} leaves {target}, which its probes have not proven to be down ({World.Ledger.StatusOf(target)})");
        }
    }

    /// <summary>True when what is preferred to a target is added, or is served already and not down: it is needed no more, as after onAllDown: all.</summary>
    private bool IsBetterServed(Move move, RecordChange change, TargetId target) => move.TargetsOf(change.After.Type)
        .Where(other => PriorityOf(move, other) < PriorityOf(move, target) && change.After.Values.Any(value => value.Data == other.Value))
        .Any(other => move.Added(change).Contains(other) || !World.Ledger.IsDown(other));
}
