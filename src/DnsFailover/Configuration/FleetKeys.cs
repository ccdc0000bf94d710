using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Configuration;

/// <summary>A rule that may be switched off.</summary>
/// <param name="Rule">Null when it is off.</param>
internal sealed record Limit<T>(T? Rule)
    where T : class;

/// <summary>The keys of what holds over all services together.</summary>
internal static class FleetKeys
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static readonly Key<int> Moves = new("moves", Kinds.Integer(1, 100_000), "How many services may begin to move.") { Default = 10 };

    private static readonly Key<TimeSpan> Per = new("per", Kinds.Duration(TimeSpan.FromSeconds(1), Day), "Within how long.") { Default = TimeSpan.FromSeconds(10) };

    private static readonly Key<int> Percent = new("percent", Kinds.Integer(1, 100), "The share of the declared services, rounded up.") { Default = 50 };

    private static readonly Key<int> AtLeast = new("atLeast", Kinds.Integer(1, 100_000), "So many may switch in any case, however few services there are.") { Default = 20 };

    private static readonly Key<TimeSpan> Within = new("within", Kinds.Duration(TimeSpan.FromSeconds(1), Day), "Within how long.") { Default = TimeSpan.FromMinutes(10) };

    public static readonly Key<Limit<VelocityRule>> MassChange = new(
        "massChange",
        OrOff(
            new Section("massChange", "How fast many services may move: `massChange: {moves: 10, per: 10s}`, or `off`.", Moves, Per),
            values => new VelocityRule(values.Get(Moves), values.Get(Per))),
        "When many services want to move at once, so many begin within so long; the others wait for their turn, the most important first (`importance`), and who leaves what is down before who returns.")
    { Default = new Limit<VelocityRule>(new VelocityRule(Moves.Default, Per.Default)), DefaultText = "`{moves: 10, per: 10s}`" };

    public static readonly Key<Limit<ShareRule>> SwitchShare = new(
        "switchShare",
        OrOff(
            new Section("switchShare", "The largest share of all names that switches: `switchShare: {percent: 50, atLeast: 20, within: 10m}`, or `off`.", Percent, AtLeast, Within),
            values => new ShareRule(values.Get(Percent), values.Get(AtLeast), values.Get(Within))),
        "Once so large a share of all names has switched within so long, the others stay where they are and a person is told: so many at once may be a fault of ours. With no more than `atLeast` services it holds nothing.")
    { Default = new Limit<ShareRule>(new ShareRule(Percent.Default, AtLeast.Default, Within.Default)), DefaultText = "`{percent: 50, atLeast: 20, within: 10m}`" };

    private static EitherKind<Limit<T>> OrOff<T>(Section section, Func<Values, T> build)
        where T : class =>
        new(Kinds.OneOf(("off", new Limit<T>(Rule: null))), new SectionKind<Limit<T>>(section, (values, _) => new Limit<T>(build(values))));
}
