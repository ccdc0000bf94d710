using System.Net;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Configuration;

/// <summary>The keys of a service, of an endpoint, and of <c>defaults</c>.</summary>
internal static class ServiceKeys
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static readonly TimeSpan FlapWindow = TimeSpan.FromHours(1);

    public static readonly Key<DnsName> Name = new("name", Kinds.HostName, "The DNS name being steered, in full; it is in the provider's zone.") { Required = true };

    public static readonly Key<string> Provider = new("provider", Kinds.Identifier, "The entry in `providers` that holds its records.") { DefaultText = "the only provider, when there is one" };

    public static readonly Key<IReadOnlyList<Placed<string>>> Providers = new("providers", new ListKind<string>(Kinds.Identifier, "providers"), "In place of `provider`: several entries in `providers` that hold the same records, such as two DNS vendors that both serve the zone. The first one leads; while one cannot be reached, the others are switched, and it follows later.");

    public static readonly Key<Policy> Policy = new("policy", Kinds.OneOf(("failover", Core.Definitions.Policy.Failover), ("multivalue", Core.Definitions.Policy.Multivalue), ("weighted", Core.Definitions.Policy.Weighted)), "`failover` serves the healthy endpoints of the first priority that has one, `multivalue` all healthy ones, `weighted` all healthy ones by weight.") { Default = Core.Definitions.Policy.Failover };

    public static readonly Key<TimeSpan> Ttl = new("ttl", Kinds.Duration(TimeSpan.Zero, TimeSpan.FromDays(1), wholeSeconds: true), "The TTL of the records.") { DefaultText = "the TTL found; `60s` for new records" };

    public static readonly Key<FailbackPlan> Failback = new("failback", FailbackKind(), "Whether traffic returns by itself to a preferred endpoint that has recovered. Inherited as a whole.") { Default = new FailbackPlan(new FailbackRule(FailbackMode.Auto, TimeSpan.FromSeconds(60)) { FlapWindow = FlapWindow }, []), DefaultText = "`{mode: auto, delay: 60s}`" };

    public static readonly Key<TimeSpan> MinActiveTime = new("minActiveTime", Kinds.Duration(TimeSpan.Zero, Week), "After a switch, the next one waits at least this long. When that leaves users on what is down for more than 5 minutes, it is told.") { Default = TimeSpan.FromSeconds(30) };

    public static readonly Key<int?> SwitchesPerHour = new("switchesPerHour", Kinds.IntegerOrOff(1, 60), "So many switches within an hour, and no more: then the name stays where it is and a person is told. Each record type is counted by itself; a failback leaves one switch for the way out again; what an operator forces does not count. `off` sets no limit.") { Default = 10 };

    public static readonly Key<int> Importance = new("importance", Kinds.Integer(0, 1000), "When more services want to move at once than `massChange` lets, a higher one goes first.") { Default = 0 };

    public static readonly Key<OnAllDown> OnAllDown = new("onAllDown", Kinds.OneOf(("keep", Core.Definitions.OnAllDown.Keep), ("primary", Core.Definitions.OnAllDown.Primary), ("all", Core.Definitions.OnAllDown.All)), "What becomes of the name when every endpoint is down: the last answer stays, the first priority is served, or everything is.") { Default = Core.Definitions.OnAllDown.Keep };

    public static readonly Key<OnDrift> OnDrift = new("onDrift", Kinds.OneOf(("alert", Core.Definitions.OnDrift.Alert), ("restore", Core.Definitions.OnDrift.Restore), ("pause", Core.Definitions.OnDrift.Pause)), "What is done when somebody else changes the records; it is told in any case. `alert` takes it for what is served now, `restore` puts back what was there (three times in an hour, then it is a tug-of-war and given up), `pause` changes nothing until it is undone.") { Default = Core.Definitions.OnDrift.Alert };

    public static readonly Key<bool> Adopt = new("adopt", Kinds.Boolean, "`true` lets the daemon replace values that no endpoint declares, and take over a name that another controller has marked as its own.") { Default = false };

    public static readonly Key<string> Owner = new("owner", Kinds.Identifier, "The name of this controller. Where the provider has marks, records are marked with it, and a name that carries another controller's mark is left alone. Give each daemon its own when several share a zone.") { Default = "dnsfailover" };

    public static readonly Key<bool> Create = new("create", Kinds.Boolean, "`true` lets the daemon create the records when the name has none. Always so with a builtin provider.") { Default = false };

    public static readonly Key<string> EndpointName = new("name", Kinds.Identifier, "Its name in alerts, logs and commands.") { Required = true };

    public static readonly Key<IReadOnlyList<Placed<IPAddress>>> Addresses = new("addresses", new ListKind<IPAddress>(Kinds.Address, "addresses"), "Its IPv4 and IPv6 addresses. Each is probed by itself, and each family is a record set of its own.");

    public static readonly Key<DnsName> Cname = new("cname", Kinds.HostName, "The host name that the service's name becomes an alias of, instead of `addresses`.");

    public static readonly Key<int> Priority = new("priority", Kinds.Integer(0, 10_000), "0 is preferred; endpoints of the same priority are served together. Only for the policy `failover`.") { DefaultText = "its place in the list, from 0" };

    public static readonly Key<int> Weight = new("weight", Kinds.Integer(1, 255), "Its share of the queries relative to the others'. Only for the policy `weighted`.") { Default = 1 };

    public static readonly Key<string> Vendor = new("vendor", Kinds.Identifier, "Who runs it. Endpoints of one vendor may well fail together; see `massFailure`.") { DefaultText = "the endpoint's name" };

    /// <summary>One deployment that can serve the name.</summary>
    public static readonly Section Endpoint = new(
        "endpoint",
        "One deployment that can serve the name. It has either `addresses` or a `cname`.",
        [EndpointName, Addresses, Cname, Vendor, Priority, Weight, .. ProbingKeys.All]);

    public static readonly Key<IReadOnlyList<Placed<Values>>> Endpoints = new("endpoints", new ListKind<Values>(new SectionKind<Values>(Endpoint, (values, _) => values), "endpoints"), "The deployments that can serve the name, in order of preference.") { Required = true };

    /// <summary>One DNS name being steered.</summary>
    public static readonly Section Service = new(
        "service",
        "One DNS name being steered.",
        [Name, Endpoints, .. Inheritable()]);

    /// <summary>What services inherit.</summary>
    public static readonly Section Defaults = new("defaults", "What holds for every service that does not say otherwise.", Inheritable());

    /// <summary>The value of <c>defaults</c>.</summary>
    public static readonly ValueKind<Values> DefaultsKind = new SectionKind<Values>(Defaults, (values, _) => values);

    /// <summary>The value of <c>services</c>.</summary>
    public static readonly ValueKind<IReadOnlyList<Placed<Values>>> Services = new ListKind<Values>(new SectionKind<Values>(Service, (values, _) => values), "services");

    private static Key[] Inheritable() => [.. ProbingKeys.All, Provider, Providers, Policy, Ttl, Failback, MinActiveTime, SwitchesPerHour, Importance, OnAllDown, OnDrift, Owner, Adopt, Create, AlertKeys.Notify, WindowKeys.Maintenance, DrillKeys.Drill];

    private static EitherKind<FailbackPlan> FailbackKind()
    {
        var modes = Kinds.OneOf(("auto", FailbackMode.Auto), ("manual", FailbackMode.Manual), ("approve", FailbackMode.Approve));
        var mode = new Key<FailbackMode>("mode", modes, "`auto` returns after the delay, `manual` only when an operator says so, `approve` after the delay, when an operator has approved it; an approval is for one recovery: it ends when traffic has returned, when the preferred endpoint goes down again, and at its time.") { Default = FailbackMode.Auto };
        var delay = new Key<TimeSpan>("delay", Kinds.Duration(TimeSpan.Zero, Week), "How long the preferred endpoint must have been up without a break.") { Default = TimeSpan.FromSeconds(60) };
        var flapWindow = new Key<TimeSpan>("flapWindow", Kinds.Duration(TimeSpan.Zero, Day), "The delay doubles with each failover after the first within this time, and halves as they pass out of it. `0s` leaves it as it is.") { Default = FlapWindow };
        var longestDelay = new Key<TimeSpan>("longestDelay", Kinds.Duration(TimeSpan.Zero, Week), "It does not grow beyond this.") { Default = TimeSpan.FromHours(1) };
        var section = new Section("failback", "The way back to a preferred endpoint: `failback: manual`, or `failback: {mode: auto, delay: 5m}`.", mode, delay, flapWindow, longestDelay, WindowKeys.FailbackWindows);
        return new EitherKind<FailbackPlan>(
            modes.Select(value => new FailbackPlan(new FailbackRule(value, delay.Default) { FlapWindow = FlapWindow }, [])),
            new SectionKind<FailbackPlan>(section, (values, reading) => Planned(new FailbackRule(values.Get(mode), values.Get(delay)) { FlapWindow = values.Get(flapWindow), LongestDelay = values.Get(longestDelay) }, values, reading)));
    }

    private static FailbackPlan Planned(FailbackRule rule, Values values, Reading reading)
    {
        var windows = WindowKeys.Entries(values, WindowKeys.FailbackWindows, reading);
        if (windows.Count > 0 && rule.Mode == FailbackMode.Manual)
        {
            reading.Error(values.NodeOf(WindowKeys.FailbackWindows), "windows: nothing returns by itself with the mode manual; expected another mode, or no 'windows'");
        }

        return new FailbackPlan(rule with { OnlyInWindows = windows.Count > 0 }, windows);
    }
}
