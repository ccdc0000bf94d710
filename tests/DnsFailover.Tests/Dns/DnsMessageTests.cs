using System.Buffers.Binary;
using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.Dns;

public sealed class DnsMessageTests
{
    private static readonly WireName Api = WireName.Parse("api.example.com");

    [Fact]
    public void A_message_with_every_kind_of_record_survives_the_round_trip()
    {
        var message = new DnsMessage
        {
            Id = 0xBEEF,
            Opcode = DnsOpcode.Query,
            Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer | DnsFlags.RecursionDesired,
            Rcode = DnsRcode.BADVERS,
            Questions = [new DnsQuestion(Api, DnsType.ANY)],
            Answers =
            [
                new ResourceRecord(Api, 30, new AddressData(IPAddress.Parse("192.0.2.1"))),
                new ResourceRecord(Api, 30, new AddressData(IPAddress.Parse("2001:db8::1"))),
                new ResourceRecord(Api, DnsType.CNAME, DnsClass.IN, 60, new NameData(WireName.Parse("target.example.net"))),
                new ResourceRecord(Api, DnsType.TXT, DnsClass.IN, 60, TxtData.FromText(new string('x', 300))),
                new ResourceRecord(Api, (DnsType)65280, DnsClass.IN, 60, new OpaqueData([1, 2, 3])),
            ],
            Authorities =
            [
                new ResourceRecord(WireName.Parse("example.com"), DnsType.NS, DnsClass.IN, 3600, new NameData(WireName.Parse("ns1.example.com"))),
                new ResourceRecord(WireName.Parse("example.com"), DnsType.SOA, DnsClass.IN, 3600, new SoaData(WireName.Parse("ns1.example.com"), WireName.Parse("hostmaster.example.com"), uint.MaxValue, 2, 3, 4, 5)),
            ],
            Additionals = [new ResourceRecord(WireName.Parse("ns1.example.com"), 3600, new AddressData(IPAddress.Parse("192.0.2.53")))],
            Edns = new Edns(1232, DnssecOk: true) { Options = new byte[] { 0, 10, 0, 2, 7, 7 } },
            Tsig = new TsigRecord(WireName.Parse("key"), new TsigData { Algorithm = WireName.Parse("hmac-sha256"), TimeSigned = 0x1_2345_6789, Fudge = 300, Mac = [9, 8, 7], OriginalId = 1, Error = TsigError.BadTime, Other = [0, 0, 0, 0, 0, 1] }, 0),
        };

        var bytes = DnsMessageWriter.ToArray(message);
        var read = DnsMessageReader.Read(bytes);

        Assert.Equal(Lines(message), Lines(read));
        Assert.Equal((message.Id, message.Opcode, message.Flags, message.Rcode), (read.Id, read.Opcode, read.Flags, read.Rcode));
        Assert.Equal(message.Questions, read.Questions);
        Assert.Equal((ushort)1232, read.Edns!.Value.UdpPayload);
        Assert.True(read.Edns.Value.DnssecOk);
        Assert.Equal([0, 10, 0, 2, 7, 7], read.Edns.Value.Options.ToArray());
        Assert.Equal(0x1_2345_6789UL, read.Tsig!.Data.TimeSigned);
        Assert.Equal([9, 8, 7], read.Tsig.Data.Mac);
        Assert.Equal(1UL, read.Tsig.Data.ServerTime);
        Assert.Equal(bytes, DnsMessageWriter.ToArray(read));
    }

    [Fact]
    public void Repeated_names_are_written_once()
    {
        var message = new DnsMessage
        {
            Questions = [new DnsQuestion(Api, DnsType.A)],
            Answers = [.. Enumerable.Range(1, 3).Select(i => new ResourceRecord(Api, 30, new AddressData(new IPAddress([192, 0, 2, (byte)i]))))],
            Authorities = [new ResourceRecord(WireName.Parse("EXAMPLE.com".ToLowerInvariant()), DnsType.NS, DnsClass.IN, 30, new NameData(WireName.Parse("ns1.example.com")))],
        };

        // 12 header + 21 question + 3 × (2 pointer + 10 + 4 address) + 2 pointer + 10 + (4 "ns1" + 2 pointer).
        Assert.Equal(12 + 21 + (3 * 16) + 12 + 6, DnsMessageWriter.ToArray(message).Length);
    }

    [Fact]
    public void Conditions_and_deletions_of_an_update_have_no_data()
    {
        var update = new DnsMessage
        {
            Opcode = DnsOpcode.Update,
            Questions = [new DnsQuestion(WireName.Parse("example.com"), DnsType.SOA)],
            Answers = [new ResourceRecord(Api, DnsType.A, DnsClass.NONE, 0, EmptyData.Instance)],
            Authorities = [new ResourceRecord(Api, DnsType.A, DnsClass.ANY, 0, EmptyData.Instance), new ResourceRecord(Api, DnsType.A, DnsClass.NONE, 0, new AddressData(IPAddress.Loopback))],
        };

        var read = DnsMessageReader.Read(DnsMessageWriter.ToArray(update));

        Assert.Equal(DnsOpcode.Update, read.Opcode);
        Assert.Same(EmptyData.Instance, read.Answers[0].Data);
        Assert.Equal(Lines(update), Lines(read));
    }

    [Fact]
    public void Answers_that_do_not_fit_are_left_out_and_TC_is_set()
    {
        var message = new DnsMessage
        {
            Flags = DnsFlags.Response,
            Questions = [new DnsQuestion(Api, DnsType.A)],
            Answers = [.. Enumerable.Range(0, 100).Select(i => new ResourceRecord(Api, 30, new AddressData(new IPAddress([192, 0, 2, (byte)i]))))],
            Edns = new Edns(1232),
        };
        var buffer = new byte[512];

        var length = DnsMessageWriter.Write(message, buffer, out var truncated);
        var read = DnsMessageReader.Read(buffer.AsSpan(0, length));

        Assert.True(truncated);
        Assert.True(read.IsTruncated);
        Assert.Empty(read.Answers);
        Assert.Equal(message.Questions, read.Questions);
        Assert.NotNull(read.Edns);
    }

    [Fact]
    public void Additional_records_that_do_not_fit_are_left_out_quietly()
    {
        var message = new DnsMessage
        {
            Questions = [new DnsQuestion(Api, DnsType.A)],
            Answers = [new ResourceRecord(Api, 30, new AddressData(IPAddress.Loopback))],
            Additionals = [.. Enumerable.Range(0, 100).Select(i => new ResourceRecord(Api, 30, new AddressData(new IPAddress([192, 0, 2, (byte)i]))))],
            Edns = new Edns(1232),
        };
        var buffer = new byte[512];

        var length = DnsMessageWriter.Write(message, buffer, out var truncated);
        var read = DnsMessageReader.Read(buffer.AsSpan(0, length));

        Assert.False(truncated);
        Assert.False(read.IsTruncated);
        Assert.Single(read.Answers);
        Assert.InRange(read.Additionals.Count, 20, 99);
        Assert.NotNull(read.Edns);
    }

    [Theory]
    [InlineData("C00C", "to itself")]
    [InlineData("C00E C00C", "in a circle")]
    [InlineData("0161 C00C", "to the beginning of its own labels")]
    [InlineData("C0FF", "past the end")]
    [InlineData("C000", "into the header")]
    [InlineData("C0", "with half of it missing")]
    [InlineData("4161", "with an unknown label type")]
    [InlineData("0461", "with a label cut short")]
    public void A_name_that_leads_nowhere_is_refused(string name, string how)
    {
        byte[] bytes = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Convert.FromHexString(name.Replace(" ", string.Empty, StringComparison.Ordinal)), 0, 1, 0, 1];

        Assert.False(DnsMessageReader.TryRead(how.Contains("half", StringComparison.Ordinal) ? bytes.AsSpan(0, 13) : bytes, out _, out var error), how);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void A_name_made_too_long_by_pointers_is_refused()
    {
        // Five labels of 60 octets, each name of a question continuing in the one before it.
        byte[] bytes = [0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0];
        var previous = 0;
        for (var i = 0; i < 5; i++)
        {
            var start = bytes.Length;
            byte[] end = i == 0 ? [0] : [(byte)(0xC0 | (previous >> 8)), (byte)previous];
            bytes = [.. bytes, 60, .. Enumerable.Repeat((byte)'a', 60), .. end, 0, 1, 0, 1];
            previous = start;
        }

        Assert.False(DnsMessageReader.TryRead(bytes, out _, out var error));
        Assert.Equal("a name is longer than 255 octets", error);
    }

    [Fact]
    public void A_signature_must_be_last_and_EDNS_must_be_single()
    {
        var message = new DnsMessage
        {
            Edns = new Edns(512),
            Tsig = new TsigRecord(WireName.Parse("k"), new TsigData { Algorithm = WireName.Parse("hmac-sha256"), TimeSigned = 1, Fudge = 1, Mac = [], OriginalId = 0 }, 0),
        };
        var signed = DnsMessageWriter.ToArray(message);
        byte[] opt = [0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0];

        byte[] afterwards = [.. signed, .. opt];
        BinaryPrimitives.WriteUInt16BigEndian(afterwards.AsSpan(10), 3);
        byte[] twice = [.. DnsMessageWriter.ToArray(message with { Tsig = null }), .. opt];
        BinaryPrimitives.WriteUInt16BigEndian(twice.AsSpan(10), 2);

        Assert.True(DnsMessageReader.TryRead(signed, out _, out _));
        Assert.False(DnsMessageReader.TryRead(afterwards, out _, out _));
        Assert.False(DnsMessageReader.TryRead(twice, out _, out _));
        Assert.False(DnsMessageReader.TryRead([.. signed, 0], out _, out _));
    }

    [Fact]
    public void A_header_can_be_read_from_a_message_that_is_broken_behind_it()
    {
        byte[] bytes = [0x12, 0x34, 0x28, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

        Assert.True(DnsMessageReader.TryReadHeader(bytes, out var header));
        Assert.Equal(new DnsHeader(0x1234, DnsOpcode.Update, DnsFlags.None), header);
        Assert.False(DnsMessageReader.TryRead(bytes, out _, out _));
        Assert.False(DnsMessageReader.TryReadHeader(bytes.AsSpan(0, 11), out _));
        Assert.Throws<DnsFormatException>(() => DnsMessageReader.Read(bytes));
    }

    [Fact]
    public void Every_way_to_cut_a_message_short_is_refused()
    {
        var bytes = DnsMessageWriter.ToArray(Sample());

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(DnsMessageReader.TryRead(bytes.AsSpan(0, length), out _, out _), $"cut to {length} octets");
        }
    }

    [Fact]
    public void Damaged_and_random_bytes_are_read_or_refused_but_never_break_anything()
    {
        var random = new Random(20_24);
        var sample = DnsMessageWriter.ToArray(Sample());
        for (var round = 0; round < 60_000; round++)
        {
            var bytes = round % 2 == 0 ? sample.ToArray() : new byte[random.Next(0, 600)];
            if (round % 2 == 0)
            {
                for (var damage = random.Next(1, 6); damage > 0; damage--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }
            }
            else
            {
                random.NextBytes(bytes);

                // Small counts and an ordinary opcode let more of these past the first question.
                bytes.AsSpan(0, Math.Min(bytes.Length, 12)).Clear();
                if (bytes.Length > 11)
                {
                    (bytes[5], bytes[7], bytes[9], bytes[11]) = ((byte)random.Next(2), (byte)random.Next(3), (byte)random.Next(2), (byte)random.Next(3));
                }
            }

            if (DnsMessageReader.TryRead(bytes, out var message, out _))
            {
                // What was understood can be printed and written, and says the same when it is read again.
                var again = DnsMessageReader.Read(DnsMessageWriter.ToArray(message));
                Assert.Equal(Lines(message), Lines(again));
            }
        }
    }

    internal static List<string> Lines(DnsMessage message) =>
        [.. message.Answers.Select(record => $"answer {record}"), .. message.Authorities.Select(record => $"authority {record}"), .. message.Additionals.Select(record => $"additional {record}")];

    private static DnsMessage Sample() => DnsMessage.Query(DnsName.Parse("api.example.com"), DnsType.A, 7) with
    {
        Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer,
        Answers = [new ResourceRecord(Api, DnsType.CNAME, DnsClass.IN, 5, new NameData(WireName.Parse("www.example.com"))), new ResourceRecord(Api, DnsType.TXT, DnsClass.IN, 5, TxtData.FromText("hello"))],
        Authorities = [new ResourceRecord(WireName.Parse("example.com"), DnsType.SOA, DnsClass.IN, 3600, new SoaData(WireName.Parse("ns1.example.com"), WireName.Parse("h.example.com"), 1, 2, 3, 4, 5))],
        Additionals = [new ResourceRecord(WireName.Parse("www.example.com"), 5, new AddressData(IPAddress.IPv6Loopback))],
        Tsig = new TsigRecord(WireName.Parse("key"), new TsigData { Algorithm = WireName.Parse("hmac-sha256"), TimeSigned = 1, Fudge = 300, Mac = new byte[32], OriginalId = 7 }, 0),
    };
}
