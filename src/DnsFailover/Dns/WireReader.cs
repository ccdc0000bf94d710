using System.Buffers.Binary;

namespace DnsFailover.Dns;

/// <summary>
/// Takes the parts of a message off its bytes. The first thing that is wrong sets <see cref="Error"/>; from then on every
/// read returns zero, so that callers ask once per record. It never reads outside the message and always ends.
/// </summary>
/// <param name="message">The whole message, since names point anywhere before them.</param>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    /// <summary>A name has at most 127 labels, so that more pointers than that lead nowhere new.</summary>
    private const int MostPointers = 127;

    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>What is wrong with the message, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>The offset of the next octet.</summary>
    public int Position { get; private set; }

    /// <summary>True when everything has been read.</summary>
    public readonly bool AtEnd => Position == _message.Length;

    /// <summary>Gives up; the first reason counts.</summary>
    public void Fail(string reason) => Error ??= reason;

    /// <summary>The next octet.</summary>
    public byte U8() => Octets(1) is [var octet] ? octet : (byte)0;

    /// <summary>The next 16 bits.</summary>
    public ushort U16() => Octets(2) is { Length: 2 } octets ? BinaryPrimitives.ReadUInt16BigEndian(octets) : (ushort)0;

    /// <summary>The next 32 bits.</summary>
    public uint U32() => Octets(4) is { Length: 4 } octets ? BinaryPrimitives.ReadUInt32BigEndian(octets) : 0;

    /// <summary>The next octets; none at all when there are not that many.</summary>
    public ReadOnlySpan<byte> Octets(int count)
    {
        if (Error is not null || _message.Length - Position < count)
        {
            Fail("it ends in the middle of something");
            return default;
        }

        var octets = _message.Slice(Position, count);
        Position += count;
        return octets;
    }

    /// <summary>
    /// The next name. A pointer must lead to before the labels that it ends (RFC 1035 section 4.1.4, "a prior
    /// occurrence"), so that following them cannot go round in circles.
    /// </summary>
    public WireName Name()
    {
        if (Error is not null)
        {
            return WireName.Root;
        }

        Span<byte> name = stackalloc byte[WireName.MaxLength];
        var (length, at, segment, pointers) = (0, Position, Position, 0);
        while (at < _message.Length)
        {
            int octet = _message[at];
            if (octet >= 0xC0)
            {
                if (at + 1 == _message.Length)
                {
                    break;
                }

                var target = ((octet & 0x3F) << 8) | _message[at + 1];
                Position = pointers++ == 0 ? at + 2 : Position;
                if (target >= segment || target < DnsMessage.HeaderLength || pointers > MostPointers)
                {
                    Fail("a compression pointer leads nowhere");
                    return WireName.Root;
                }

                at = segment = target;
                continue;
            }

            if (octet > 63)
            {
                Fail("a label has an unknown type");
                return WireName.Root;
            }

            if (length + 1 + octet > name.Length)
            {
                Fail("a name is longer than 255 octets");
                return WireName.Root;
            }

            if (at + 1 + octet > _message.Length)
            {
                break;
            }

            _message.Slice(at, 1 + octet).CopyTo(name[length..]);
            length += 1 + octet;
            at += 1 + octet;
            if (octet == 0)
            {
                Position = pointers == 0 ? at : Position;
                return WireName.FromValidWire(name[..length]);
            }
        }

        Fail("it ends in the middle of a name");
        return WireName.Root;
    }
}
