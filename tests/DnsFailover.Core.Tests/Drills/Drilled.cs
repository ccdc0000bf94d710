using DnsFailover.Core.Control;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Core.Tests.Control;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>What tests of drills say and look at.</summary>
internal static class Drilled
{
    public static readonly DnsName Canary = DnsName.Parse("dnsfailover-drill.api.example.com");

    public static OperatorCommand.Drill Asked(bool live = false, string? endpoint = null, string? actor = "alice", bool yes = true) => new(Given.Name, live, endpoint, actor) { IsConfirmed = yes };

    /// <summary>Asks for a drill that nothing may stand against.</summary>
    public static Watch Begin(this Watch watch, bool live = false, string? endpoint = null, string? actor = "alice")
    {
        Assert.Null(OperatorRules.Objection(watch.State, Asked(live, endpoint, actor), watch.Now));
        watch.Command(Asked(live, endpoint, actor));
        Assert.NotNull(watch.State.Drill);
        return watch;
    }

    /// <summary>Waits for its end.</summary>
    public static Watch Ends(this Watch watch) => watch.RunUntil(() => watch.State.Drill is null, 1200, "the end of the drill");

    public static DrillReport Report(this Watch watch) => watch.State.DrillBooks[Given.Name].Last!;

    /// <summary>What stands against it.</summary>
    public static string? Objection(this Watch watch, bool live = false, string? endpoint = null, string? actor = "alice", bool yes = true) =>
        OperatorRules.Objection(watch.State, Asked(live, endpoint, actor, yes), watch.Now);

    /// <summary>The values that the canary was given, one after the other.</summary>
    public static string[] Writes(this Watch watch) => [.. watch.Provider.Writes.Where(write => write.Change.Name == Canary).Select(write => string.Join(' ', write.Change.Changes.SelectMany(item => item.After.Values).Select(value => value.Data)))];

    public static string? Holds(this Watch watch, DnsName name) => watch.Provider.Of(name).Sets is { Count: > 0 } sets ? string.Join(' ', sets.SelectMany(set => set.Values).Select(value => value.Data)) : null;
}
