using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Core;

namespace DnsFailover.Providers.Rfc2136;

/// <summary>The algorithms of TSIG that are offered (RFC 8945 section 6).</summary>
public enum TsigAlgorithm
{
    /// <summary>hmac-sha256.</summary>
    HmacSha256,

    /// <summary>hmac-sha512.</summary>
    HmacSha512,
}

/// <summary>The key that updates are signed with.</summary>
/// <param name="Name">The key's name, as in the server's configuration.</param>
/// <param name="Algorithm">Its algorithm.</param>
/// <param name="Key">The key itself, in base64.</param>
public sealed record TsigKeyOptions(string Name, TsigAlgorithm Algorithm, Secret Key);

/// <summary>Options of a server that takes dynamic updates.</summary>
public sealed record Rfc2136Options : ProviderOptions
{
    /// <summary>The primary that takes updates: a host name or an address.</summary>
    public required string Server { get; init; }

    /// <summary>Its port, 53 unless the file says otherwise.</summary>
    public int Port { get; init; } = 53;

    /// <summary>The key; null sends unsigned updates, for servers that allow by address.</summary>
    public TsigKeyOptions? Tsig { get; init; }

    /// <summary>
    /// The servers that a change is verified at. Empty asks the primary for the zone's NS records and resolves them.
    /// </summary>
    public ValueList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>What this kind of provider can do.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = true,
        AtomicBatch = true,
        Comments = false,
        SmallestTtl = TimeSpan.Zero,
    };
}
