using DnsFailover.Api;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Journal;
using DnsFailover.Logging;
using DnsFailover.Probing;
using DnsFailover.Providers;
using DnsFailover.Schedules;
using DnsFailover.SelfCheck;

namespace DnsFailover.Configuration;

/// <summary>A valid failover.yaml, with every default filled in and every inheritance resolved.</summary>
public sealed record DaemonConfiguration
{
    /// <summary>The services, in the order of the file.</summary>
    public required ValueList<ServiceDefinition> Services { get; init; }

    /// <summary>What is probed, and how: one entry for every target of every service.</summary>
    public required IReadOnlyDictionary<TargetId, CheckDefinition> Checks { get; init; }

    /// <summary>The providers by name.</summary>
    public required IReadOnlyDictionary<string, ProviderDefinition> Providers { get; init; }

    /// <summary>Where alerts go, by channel name.</summary>
    public required IReadOnlyDictionary<string, ChannelDefinition> Notifications { get; init; }

    /// <summary>Which alerts go to which of them.</summary>
    internal AlertRoutes Routes { get; init; } = AlertRoutes.All([]);

    /// <summary>Where the status page is, for links to it; null when there are none.</summary>
    internal Uri? PageUrl { get; init; }

    /// <summary>An incident of which nothing was said for so long is told again; null for never.</summary>
    internal TimeSpan? RemindEvery { get; init; }

    /// <summary>The planned times of every service.</summary>
    internal ValueList<WindowSchedule> Windows { get; init; } = [];

    /// <summary>When drills begin by themselves.</summary>
    internal ValueList<DrillSchedule> Drills { get; init; } = [];

    /// <summary>How the API and the status page are reached over the network.</summary>
    public ApiOptions Api { get; init; } = ApiOptions.Off;

    /// <summary>How this machine's own network is judged; null when it is not.</summary>
    internal SelfCheckOptions? SelfCheck { get; init; }

    /// <summary>How often everything is read and compared in full. 5 minutes unless the file says otherwise.</summary>
    public required TimeSpan ReconcileInterval { get; init; }

    /// <summary>What holds over all services together.</summary>
    public FleetRules Rules { get; init; } = new();

    /// <summary>Where the journal and the builtin zones are kept. <c>--data</c> outranks it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>How long what happened and what was observed is kept. 30 days unless the file says otherwise.</summary>
    public TimeSpan History { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How the log is written. It takes effect at the start.</summary>
    public LogFormat Log { get; init; }

    /// <summary>What is legal but probably not meant, each with file:line:column.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>One entry under <c>providers</c>.</summary>
public sealed record ProviderDefinition
{
    /// <summary>Its name, which services refer to.</summary>
    public required string Name { get; init; }

    /// <summary>The kind: <c>builtin</c>, <c>rfc2136</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The options of that kind.</summary>
    public required ProviderOptions Options { get; init; }
}
