using System.Buffers;
using System.Buffers.Binary;

namespace DnsFailover.Dns;

/// <summary>Turns messages into bytes (RFC 1035 section 4).</summary>
internal static class DnsMessageWriter
{
    private const int OptLength = 11;
    private const int RememberedNames = 64;

    /// <summary>
    /// Writes the message. The buffer's length is the limit: when answers or authorities do not fit, all records are left
    /// out and TC is set, so that nobody takes a part of an RRset for the whole (RFC 2181 section 9); additional records
    /// that do not fit are left out without a word. The questions and EDNS always stay.
    /// </summary>
    /// <returns>How many octets were written.</returns>
    /// <exception cref="ArgumentException">Not even header, questions and pseudo-records fit.</exception>
    public static int Write(DnsMessage message, Span<byte> buffer, out bool truncated)
    {
        Span<ushort> nameOffsets = stackalloc ushort[RememberedNames];
        var output = new WireWriter(buffer, nameOffsets) { Limit = buffer.Length - PseudoRecordsLength(message) };
        output.Octets(stackalloc byte[DnsMessage.HeaderLength]);
        for (var i = 0; i < message.Questions.Count; i++)
        {
            output.CompressedName(message.Questions[i].Name);
            output.U16((ushort)message.Questions[i].Type);
            output.U16((ushort)message.Questions[i].Class);
        }

        if (output.Overflowed)
        {
            throw new ArgumentException($"{buffer.Length} octets do not hold the questions of a message", nameof(buffer));
        }

        var afterQuestions = output.Mark;
        var answers = WriteWhatFits(ref output, message.Answers);
        var authorities = WriteWhatFits(ref output, message.Authorities);
        truncated = answers < message.Answers.Count || authorities < message.Authorities.Count;
        var additionals = 0;
        if (truncated)
        {
            output.Rewind(afterQuestions);
            (answers, authorities) = (0, 0);
        }
        else
        {
            additionals = WriteWhatFits(ref output, message.Additionals);
        }

        output.Limit = buffer.Length;
        additionals += WritePseudoRecords(ref output, message);
        WriteHeader(buffer, message, truncated, answers, authorities, additionals);
        return output.Length;
    }

    /// <summary>The message in an array of its own.</summary>
    /// <exception cref="ArgumentException">It does not fit the limit.</exception>
    public static byte[] ToArray(DnsMessage message, int limit = DnsMessage.MaxLength)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(limit);
        try
        {
            var length = Write(message, buffer.AsSpan(0, limit), out var truncated);
            return truncated
                ? throw new ArgumentException($"the message does not fit {limit} octets", nameof(message))
                : buffer.AsSpan(0, length).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Appends a TSIG record to a message that is complete without it, and counts it in the header.</summary>
    /// <returns>The new length.</returns>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    internal static int AppendTsig(Span<byte> buffer, int length, WireName keyName, TsigData data)
    {
        var output = new WireWriter(buffer[length..], default);
        WriteTsig(ref output, keyName, data);
        if (output.Overflowed)
        {
            throw new ArgumentException("no room for the signature", nameof(buffer));
        }

        var count = BinaryPrimitives.ReadUInt16BigEndian(buffer[10..]);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[10..], (ushort)(count + 1));
        return length + output.Length;
    }

    private static int WriteWhatFits(ref WireWriter output, IReadOnlyList<ResourceRecord> records)
    {
        for (var i = 0; i < records.Count; i++)
        {
            var mark = output.Mark;
            output.Record(records[i]);
            if (output.Overflowed)
            {
                output.Rewind(mark);
                return i;
            }
        }

        return records.Count;
    }

    private static int PseudoRecordsLength(DnsMessage message)
    {
        var length = message.Edns is { } edns ? OptLength + edns.Options.Length : 0;
        return message.Tsig is { KeyName: var name, Data: var tsig }
            ? length + name.Wire.Length + 10 + tsig.Algorithm.Wire.Length + 16 + tsig.Mac.Length + tsig.Other.Length
            : length;
    }

    private static int WritePseudoRecords(ref WireWriter output, DnsMessage message)
    {
        var count = 0;
        if (message.Edns is { } edns)
        {
            output.Name(WireName.Root);
            output.U16((ushort)DnsType.OPT);
            output.U16(edns.UdpPayload);
            output.U8((byte)((int)message.Rcode >> 4));
            output.U8(edns.Version);
            output.U16(edns.DnssecOk ? (ushort)0x8000 : (ushort)0);
            output.U16((ushort)edns.Options.Length);
            output.Octets(edns.Options.Span);
            count++;
        }

        if (message.Tsig is { } tsig)
        {
            WriteTsig(ref output, tsig.KeyName, tsig.Data);
            count++;
        }

        return count;
    }

    /// <summary>Class ANY, TTL 0 and no compression (RFC 8945 section 4.2).</summary>
    private static void WriteTsig(ref WireWriter output, WireName keyName, TsigData data)
    {
        output.Name(keyName);
        output.U16((ushort)DnsType.TSIG);
        output.U16((ushort)DnsClass.ANY);
        output.U32(0);
        output.Data(data);
    }

    private static void WriteHeader(Span<byte> buffer, DnsMessage message, bool truncated, int answers, int authorities, int additionals)
    {
        var flags = (ushort)message.Flags | ((ushort)message.Opcode << 11) | ((ushort)message.Rcode & 0xF) | (truncated ? (ushort)DnsFlags.Truncated : 0);
        BinaryPrimitives.WriteUInt16BigEndian(buffer, message.Id);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[4..], (ushort)message.Questions.Count);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[6..], (ushort)answers);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[8..], (ushort)authorities);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[10..], (ushort)additionals);
    }
}
