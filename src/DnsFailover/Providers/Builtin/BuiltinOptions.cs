using System.Net;
using DnsFailover.Core;

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
}
