using System.Buffers.Binary;
using System.Net.Sockets;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.Builtin;

/// <summary>Bytes that a decent client does not send, and connections that it does not keep.</summary>
public sealed class BuiltinWireTests
{
    [Fact]
    public async Task Responses_and_less_than_a_header_get_silence()
    {
        await using var provider = await Zone.StartAsync();
        var response = RawClient.Query("api.lb.example.com", DnsType.A);
        response[2] |= 0x80;

        Assert.Empty(await RawClient.ExchangeAsync(provider.EndPoint, 0, [], [1], new byte[11], response));
    }

    [Fact]
    public async Task What_has_a_header_and_makes_no_sense_is_FORMERR_with_its_id()
    {
        await using var provider = await Zone.StartAsync();
        var good = RawClient.Query("api.lb.example.com", DnsType.A, 0x1234);
        var noQuestion = DnsMessageWriter.ToArray(new DnsMessage { Id = 0x1234 });
        var twoQuestions = DnsMessageWriter.ToArray(new DnsMessage { Id = 0x1234, Questions = [.. Enumerable.Repeat(DnsMessageReader.Read(good).Questions[0], 2)] });
        byte[][] malformed = [good[..^1], good[..13], [.. good, 0], noQuestion, twoQuestions];

        var replies = await RawClient.ExchangeAsync(provider.EndPoint, malformed.Length, malformed);

        Assert.Equal(malformed.Length, replies.Count);
        Assert.All(replies.Select(reply => DnsMessageReader.Read(reply)), reply =>
        {
            Assert.Equal(0x1234, reply.Id);
            Assert.Equal(DnsRcode.FORMERR, reply.Rcode);
            Assert.True(reply.IsResponse);
        });
    }

    [Fact]
    public async Task A_signed_query_is_told_that_the_key_is_unknown()
    {
        await using var provider = await Zone.StartAsync();
        var signed = DnsMessage.Query(Zone.Api, DnsType.A, 5) with
        {
            Tsig = new TsigRecord(
                WireName.Parse("some.key"),
                new TsigData { Algorithm = WireName.Parse("hmac-sha256"), TimeSigned = 1, Fudge = 300, Mac = new byte[32], OriginalId = 5 },
                Offset: 0),
        };

        var reply = DnsMessageReader.Read(Assert.Single(await RawClient.ExchangeAsync(provider.EndPoint, 1, DnsMessageWriter.ToArray(signed))));

        Assert.Equal(DnsRcode.NOTAUTH, reply.Rcode);
        Assert.Equal(TsigError.BadKey, reply.Tsig?.Data.Error);
    }

    [Fact]
    public async Task Noise_of_every_kind_leaves_the_server_answering()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
        var random = new Random(20260731);
        var good = RawClient.Query("api.lb.example.com", DnsType.A);

        for (var round = 0; round < 40; round++)
        {
            var noise = Enumerable.Range(0, 50).Select(n => n % 2 == 0 ? Bytes(random, random.Next(0, 600)) : Mutated(random, good)).ToList();
            var replies = await RawClient.ExchangeAsync(provider.EndPoint, 0, noise);
            Assert.True(replies.Count <= noise.Count);
            Assert.All(replies, reply => Assert.True(DnsMessageReader.Read(reply).IsResponse));
        }

        var connections = Enumerable.Range(0, 50).Select(n => RawClient.ExchangeTcpAsync(provider.EndPoint, n % 2 == 0 ? Bytes(random, 300) : RawClient.Framed(Mutated(random, good)), 0));
        await Task.WhenAll(connections);
        Assert.Single((await RawClient.AskAsync(provider.EndPoint, "api.lb.example.com", DnsType.A)).Answers);
        Assert.Single(await RawClient.ExchangeTcpAsync(provider.EndPoint, RawClient.Framed(good), 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_queries_on_one_connection_are_answered_in_order(bool bytewise)
    {
        await using var provider = await Zone.StartAsync();
        var pipelined = Enumerable.Range(0, 20).SelectMany(id => RawClient.Framed(RawClient.Query("api.lb.example.com", DnsType.A, (ushort)id))).ToArray();

        var replies = await RawClient.ExchangeTcpAsync(provider.EndPoint, pipelined, 20, bytewise);

        Assert.Equal(Enumerable.Range(0, 20), replies.Select(reply => (int)reply.Id));
    }

    [Fact]
    public async Task A_message_larger_than_any_query_ends_the_connection()
    {
        await using var provider = await Zone.StartAsync();
        var huge = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(huge, ushort.MaxValue);

        Assert.Empty(await RawClient.ExchangeTcpAsync(provider.EndPoint, huge, 1));
    }

    [Fact]
    public async Task Connections_that_only_hold_on_make_room_for_those_that_ask()
    {
        await using var provider = await Zone.StartAsync();
        var held = new List<Socket>();
        try
        {
            for (var n = 0; n < 150; n++)
            {
                held.Add(await RawClient.ConnectAsync(provider.EndPoint));
            }

            Assert.Single(await RawClient.ExchangeTcpAsync(provider.EndPoint, RawClient.Framed(RawClient.Query("api.lb.example.com", DnsType.A)), 1));
            Assert.Empty(await RawClient.ReadAsync(held[0], 1));
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_client_that_never_reads_does_not_hold_up_the_others()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.AAAA, [.. Enumerable.Range(1, 500).Select(n => $"2001:db8::{n:x}")]));
        var query = RawClient.Framed(RawClient.Query("api.lb.example.com", DnsType.AAAA));
        using var deaf = await RawClient.ConnectAsync(provider.EndPoint);
        await deaf.SendAsync(Enumerable.Repeat(query, 1000).SelectMany(bytes => bytes).ToArray(), TestContext.Current.CancellationToken);

        Assert.Single(await RawClient.ExchangeTcpAsync(provider.EndPoint, query, 1));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Mutated(Random random, byte[] good)
    {
        var bytes = good[..random.Next(1, good.Length + 1)];
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }
}
