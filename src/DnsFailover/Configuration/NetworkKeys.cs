using System.Text.Json.Nodes;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.SelfCheck;

namespace DnsFailover.Configuration;

/// <summary>What the file says of a rule that can be switched off.</summary>
/// <param name="Own">Its keys; null when it is off.</param>
internal sealed record SwitchableRule(Values? Own);

/// <summary>How a failure of this machine's own network is told from one of the endpoints.</summary>
internal static class NetworkKeys
{
    private static readonly Key<IReadOnlyList<Placed<ControlTarget>>> Targets = new("targets", new ListKind<ControlTarget>(TargetKind(), "control targets"), $"Whom to ask, {SelfCheckOptions.MostTargets} at the most, best of different operators and none of them beside the endpoints: `tcp://address:port` has to take a connection, `dns://address/name` has to reply, `resolver://name` has the resolver of this machine look up the name.")
    {
        DefaultText = Section.List(SelfCheckOptions.DefaultTargets.Select(target => $"`{target.Text}`")),
    };

    private static readonly Key<int> Needed = new("needed", Kinds.Integer(1, SelfCheckOptions.MostTargets), "So many of them have to answer.") { DefaultText = "half of them, rounded up" };

    private static readonly Key<TimeSpan> Timeout = new("timeout", Kinds.Duration(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(30)), "After which one has not answered.") { Default = TimeSpan.FromSeconds(2) };

    private static readonly Key<TimeSpan> Recheck = new("recheck", Kinds.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)), "While too few answer, they are asked this often.") { Default = TimeSpan.FromSeconds(5) };

    private static readonly Section SelfCheckSection = new(
        "selfCheck",
        "Places that have nothing to do with the endpoints, asked at the moment of a failure and before traffic leaves what is down. While too few answer, the fault is taken for our own: nothing is written, one alert says so, and what failed meanwhile is judged anew afterwards.",
        Targets,
        Needed,
        Timeout,
        Recheck);

    public static readonly Key<SwitchableRule> SelfCheck = new("selfCheck", OffOr(SelfCheckSection), "How a failure of this machine's own network is told from one of the endpoints.")
    {
        DefaultText = "well-known targets; `off` where no endpoint has a public address, since they say nothing about a private network",
    };

    private static readonly Key<int> Endpoints = new("endpoints", Kinds.Integer(2, 10_000), "So many endpoints, of at least two services, …") { DefaultText = "`3`, or a tenth of all endpoints where that is more" };

    private static readonly Key<int> Vendors = new("vendors", Kinds.Integer(1, 100), "… and of so many vendors (see `vendor` of an endpoint) …") { Default = 2 };

    private static readonly Key<TimeSpan> Window = new("window", Kinds.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), "… that go down within so long are taken for a fault of ours: nothing is written until so long has passed since the last of them, and four times as long at the most. What is still down then is taken for real.") { Default = TimeSpan.FromSeconds(30) };

    private static readonly Section MassFailureSection = new("massFailure", "Vendors fail one at a time. When endpoints of several go down at once, what they have in common is us.", Endpoints, Vendors, Window);

    public static readonly Key<SwitchableRule> MassFailure = new("massFailure", OffOr(MassFailureSection), "How many failures at once are taken for a fault of ours.") { DefaultText = "`{vendors: 2, window: 30s}`" };

    /// <summary>How this machine's own network is judged; null when it is not.</summary>
    public static SelfCheckOptions? ReadSelfCheck(Values file, IReadOnlyList<ServiceDefinition> services, Reading reading)
    {
        if (!file.TryGet(SelfCheck, out var written))
        {
            return file.IsBroken(SelfCheck) || !PublicPlaces.AreAmong(services)
                ? null
                : new SelfCheckOptions(SelfCheckOptions.DefaultTargets, SelfCheckOptions.DefaultNeeded(SelfCheckOptions.DefaultTargets.Count), Timeout.Default, Recheck.Default);
        }

        if (written.Own is not { } own || own.IsBroken(Targets))
        {
            return null;
        }

        var targets = own.TryGet(Targets, out var listed) ? listed.Select(item => item.Value).Distinct().ToValueList() : SelfCheckOptions.DefaultTargets;
        if (targets.Count > SelfCheckOptions.MostTargets)
        {
            reading.Error(own.NodeOf(Targets), $"targets: there are {targets.Count} control targets; expected {SelfCheckOptions.MostTargets} at the most");
        }

        var needed = own.TryGet(Needed, out var count) ? count : SelfCheckOptions.DefaultNeeded(targets.Count);
        if (needed > targets.Count)
        {
            reading.Error(own.NodeOf(Needed), $"needed: {needed} of {targets.Count} control targets can never answer; expected 1 to {targets.Count}");
        }

        if (targets.Count == 1)
        {
            reading.Warn(own.NodeOf(Targets), "targets: with a single control target, its own failure holds every switch up; expected several, of different operators");
        }

        return new SelfCheckOptions(targets, needed, own.Get(Timeout), own.Get(Recheck));
    }

    /// <summary>How many failures at once are taken for a fault of ours; null when none are.</summary>
    public static MassFailureRule? ReadMassFailure(Values file, IReadOnlyList<ServiceDefinition> services)
    {
        var written = file.TryGet(MassFailure, out var rule) ? rule : null;
        if (written is { Own: null })
        {
            return null;
        }

        var usual = Math.Max(3, (services.Sum(service => service.Endpoints.Count) + 9) / 10);
        var own = written?.Own;
        return new MassFailureRule(
            own is not null && own.TryGet(Endpoints, out var endpoints) ? endpoints : usual,
            own?.Get(Vendors) ?? Vendors.Default,
            own?.Get(Window) ?? Window.Default);
    }

    private static EitherKind<SwitchableRule> OffOr(Section section) => new(
        Kinds.OneOf(("off", new SwitchableRule(Own: null))),
        new SectionKind<SwitchableRule>(section, (values, _) => new SwitchableRule(values)));

    private static ScalarKind<ControlTarget> TargetKind() => new(
        ControlTarget.Expected,
        () => new JsonObject { ["type"] = "string" },
        text => ControlTarget.Parse(text) switch
        {
            ({ } target, _) => new Parsed<ControlTarget>(target),
            (_, var complaint) => Parsed<ControlTarget>.No(complaint!),
        },
        target => target.Text);
}
