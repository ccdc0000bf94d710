using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>3. Traffic moves only to a target that passed a probe which was made for this decision, unless an operator forces it, or nothing works.</summary>
internal sealed class TrafficNeedsFreshProof(World world) : Invariant(world)
{
    /// <summary>Proof holds 30 s and the longest timeout; both ends of it are measured here.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    public override string Name => "3 Traffic needs fresh proof";

    public override void Applying(Move move)
    {
        if (move.Service is not { } service || World.Operators.HoldingAt(move.Intent?.At ?? move.Now).Any(said => said.Kind == OverrideKind.Force && said.Service == service.Name))
        {
            return;
        }

        foreach (var change in move.Changes)
        {
            var nothingWorks = World.Ledger.AreAllDown(service, change.After.Type) || (World.MayJudgeItself && IsToldAllDown(move, change));
            foreach (var target in move.Added(change))
            {
                if (!nothingWorks)
                {
                    Must(Takes(service, target, move.Now), $"{move.Apply.Name} sends traffic to {target} without a pass that was made for this decision");
                    var tally = World.Ledger.TallyOf(target);
                    Must(tally?.Status == HealthStatus.Up || World.MayJudgeItself, $"{move.Apply.Name} sends traffic to {target}, which is {World.Ledger.StatusOf(target)}");
                }
            }
        }
    }

    /// <summary>Where verdicts may have been void, the daemon's word is taken for it.</summary>
    private bool IsToldAllDown(Move move, RecordChange change) =>
        World.Daemon!.State.Services[move.Apply.Name].Health.Where(pair => pair.Key.Type == change.After.Type).All(pair => pair.Value.Status == HealthStatus.Down);

    /// <summary>A proof is for one decision at one provider; the next needs one of its own.</summary>
    private bool Takes(ServiceDefinition service, TargetId target, DateTimeOffset now)
    {
        var proofs = World.Ledger.ProofsOf(target);
        var lifetime = Lifetime + service.Endpoints.Max(endpoint => endpoint.Timing.Timeout);
        proofs.RemoveAll(proof => now - proof.ByClock > lifetime && World.Clock.Now - proof.StartedAt > lifetime);
        if (proofs.Count == 0)
        {
            return false;
        }

        proofs.RemoveAt(0);
        return true;
    }
}
