using DnsFailover.Configuration.Schema;
using DnsFailover.Logging;
using DnsFailover.Providers;

namespace DnsFailover.Configuration;

/// <summary>The keys at the top of failover.yaml.</summary>
internal static class FileKeys
{
    private static readonly TypedKind<ChannelDefinition> Channel = new("a channel", _ => ChannelTable.Channels, nameMayBeType: true);

    private static readonly TypedKind<ProviderEntry> Provider = new("a provider", Providers.ProviderTable.Cases, nameMayBeType: false);

    public static readonly Key<IReadOnlyList<Named<ProviderEntry>>> ProviderMap = new("providers", new MapKind<ProviderEntry>(Provider, "a map of names and providers", Kinds.IdentifierComplaint), "Where records are kept.") { Required = true };

    public static readonly Key<IReadOnlyList<Placed<Values>>> Services = new("services", ServiceKeys.Services, "The DNS names being steered.") { Required = true };

    public static readonly Key<Values> Defaults = new("defaults", ServiceKeys.DefaultsKind, "What holds for every service that does not say otherwise.") { DefaultText = "none" };

    public static readonly Key<IReadOnlyList<Named<Values>>> Checks = new("checks", new MapKind<Values>(CheckKeys.NamedKind, "a map of names and checks", Kinds.IdentifierComplaint), "Checks that services and endpoints refer to by name.") { DefaultText = "none" };

    public static readonly Key<IReadOnlyList<Named<ChannelDefinition>>> Notifications = new(
        "notifications",
        new MapKind<ChannelDefinition>(Channel, "a map of names and channels", Kinds.IdentifierComplaint) { SpecialNames = Channel.NamedCases },
        "Where alerts go. `type` may be left out of an entry that is named like one: `slack: {webhook: …}`.")
    { DefaultText = "none" };

    public static readonly Key<TimeSpan> ReconcileInterval = new("reconcileInterval", Kinds.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), "How often all records are read and compared in full, whatever is remembered.") { Default = TimeSpan.FromMinutes(5) };

    public static readonly Key<string> DataDirectory = new("dataDirectory", Kinds.Directory, "Where the journal and the builtin zones are kept. A relative path starts at the working directory. `--data` outranks it.") { Default = "./data" };

    public static readonly Key<TimeSpan> History = new(
        "history",
        Kinds.Duration(TimeSpan.FromDays(1), TimeSpan.FromDays(400)),
        "How far back `explain` and `replay` can look: decisions, alerts and observations that are older are removed, but never what a restart needs. Their number is bounded besides: 20 000 decisions and other events, 200 000 rows of observations. Ten quiet endpoints make about ten rows a day.")
    { Default = TimeSpan.FromDays(30) };

    public static readonly Key<LogFormat> Log = new("log", Kinds.OneOf(("console", LogFormat.Console), ("json", LogFormat.Json)), "How the log is written to the standard output: lines for people, or one JSON object a line with stable names. It takes effect at the start.") { Default = LogFormat.Console };

    /// <summary>The whole file.</summary>
    public static readonly Section File = new("failover.yaml", "The keys at the top of the file.", ProviderMap, Services, Defaults, Checks, Notifications, AlertKeys.PageUrl, AlertKeys.RemindEvery, NetworkKeys.SelfCheck, NetworkKeys.MassFailure, FleetKeys.MassChange, FleetKeys.SwitchShare, ReconcileInterval, History, DataDirectory, ApiKeys.Api, ApiKeys.StatusPage, Log);
}
