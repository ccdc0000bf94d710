using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>The keys that every kind of provider has.</summary>
internal static class ProviderKeys
{
    /// <summary>The kind.</summary>
    public static readonly Key<string> Type = new("type", Kinds.Text, "Which kind of provider it is.") { Required = true };

    /// <summary>The zone that it writes to.</summary>
    public static readonly Key<DnsName> Zone = new("zone", Kinds.HostName, "The zone that it writes to; every name it steers is in it.") { Required = true };

    /// <summary>After which a single read or write is given up.</summary>
    public static readonly Key<TimeSpan> Timeout = new("timeout", Kinds.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(2)), "After which a single read or write is given up.") { Default = TimeSpan.FromSeconds(10) };
}
