using System.Buffers.Binary;

namespace DnsFailover.Dns;

/// <summary>
/// Appends the parts of a message to a buffer. What does not fit sets <see cref="Overflowed"/> and is left out, so that
/// callers ask once after a record and not after every number.
/// </summary>
/// <param name="buffer">Where the message goes; offset 0 is the first octet of its header.</param>
/// <param name="nameOffsets">Room for the places that later names may point to; when it is full, compression just gets worse.</param>
internal ref struct WireWriter(Span<byte> buffer, Span<ushort> nameOffsets)
{
    private const int PointerMark = 0xC000;
    private const int LargestPointer = 0x3FFF;

    private readonly Span<byte> _buffer = buffer;
    private readonly Span<ushort> _nameOffsets = nameOffsets;
    private int _nameCount;

    /// <summary>How much has been written.</summary>
    public int Length { get; private set; }

    /// <summary>Up to where may be written.</summary>
    public int Limit { get; set; } = buffer.Length;

    /// <summary>True when something did not fit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Where it stands, to come back to.</summary>
    public readonly (int Length, int Names) Mark => (Length, _nameCount);

    /// <summary>Takes back everything that was written since the mark.</summary>
    public void Rewind((int Length, int Names) mark) => (Length, _nameCount, Overflowed) = (mark.Length, mark.Names, false);

    /// <summary>Appends an octet.</summary>
    public void U8(byte value)
    {
        if (Reserve(1, out var target))
        {
            target[0] = value;
        }
    }

    /// <summary>Appends 16 bits.</summary>
    public void U16(ushort value)
    {
        if (Reserve(2, out var target))
        {
            BinaryPrimitives.WriteUInt16BigEndian(target, value);
        }
    }

    /// <summary>Appends 32 bits.</summary>
    public void U32(uint value)
    {
        if (Reserve(4, out var target))
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, value);
        }
    }

    /// <summary>Appends octets as they are.</summary>
    public void Octets(scoped ReadOnlySpan<byte> octets)
    {
        if (Reserve(octets.Length, out var target))
        {
            octets.CopyTo(target);
        }
    }

    /// <summary>Appends a name in full, as signatures need it.</summary>
    public void Name(WireName name) => Octets(name.Wire);

    /// <summary>Appends a name, ending in a pointer to an earlier one where they share a suffix (RFC 1035 section 4.1.4).</summary>
    public void CompressedName(WireName name)
    {
        var wire = name.Wire;
        var start = Length;
        var at = 0;
        var target = -1;
        for (; wire[at] != 0; at += 1 + wire[at])
        {
            target = Find(wire[at..]);
            if (target >= 0)
            {
                break;
            }
        }

        if (target >= 0)
        {
            Octets(wire[..at]);
            U16((ushort)(PointerMark | target));
        }
        else
        {
            Octets(wire);
        }

        Remember(wire[..at], start);
    }

    /// <summary>Appends a whole record.</summary>
    public void Record(ResourceRecord record)
    {
        CompressedName(record.Name);
        U16((ushort)record.Type);
        U16((ushort)record.Class);
        U32(record.Ttl);
        Data(record.Data);
    }

    /// <summary>Appends a record's data after its length.</summary>
    public void Data(RecordData data)
    {
        var lengthAt = Length;
        U16(0);
        data.Write(ref this);
        if (!Overflowed)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_buffer[lengthAt..], (ushort)(Length - lengthAt - 2));
        }
    }

    private bool Reserve(int count, out Span<byte> target)
    {
        if (Overflowed || Limit - Length < count)
        {
            Overflowed = true;
            target = default;
            return false;
        }

        target = _buffer.Slice(Length, count);
        Length += count;
        return true;
    }

    /// <summary>Notes where each of these labels, just written at <paramref name="start"/>, can be pointed to.</summary>
    private void Remember(scoped ReadOnlySpan<byte> labels, int start)
    {
        if (Overflowed)
        {
            return;
        }

        for (var at = 0; at < labels.Length && start + at <= LargestPointer && _nameCount < _nameOffsets.Length; at += 1 + labels[at])
        {
            _nameOffsets[_nameCount++] = (ushort)(start + at);
        }
    }

    private readonly int Find(scoped ReadOnlySpan<byte> suffix)
    {
        foreach (var offset in _nameOffsets[.._nameCount])
        {
            if (IsAt(offset, suffix))
            {
                return offset;
            }
        }

        return -1;
    }

    /// <summary>Whether the name that was written at the offset is this one; our own pointers only lead backwards.</summary>
    private readonly bool IsAt(int offset, scoped ReadOnlySpan<byte> name)
    {
        for (var at = 0; ;)
        {
            int length = _buffer[offset];
            if (length >= 0xC0)
            {
                offset = BinaryPrimitives.ReadUInt16BigEndian(_buffer[offset..]) & LargestPointer;
                continue;
            }

            if (length != name[at] || !WireName.SameOctets(_buffer.Slice(offset + 1, length), name.Slice(at + 1, length)))
            {
                return false;
            }

            if (length == 0)
            {
                return true;
            }

            at += 1 + length;
            offset += 1 + length;
        }
    }
}
