using System.Net;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>The keys that every kind of provider has.</summary>
internal static class ProviderKeys
{
    /// <summary>The zone that it writes to.</summary>
    public static readonly Key<DnsName> Zone = new("zone", Kinds.HostName, "The zone that it writes to; every name it steers is in it.") { Required = true };

    /// <summary>The key that says which kind it is.</summary>
    public static Key<string> Type(string type) => new("type", Kinds.OneOf((type, type)), "Which kind of provider it is.") { Required = true };

    /// <summary>The servers that a change is verified at.</summary>
    /// <param name="otherwise">Which they are when failover.yaml does not say.</param>
    public static Key<IReadOnlyList<Placed<IPEndPoint>>> NameServers(string otherwise) =>
        new("nameServers", new ListKind<IPEndPoint>(Kinds.SocketAddress(53, anyAddress: false), "addresses"), "The servers that a change is verified at.") { DefaultText = otherwise };

    /// <summary>The servers that an entry lists; empty when it lists none.</summary>
    public static ValueList<IPEndPoint> ServersIn(Values values, Key<IReadOnlyList<Placed<IPEndPoint>>> key) =>
        values.TryGet(key, out var servers) ? servers.Select(item => item.Value).Distinct().ToValueList() : [];

    /// <summary>After which a single read or write is given up.</summary>
    public static readonly Key<TimeSpan> Timeout = new("timeout", Kinds.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(2)), "After which a single read or write is given up.") { Default = TimeSpan.FromSeconds(10) };
}
