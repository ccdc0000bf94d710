using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Records;

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

    /// <summary>
    /// Whether names are marked as this controller's, by a TXT record beside them. Where the server refuses the mark the
    /// records are written without it, so that true keeps no failover from happening.
    /// </summary>
    public bool OwnerMark { get; init; } = true;

    /// <inheritdoc/>
    public override ProviderCapabilities OwnCapabilities => Capabilities with { OwnerMarks = OwnerMark };

    /// <summary>What this kind of provider can do.</summary>
    public static ProviderCapabilities Capabilities { get; } = new()
    {
        Weights = false,
        SeveralValues = true,
        ConditionalWrite = true,
        AtomicBatch = true,
        Comments = false,
        OwnerMarks = true,
        SmallestTtl = TimeSpan.Zero,
    };

    private static readonly Key<(string Host, int? Port)> ServerKey = new("server", ServerKind(), "The primary that takes updates: a host name or an address, with an optional port.") { Required = true };

    private static readonly Key<int> PortKey = new("port", Kinds.Port, "Its port, where `server` does not name it.") { Default = 53 };

    private static readonly Key<TsigKeyOptions> TsigKey = new("tsig", TsigKind(), "The key that updates are signed with.") { DefaultText = "updates are not signed" };

    private static readonly Key<bool> OwnerMarkKey = new("ownerMark", Kinds.Boolean, "Whether a TXT record at `_dnsfailover.` below each name marks it as this controller's. Where the server refuses only that, names are written without it, with a warning.") { Default = true };

    private static readonly Key<IReadOnlyList<Placed<IPEndPoint>>> NameServersKey = ProviderKeys.NameServers("the zone's NS records");

    /// <summary>The keys of its entry in failover.yaml.</summary>
    internal static Section Keys { get; } = new("rfc2136 provider", "A DNS server that takes dynamic updates (RFC 2136), such as BIND, Knot or PowerDNS.", ProviderKeys.Type("rfc2136"), ServerKey, PortKey, ProviderKeys.Zone, TsigKey, OwnerMarkKey, NameServersKey, ProviderKeys.Timeout);

    /// <summary>Makes options of an entry's keys; null when that is not possible, which was reported.</summary>
    internal static Rfc2136Options? Parse(Values values, Reading reading)
    {
        if (values.TryGet(ServerKey, out var server) && server.Port is { } port && values.IsWritten(PortKey))
        {
            reading.Error(values.NodeOf(PortKey), $"port: the port stands in 'server' too ({port}); expected it in one place");
        }

        if (!values.IsWritten(TsigKey))
        {
            reading.Warn(values.Node, "no 'tsig': updates are not signed, so the server must allow them by address alone; expected tsig: {name: …, secret: \"${NAME}\"}");
        }

        return server.Host is not null && values.TryGet(ProviderKeys.Zone, out var zone)
            ? new Rfc2136Options
            {
                Zone = zone,
                Server = server.Host,
                Port = server.Port ?? values.Get(PortKey),
                Tsig = values.Get(TsigKey),
                OwnerMark = values.Get(OwnerMarkKey),
                NameServers = ProviderKeys.ServersIn(values, NameServersKey),
                Timeout = values.Get(ProviderKeys.Timeout),
            }
            : null;
    }

    private static ScalarKind<(string Host, int? Port)> ServerKind() => new(
        "a host name or an address, with an optional port, such as 192.0.2.53 or ns1.example.com:5353",
        () => new JsonObject { ["type"] = "string" },
        text =>
        {
            var (host, port) = HostAndPort.Split(text);
            var number = 0;
            if (port is not null && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number is < 1 or > 65535))
            {
                return Parsed<(string, int?)>.No("has no valid port");
            }

            var looksNumeric = host.All(c => char.IsAsciiDigit(c) || c == '.');
            var canonical = IPAddress.TryParse(host, out var address) && (!looksNumeric || address.ToString() == host) ? address.ToString()
                : !looksNumeric && DnsName.TryParse(host, out var name, out _) ? name.ToString()
                : null;
            return canonical is null ? Parsed<(string, int?)>.No("is neither") : new Parsed<(string, int?)>((canonical, port is null ? null : number));
        });

    private static SectionKind<TsigKeyOptions> TsigKind()
    {
        var name = new Key<string>("name", Kinds.HostName.Select(value => value.ToString()), "The key's name, as in the server's configuration.") { Required = true };
        var algorithm = new Key<TsigAlgorithm>("algorithm", Kinds.OneOf(("hmac-sha256", TsigAlgorithm.HmacSha256), ("hmac-sha512", TsigAlgorithm.HmacSha512)), "Its algorithm.") { Default = TsigAlgorithm.HmacSha256 };
        var secret = new Key<Secret>("secret", new SecretKind("the key in base64, as tsig-keygen prints it", KeyComplaint, warnWhenLiteral: true), "The key itself, in base64.") { Required = true };
        var section = new Section("tsig", "A TSIG key (RFC 8945), as `tsig-keygen` makes one.", name, algorithm, secret);
        return new SectionKind<TsigKeyOptions>(section, (values, _) =>
            values.TryGet(name, out var keyName) && values.TryGet(secret, out var key) ? new TsigKeyOptions(keyName, values.Get(algorithm), key) : null);
    }

    private static string? KeyComplaint(string value)
    {
        var bytes = new byte[(value.Length * 3 / 4) + 3];
        return Convert.TryFromBase64String(value, bytes, out var length) && length > 0 ? null : "is not base64";
    }
}
