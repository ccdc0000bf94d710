using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace DnsFailover.Dns;

/// <summary>The fixed first part of a message, for answers to messages that cannot be read any further.</summary>
/// <param name="Id">Ties a reply to its request.</param>
/// <param name="Opcode">What is asked for.</param>
/// <param name="Flags">The single bits.</param>
internal readonly record struct DnsHeader(ushort Id, DnsOpcode Opcode, DnsFlags Flags);

/// <summary>
/// Turns bytes into messages (RFC 1035 section 4), strictly: what is cut short, too long, contradictory or pointing in
/// circles is refused as a whole. Whatever the bytes are, it ends, in time and memory proportional to their number.
/// </summary>
internal static class DnsMessageReader
{
    private const DnsFlags AllFlags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer | DnsFlags.Truncated | DnsFlags.RecursionDesired
        | DnsFlags.RecursionAvailable | DnsFlags.AuthenticData | DnsFlags.CheckingDisabled;

    /// <summary>Reads the header alone; false for fewer than 12 octets, which cannot even be answered.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, out DnsHeader header)
    {
        if (bytes.Length < DnsMessage.HeaderLength)
        {
            header = default;
            return false;
        }

        var bits = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        header = new DnsHeader(BinaryPrimitives.ReadUInt16BigEndian(bytes), (DnsOpcode)((bits >> 11) & 0xF), (DnsFlags)bits & AllFlags);
        return true;
    }

    /// <summary>Reads one whole message.</summary>
    /// <exception cref="DnsFormatException">The bytes are not one.</exception>
    public static DnsMessage Read(ReadOnlySpan<byte> bytes) => TryRead(bytes, out var message, out var error) ? message : throw new DnsFormatException(error);

    /// <summary>As <see cref="Read"/>, with the complaint as a value: nothing is thrown, whatever the bytes are.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DnsMessage? message, [NotNullWhen(false)] out string? error)
    {
        message = null;
        if (!TryReadHeader(bytes, out var header))
        {
            error = "it is shorter than a header";
            return false;
        }

        var input = new WireReader(bytes);
        _ = input.Octets(4);
        var (questionCount, answerCount, authorityCount, additionalCount) = (input.U16(), input.U16(), input.U16(), input.U16());
        var questions = Questions(ref input, questionCount);
        var answers = Records(ref input, answerCount);
        var authorities = Records(ref input, authorityCount);
        var additional = Additional(ref input, additionalCount);
        if (input.Error is null && !input.AtEnd)
        {
            input.Fail("something follows its end");
        }

        error = input.Error;
        if (error is not null)
        {
            return false;
        }

        message = new DnsMessage
        {
            Id = header.Id,
            Opcode = header.Opcode,
            Flags = header.Flags,
            Rcode = (DnsRcode)((bytes[3] & 0xF) | (additional.UpperRcode << 4)),
            Questions = questions,
            Answers = answers,
            Authorities = authorities,
            Additionals = additional.Records,
            Edns = additional.Edns,
            Tsig = additional.Tsig,
        };
        return true;
    }

    private static DnsQuestion[] Questions(ref WireReader input, int count)
    {
        // The counts are what the sender claims; memory is taken for what is really there.
        if (count == 1)
        {
            var only = Question(ref input);
            return input.Error is null ? [only] : [];
        }

        var questions = new List<DnsQuestion>();
        while (questions.Count < count && input.Error is null)
        {
            questions.Add(Question(ref input));
        }

        return [.. questions];
    }

    private static DnsQuestion Question(ref WireReader input) => new(input.Name(), (DnsType)input.U16(), (DnsClass)input.U16());

    private static ResourceRecord[] Records(ref WireReader input, int count)
    {
        if (count == 0)
        {
            return [];
        }

        var records = new List<ResourceRecord>();
        for (var i = 0; i < count && input.Error is null; i++)
        {
            var (name, type) = (input.Name(), (DnsType)input.U16());
            if (type is DnsType.OPT or DnsType.TSIG)
            {
                input.Fail($"a record of type {type} is outside the additional section");
                break;
            }

            records.Add(Record(ref input, name, type));
        }

        return [.. records];
    }

    private static (IReadOnlyList<ResourceRecord> Records, Edns? Edns, int UpperRcode, TsigRecord? Tsig) Additional(ref WireReader input, int count)
    {
        List<ResourceRecord>? records = null;
        Edns? edns = null;
        TsigRecord? tsig = null;
        var upperRcode = 0;
        for (var i = 0; i < count && input.Error is null; i++)
        {
            var offset = input.Position;
            var (name, type) = (input.Name(), (DnsType)input.U16());
            if (tsig is not null)
            {
                input.Fail("the TSIG record is not the last one"); // RFC 8945 section 5.2
            }
            else if (type == DnsType.TSIG)
            {
                tsig = Record(ref input, name, type).Data is TsigData data ? new TsigRecord(name, data, offset) : null;
            }
            else if (type == DnsType.OPT)
            {
                if (edns is not null || !name.IsRoot)
                {
                    input.Fail("there is more than one OPT record, or it has a name"); // RFC 6891 section 6.1.1
                }

                (edns, upperRcode) = Opt(ref input);
            }
            else
            {
                (records ??= []).Add(Record(ref input, name, type));
            }
        }

        return (records ?? (IReadOnlyList<ResourceRecord>)[], edns, upperRcode, tsig);
    }

    private static (Edns Edns, int UpperRcode) Opt(ref WireReader input)
    {
        var (payload, upperRcode, version, bits) = (input.U16(), input.U8(), input.U8(), input.U16());
        var options = input.Octets(input.U16());
        for (var at = 0; at < options.Length;)
        {
            var rest = options.Length - at;
            var length = rest < 4 ? 4 : 4 + BinaryPrimitives.ReadUInt16BigEndian(options[(at + 2)..]);
            at += length;
            if (length > rest)
            {
                input.Fail("an EDNS option is cut short");
            }
        }

        var edns = new Edns(payload, version, (bits & 0x8000) != 0) { Options = options.IsEmpty ? default : options.ToArray() };
        return (edns, upperRcode);
    }

    private static ResourceRecord Record(ref WireReader input, WireName name, DnsType type)
    {
        var (@class, ttl, length) = ((DnsClass)input.U16(), input.U32(), input.U16());
        var end = input.Position + length;
        var data = Data(ref input, type, @class, length);
        if (input.Error is null && input.Position != end)
        {
            input.Fail("a record's data does not have the length it claims");
        }

        return new ResourceRecord(name, type, @class, ttl, data);
    }

    private static RecordData Data(ref WireReader input, DnsType type, DnsClass @class, int length)
    {
        if (length == 0 && @class is DnsClass.ANY or DnsClass.NONE)
        {
            return EmptyData.Instance;
        }

        var isInternet = @class is DnsClass.IN or DnsClass.ANY or DnsClass.NONE;
        return type switch
        {
            DnsType.A when isInternet => Address(ref input, length, 4),
            DnsType.AAAA when isInternet => Address(ref input, length, 16),
            DnsType.CNAME or DnsType.NS or DnsType.PTR => new NameData(input.Name()),
            DnsType.SOA => new SoaData(input.Name(), input.Name(), input.U32(), input.U32(), input.U32(), input.U32(), input.U32()),
            DnsType.TXT => Txt(ref input, length),
            DnsType.TSIG => Tsig(ref input),
            _ => new OpaqueData(input.Octets(length).ToArray()),
        };
    }

    private static RecordData Address(ref WireReader input, int length, int expected)
    {
        var octets = input.Octets(expected);
        if (length != expected || octets.Length != expected)
        {
            input.Fail("an address has the wrong length");
            return EmptyData.Instance;
        }

        return new AddressData(new IPAddress(octets));
    }

    private static TxtData Txt(ref WireReader input, int length)
    {
        var end = input.Position + length;
        var strings = new List<byte[]>();
        while (input.Position < end && input.Error is null)
        {
            strings.Add(input.Octets(input.U8()).ToArray());
        }

        if (strings.Count == 0)
        {
            input.Fail("a TXT record has no string");
        }

        return new TxtData(strings);
    }

    private static TsigData Tsig(ref WireReader input) => new()
    {
        Algorithm = input.Name(),
        TimeSigned = ((ulong)input.U16() << 32) | input.U32(),
        Fudge = input.U16(),
        Mac = input.Octets(input.U16()).ToArray(),
        OriginalId = input.U16(),
        Error = (TsigError)input.U16(),
        Other = input.Octets(input.U16()).ToArray(),
    };
}
