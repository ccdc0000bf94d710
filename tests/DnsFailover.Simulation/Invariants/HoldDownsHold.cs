using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Simulation;

/// <summary>7. Minimum active time, failback delay, flap penalty and the switch budget hold, across restarts too.</summary>
internal sealed class HoldDownsHold(World world) : Invariant(world)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Dictionary<(DnsName, RecordType), Commit> _lastSwitch = [];
    private readonly List<(RecordType Type, Commit Commit)> _switches = [];

    public override string Name => "7 Hold-downs hold";

    public override void Applying(Move move)
    {
        if (move.Service is not { } service || move.Intent is not { Follows: false } intent || intent.Decision == DecisionKind.Forced)
        {
            return;
        }

        foreach (var change in move.Changes.Where(change => !IsToldToLeave(move, change)))
        {
            if (Leaves(move, change) && _lastSwitch.TryGetValue((service.Name, change.After.Type), out var last) && !IsPuttingBack(move) && IsKnown(last, move) && last.Written.After[change.After.Type]?.HasSameValues(change.After) != true)
            {
                Must(HasPassed(service.MinActiveTime, last, move.Now), $"{service.Name} {change.After.Type} moves again {(move.Now - last.ByClock).TotalSeconds:0.0} s after its last switch, and minActiveTime is {service.MinActiveTime.TotalSeconds} s");
            }

            if (Leaves(move, change) && service.SwitchesPerHour is { } limit && !IsPuttingBack(move))
            {
                var used = _switches.Count(past => past.Type == change.After.Type && past.Commit.Apply.Name == service.Name && past.Commit.Intent is { MovesTraffic: true, Decision: not DecisionKind.Forced } && !HasPassed(Hour, past.Commit, move.Now) && IsKnown(past.Commit, move));
                Must(used < limit, $"{service.Name} {change.After.Type} has switched {used} times within the last hour and moves again, and switchesPerHour is {limit}");
            }

            if (intent.Decision == DecisionKind.Failback && move.Removed(change).Any())
            {
                var delay = DelayOf(service, change.After.Type, move.Now);
                var approved = World.Operators.Holding.Any(said => said.Kind == OverrideKind.Approve && said.Service == service.Name);
                Must(service.Failback.Mode == FailbackMode.Auto || approved, $"{service.Name} fails back by itself, and failback is {service.Failback.Mode}");
                foreach (var target in move.Added(change))
                {
                    var since = World.Ledger.TallyOf(target)?.Since;
                    Must(World.MayJudgeItself || IsPuttingBack(move) || move.Now - since >= delay, $"{service.Name} returns to {target}, which is up for {(move.Now - since)?.TotalSeconds:0.0} s, and the failback delay is {delay.TotalSeconds} s by now");
                }
            }
        }
    }

    public override void Committed(Commit commit, Provider provider)
    {
        foreach (var type in commit.Apply.Change.Changes.Select(change => change.After.Type).Where(commit.ChangesSides))
        {
            // What was written by a process that did not live to see it is found out by reading, and may be taken for somebody else's.
            if (commit.Intent is { Follows: false } && commit.WasSeen && commit.Intent.Switched.Contains(type))
            {
                _lastSwitch[(commit.Apply.Name, type)] = commit;
                _switches.Add((type, commit));
            }
        }
    }

    /// <summary>It doubles with each failover after the first within the window, up to the longest.</summary>
    private TimeSpan DelayOf(ServiceDefinition service, RecordType type, DateTimeOffset now)
    {
        var rule = service.Failback;
        var failovers = _switches.Count(past => past.Type == type && past.Commit.Apply.Name == service.Name && past.Commit.Intent!.Decision == DecisionKind.Failover && !HasPassed(rule.FlapWindow, past.Commit, now));
        var delay = rule.Delay;
        for (var doubled = 1; doubled < failovers && delay < rule.LongestDelay; doubled++)
        {
            delay = delay * 2 < rule.LongestDelay ? delay * 2 : rule.LongestDelay;
        }

        return delay;
    }

    /// <summary>True where one family leaves what an operator or a plan has drained, in one change with the other one that flees.</summary>
    private bool IsToldToLeave(Move move, RecordChange change) => move.Removed(change).Any() && move.Removed(change).All(World.Operators.IsDrained);

    /// <summary>True when all traffic leaves targets that are declared.</summary>
    private static bool Leaves(Move move, RecordChange change) =>
        change.Before is { } before && !before.Values.Any(old => change.After.Values.Any(value => value.Data == old.Data)) && move.Removed(change).Any();

    /// <summary>
    /// Whether a provider that does not answer has taken the last change, nobody knows; and one that was taken for not written and has appeared
    /// since is known once it is read. That keeps nobody on what is down at another provider, where this is the first move that its users see.
    /// </summary>
    private bool IsKnown(Commit earlier, Move move) =>
        earlier.Apply.Provider == move.Apply.Provider || !(World.Ledger.Ambiguous.ContainsKey((earlier.Apply.Name, earlier.Apply.Provider)) || HasAppearedUnseen(earlier));

    private bool HasAppearedUnseen(Commit commit) =>
        World.Ledger.Outcomes.TryGetValue((commit.Apply.Name, commit.Apply.Provider, commit.Apply.Change.Id), out var outcome) && outcome.Result is not (ChangeResult.Verified or ChangeResult.Unverified)
        && !(World.Ledger.ReadAt.TryGetValue((commit.Apply.Name, commit.Apply.Provider), out var readAt) && readAt >= commit.At);

    /// <summary>By the daemon's clock, or by the world's, where the clock was set back.</summary>
    private bool HasPassed(TimeSpan time, Commit since, DateTimeOffset now) => now - since.ByClock >= time || World.Clock.Now - since.At >= time;

    /// <summary>What somebody else moved may be put back at any time; and who was shown an old state may not know of a switch.</summary>
    private bool IsPuttingBack(Move move) =>
        move.Service!.Providers.Select(name => World.Providers[name]).Any(provider => provider.WasStale || provider.MeddledAt.ContainsKey(move.Apply.Name));
}
