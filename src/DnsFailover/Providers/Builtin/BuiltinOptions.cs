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
}
