using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Builtin;

/// <summary>Options of the authoritative server inside the daemon.</summary>
public sealed record BuiltinOptions : ProviderOptions
{
    /// <summary>Where it answers, over UDP and TCP. Port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>The host names of the zone's NS records; by default <c>ns1.</c> of the zone.</summary>
    public required ValueList<string> NameServers { get; init; }

    /// <summary>What this kind of provider can do.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = true,
        SeveralValues = true,
        ConditionalWrite = true,
        AtomicBatch = true,
        Comments = false,
        SmallestTtl = TimeSpan.Zero,
        OwnsRecords = true,
    };

    private static readonly Key<IPEndPoint> ListenKey = new("listen", Kinds.SocketAddress(53, anyAddress: true), "Where it answers, over UDP and TCP. Port 0 takes a free one.") { Default = new IPEndPoint(IPAddress.Loopback, 5300) };

    private static readonly Key<IReadOnlyList<Placed<DnsName>>> NameServersKey = new("nameServers", new ListKind<DnsName>(Kinds.HostName, "host names"), "The host names of the zone's NS records.") { DefaultText = "`ns1.` of the zone" };

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("builtin provider", "A small authoritative DNS server inside the daemon. It owns its zone: records that are missing are created.", ProviderKeys.Type("builtin"), ProviderKeys.Zone, ListenKey, NameServersKey);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static BuiltinOptions? Parse(Values values, Reading reading) => values.TryGet(ProviderKeys.Zone, out var zone)
        ? new BuiltinOptions
        {
            Zone = zone,
            Listen = values.Get(ListenKey),
            NameServers = values.TryGet(NameServersKey, out var servers) ? servers.Select(server => server.Value.ToString()).ToValueList() : [$"ns1.{zone}"],
        }
        : null;
}
