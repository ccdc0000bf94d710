using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DnsFailover.Dns;

/// <summary>The data of one record. Instances are immutable and can be written any number of times.</summary>
internal abstract class RecordData
{
    /// <summary>Appends the data, without its length.</summary>
    internal abstract void Write(ref WireWriter output);
}

/// <summary>No data at all: the conditions and deletions of an update (RFC 2136 sections 2.4 and 2.5).</summary>
internal sealed class EmptyData : RecordData
{
    private EmptyData()
    {
    }

    /// <summary>The one instance.</summary>
    public static EmptyData Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => string.Empty;

    internal override void Write(ref WireWriter output)
    {
    }
}

/// <summary>The address of an A or AAAA record.</summary>
internal sealed class AddressData : RecordData
{
    private readonly byte[] _octets;

    /// <summary>An IPv4 or IPv6 address; the record's type has to match.</summary>
    public AddressData(IPAddress address) => (Address, _octets) = (address, address.GetAddressBytes());

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    /// <summary>A for IPv4, AAAA for IPv6.</summary>
    public DnsType Type => Address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.AAAA;

    /// <inheritdoc/>
    public override string ToString() => Address.ToString();

    internal override void Write(ref WireWriter output) => output.Octets(_octets);
}

/// <summary>The name of a CNAME, NS or PTR record.</summary>
internal sealed class NameData(WireName name) : RecordData
{
    /// <summary>The name.</summary>
    public WireName Name { get; } = name;

    /// <inheritdoc/>
    public override string ToString() => Name.ToString();

    internal override void Write(ref WireWriter output) => output.CompressedName(Name);
}

/// <summary>The start of a zone of authority; times in seconds (RFC 1035 section 3.3.13).</summary>
/// <param name="primary">MNAME, the host name of the primary server.</param>
/// <param name="mailbox">RNAME, who to write to.</param>
/// <param name="serial">The version of the zone.</param>
/// <param name="refresh">How often secondaries look for a new version.</param>
/// <param name="retry">How soon after they could not.</param>
/// <param name="expire">After which they stop answering.</param>
/// <param name="minimum">How long "no such name" may be remembered (RFC 2308 section 4).</param>
internal sealed class SoaData(WireName primary, WireName mailbox, uint serial, uint refresh, uint retry, uint expire, uint minimum) : RecordData
{
    /// <summary>MNAME, the host name of the primary server.</summary>
    public WireName Primary { get; } = primary;

    /// <summary>RNAME, who to write to.</summary>
    public WireName Mailbox { get; } = mailbox;

    /// <summary>The version of the zone.</summary>
    public uint Serial { get; } = serial;

    /// <summary>How often secondaries look for a new version, in seconds.</summary>
    public uint Refresh { get; } = refresh;

    /// <summary>How soon after they could not, in seconds.</summary>
    public uint Retry { get; } = retry;

    /// <summary>After which they stop answering, in seconds.</summary>
    public uint Expire { get; } = expire;

    /// <summary>How long "no such name" may be remembered, in seconds.</summary>
    public uint Minimum { get; } = minimum;

    /// <inheritdoc/>
    public override string ToString() => $"{Primary} {Mailbox} {Serial} {Refresh} {Retry} {Expire} {Minimum}";

    internal override void Write(ref WireWriter output)
    {
        output.CompressedName(Primary);
        output.CompressedName(Mailbox);
        output.U32(Serial);
        output.U32(Refresh);
        output.U32(Retry);
        output.U32(Expire);
        output.U32(Minimum);
    }
}

/// <summary>One or more strings of at most 255 octets each.</summary>
internal sealed class TxtData(IReadOnlyList<byte[]> strings) : RecordData
{
    /// <summary>The strings, in order.</summary>
    public IReadOnlyList<byte[]> Strings { get; } = strings;

    /// <summary>One text, cut into as many strings as its UTF-8 form takes.</summary>
    public static TxtData FromText(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        return new TxtData(octets.Length == 0 ? [[]] : [.. octets.Chunk(255)]);
    }

    /// <summary>The strings in quotation marks.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var octets in Strings)
        {
            text.Append(text.Length == 0 ? "\"" : " \"");
            foreach (var octet in octets)
            {
                WireName.AppendEscaped(text, octet);
            }

            text.Append('"');
        }

        return text.ToString();
    }

    internal override void Write(ref WireWriter output)
    {
        foreach (var octets in Strings)
        {
            output.U8((byte)octets.Length);
            output.Octets(octets);
        }
    }
}

/// <summary>A transaction signature (RFC 8945 section 4.2).</summary>
internal sealed class TsigData : RecordData
{
    /// <summary>The algorithm, as the name that stands for it.</summary>
    public required WireName Algorithm { get; init; }

    /// <summary>When it was signed, in seconds since 1970-01-01 UTC; 48 bits.</summary>
    public required ulong TimeSigned { get; init; }

    /// <summary>How many seconds the other side's clock may differ.</summary>
    public required ushort Fudge { get; init; }

    /// <summary>The signature; empty in replies that say BADKEY or BADSIG.</summary>
    public required byte[] Mac { get; init; }

    /// <summary>The message's id when it was signed.</summary>
    public required ushort OriginalId { get; init; }

    /// <summary>What the server did not like about the signature.</summary>
    public TsigError Error { get; init; }

    /// <summary>With BADTIME: the server's clock, 48 bits; otherwise empty.</summary>
    public byte[] Other { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Algorithm} {TimeSigned} {Fudge} ({Mac.Length} octets) {OriginalId} {Error}";

    internal override void Write(ref WireWriter output)
    {
        output.Name(Algorithm);
        output.U16((ushort)(TimeSigned >> 32));
        output.U32((uint)TimeSigned);
        output.U16(Fudge);
        output.U16((ushort)Mac.Length);
        output.Octets(Mac);
        output.U16(OriginalId);
        output.U16((ushort)Error);
        output.U16((ushort)Other.Length);
        output.Octets(Other);
    }

    /// <summary>The server's clock of a BADTIME reply, or null when it did not say.</summary>
    internal ulong? ServerTime => Other.Length == 6
        ? ((ulong)BinaryPrimitives.ReadUInt16BigEndian(Other) << 32) | BinaryPrimitives.ReadUInt32BigEndian(Other.AsSpan(2))
        : null;
}

/// <summary>
/// The data of any other type, as it is (RFC 3597). Names in it may be compressed and then mean nothing outside the
/// message they were read from.
/// </summary>
internal sealed class OpaqueData(byte[] octets) : RecordData
{
    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Octets { get; } = octets;

    /// <summary>In the notation of RFC 3597 section 5.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"\\# {Octets.Length} {Convert.ToHexString(Octets.Span)}");

    internal override void Write(ref WireWriter output) => output.Octets(Octets.Span);
}
