using DnsFailover.Core.Records;

namespace DnsFailover.Dns;

/// <summary>What is asked; in an update, the zone (RFC 2136 section 2.3).</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The type.</param>
/// <param name="Class">The class, nearly always IN.</param>
internal readonly record struct DnsQuestion(WireName Name, DnsType Type, DnsClass Class = DnsClass.IN)
{
    /// <summary>For example <c>api.example.com A</c>.</summary>
    public override string ToString() => $"{Name} {Type}";
}

/// <summary>One record of a message.</summary>
/// <param name="name">The owner.</param>
/// <param name="type">Its type.</param>
/// <param name="class">Its class; NONE and ANY have a meaning of their own in an update.</param>
/// <param name="ttl">The time to live in seconds.</param>
/// <param name="data">Its data.</param>
internal sealed class ResourceRecord(WireName name, DnsType type, DnsClass @class, uint ttl, RecordData data)
{
    /// <summary>An address record of the type that the address has.</summary>
    public ResourceRecord(WireName name, uint ttl, AddressData data)
        : this(name, data.Type, DnsClass.IN, ttl, data)
    {
    }

    /// <summary>The owner.</summary>
    public WireName Name { get; } = name;

    /// <summary>Its type.</summary>
    public DnsType Type { get; } = type;

    /// <summary>Its class.</summary>
    public DnsClass Class { get; } = @class;

    /// <summary>The time to live in seconds, as it was sent.</summary>
    public uint Ttl { get; } = ttl;

    /// <summary>Its data.</summary>
    public RecordData Data { get; } = data;

    /// <summary>As in a zone file: <c>api.example.com 30 IN A 192.0.2.1</c>.</summary>
    public override string ToString() => $"{Name} {Ttl} {Class} {Type} {Data}";
}

/// <summary>
/// What the OPT record says (RFC 6891 section 6.1.3). The upper bits of the response code are part of
/// <see cref="DnsMessage.Rcode"/>.
/// </summary>
/// <param name="UdpPayload">The largest UDP message, in octets, that its sender can take.</param>
/// <param name="Version">0 is the only version there is.</param>
/// <param name="DnssecOk">The DO bit (RFC 3225).</param>
internal readonly record struct Edns(ushort UdpPayload, byte Version = 0, bool DnssecOk = false)
{
    /// <summary>What passes without fragments nearly everywhere (DNS flag day 2020).</summary>
    public const ushort SafeUdpPayload = 1232;

    /// <summary>The options that came with it, undecoded; we send none.</summary>
    public ReadOnlyMemory<byte> Options { get; init; }
}

/// <summary>The signature of a message, with the key it names.</summary>
/// <param name="KeyName">The owner of the TSIG record.</param>
/// <param name="Data">The record's data.</param>
/// <param name="Offset">Where in the message that was read the record begins: the end of what is signed.</param>
internal sealed record TsigRecord(WireName KeyName, TsigData Data, int Offset);

/// <summary>
/// One DNS message (RFC 1035 section 4). OPT and TSIG records are <see cref="Edns"/> and <see cref="Tsig"/>, not part of
/// <see cref="Additionals"/>. In an update the four sections mean zone, prerequisites, updates and additional data
/// (RFC 2136 section 2).
/// </summary>
internal sealed record DnsMessage
{
    /// <summary>The largest message there is, since its length over TCP has 16 bits.</summary>
    public const int MaxLength = ushort.MaxValue;

    /// <summary>The largest UDP message without EDNS (RFC 1035 section 4.2.1).</summary>
    public const int PlainUdpLength = 512;

    /// <summary>The length of the header in octets.</summary>
    public const int HeaderLength = 12;

    /// <summary>Ties a reply to its request.</summary>
    public ushort Id { get; init; }

    /// <summary>What is asked for.</summary>
    public DnsOpcode Opcode { get; init; }

    /// <summary>The single bits of the header.</summary>
    public DnsFlags Flags { get; init; }

    /// <summary>The response code, with the upper bits that EDNS adds.</summary>
    public DnsRcode Rcode { get; init; }

    /// <summary>The questions; in an update, the zone.</summary>
    public IReadOnlyList<DnsQuestion> Questions { get; init; } = [];

    /// <summary>The answers; in an update, the prerequisites.</summary>
    public IReadOnlyList<ResourceRecord> Answers { get; init; } = [];

    /// <summary>The authority section; in an update, the changes.</summary>
    public IReadOnlyList<ResourceRecord> Authorities { get; init; } = [];

    /// <summary>The additional section without OPT and TSIG.</summary>
    public IReadOnlyList<ResourceRecord> Additionals { get; init; } = [];

    /// <summary>What the OPT record says, or null when there is none.</summary>
    public Edns? Edns { get; init; }

    /// <summary>The signature, or null when there is none.</summary>
    public TsigRecord? Tsig { get; init; }

    /// <summary>QR: a reply and not a request.</summary>
    public bool IsResponse => (Flags & DnsFlags.Response) != DnsFlags.None;

    /// <summary>AA: the answering server is an authority for the name.</summary>
    public bool IsAuthoritative => (Flags & DnsFlags.AuthoritativeAnswer) != DnsFlags.None;

    /// <summary>TC: it did not fit.</summary>
    public bool IsTruncated => (Flags & DnsFlags.Truncated) != DnsFlags.None;

    /// <summary>A question to an authoritative server: no recursion wanted, EDNS with <see cref="Edns.SafeUdpPayload"/>.</summary>
    public static DnsMessage Query(DnsName name, DnsType type, ushort id) => new()
    {
        Id = id,
        Questions = [new DnsQuestion(WireName.From(name), type)],
        Edns = new Edns(Dns.Edns.SafeUdpPayload),
    };
}
