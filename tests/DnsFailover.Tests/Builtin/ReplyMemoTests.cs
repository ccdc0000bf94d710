using System.Text;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers.Builtin;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Builtin;

/// <summary>Queries that were asked before: the same answers, sooner.</summary>
public sealed class ReplyMemoTests
{
    private ZoneSnapshot _zone = Holding(Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));

    private static ZoneSnapshot Holding(params RecordSet[] sets) =>
        ZoneSnapshot.Create(ZoneApex.Create(Zone.Name, [], System.Net.IPAddress.Loopback), 1, [NameRecords.Create(Zone.Api, sets)], [Zone.Api]);

    [Fact]
    public void Asked_again_the_answer_is_the_same_and_costs_no_memory()
    {
        var responder = Responder();
        ReadOnlyMemory<byte> query = Query(Zone.Api, 7);
        var first = responder.Answer(query, overTcp: false);

        var before = GC.GetAllocatedBytesForCurrentThread();
        byte[]? last = null;
        for (var i = 0; i < 1000; i++)
        {
            last = responder.Answer(query, overTcp: false);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(first, last);
        Assert.Equal(["192.0.2.1"], Values(last));
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Each_client_gets_its_own_id_and_its_own_spelling()
    {
        await using var server = await Zone.StartAsync();
        await Zone.WriteAsync(server, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
        foreach (var (spelling, id) in new[] { ("api.lb.example.com", 1), ("API.lb.Example.com", 2), ("api.lb.example.com", 3), ("API.lb.Example.com", 4) })
        {
            var query = Query(Zone.Api, (ushort)id);
            Encoding.ASCII.GetBytes(spelling.Split('.')[0]).CopyTo(query, 13); // behind the header and the length of the first label

            var reply = Assert.Single(await RawClient.ExchangeAsync(server.EndPoint, expectedReplies: 1, query));

            Assert.Equal(query[..2], reply[..2]);
            Assert.Equal(spelling.Split('.')[0], Encoding.ASCII.GetString(reply, 13, 3));
        }
    }

    [Fact]
    public void A_change_is_answered_at_once()
    {
        var responder = Responder();
        var query = Query(Zone.Api, 7);
        Assert.Equal(["192.0.2.1"], Values(responder.Answer(query, overTcp: false)));

        _zone = Holding(Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.2"));

        Assert.Equal(["192.0.2.2"], Values(responder.Answer(query, overTcp: false)));
    }

    [Fact]
    public void Values_go_on_being_rotated_and_picked_by_weight()
    {
        var random = new Random(1);
        var responder = Responder(random.Next);
        _zone = Holding(Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1", "192.0.2.2", "192.0.2.3"));
        var firsts = Enumerable.Range(0, 300).Select(_ => Values(responder.Answer(Query(Zone.Api, 1), overTcp: false))).ToList();
        Assert.All(firsts, values => Assert.Equal(["192.0.2.1", "192.0.2.2", "192.0.2.3"], values.Order()));
        Assert.All(firsts.CountBy(values => values[0]), pair => Assert.InRange(pair.Value, 70, 130));

        _zone = Holding(Zone.Weighted("api.lb.example.com", RecordType.A, ("192.0.2.1", 90), ("192.0.2.2", 10), ("192.0.2.3", 0)));
        var picked = Enumerable.Range(0, 1000).Select(_ => Assert.Single(Values(responder.Answer(Query(Zone.Api, 1), overTcp: false)))).CountBy(value => value).ToDictionary();

        Assert.InRange(picked["192.0.2.1"], 850, 950);
        Assert.Equal(1000, picked["192.0.2.1"] + picked["192.0.2.2"]);
    }

    [Fact]
    public void Over_tcp_an_answer_may_be_longer_than_the_one_that_is_kept_for_udp()
    {
        var values = Enumerable.Range(1, 60).Select(i => $"2001:db8::{i}").ToArray();
        _zone = Holding(Zone.Set("api.lb.example.com", RecordType.AAAA, values));
        var responder = Responder();
        var query = Query(Zone.Api, 7, DnsType.AAAA);

        var udp = Read(responder.Answer(query, overTcp: false)!);
        var tcp = Read(responder.Answer(query, overTcp: true)!);

        Assert.True(udp.IsTruncated);
        Assert.Equal(60, tcp.Answers.Count);
    }

    [Fact]
    public void Queries_that_all_differ_are_answered_and_not_kept_for_ever()
    {
        var responder = Responder();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 200_000; i++)
        {
            var query = Query(Zone.Api, 7);
            Assert.True(query.Length > 45);
            query[^4] = (byte)(i >> 8); // the TTL of OPT is flags and a version, its class the payload size: each is another query
            query[^8] = (byte)i;
            query[^7] = (byte)(i >> 16);
            Assert.NotNull(responder.Answer(query, overTcp: false));
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 30_000_000);
        Assert.Equal(["192.0.2.1"], Values(responder.Answer(Query(Zone.Api, 9), overTcp: false)));
        GC.KeepAlive(responder);
    }

    private ZoneResponder Responder(Func<int, int>? random = null) => new(() => _zone, random ?? Random.Shared.Next, TimeProvider.System, NullLogger.Instance);

    private static byte[] Query(DnsName name, ushort id, DnsType type = DnsType.A) => DnsMessageWriter.ToArray(DnsMessage.Query(name, type, id));

    private static DnsMessage Read(byte[] reply) => DnsMessageReader.Read(reply);

    private static string[] Values(byte[]? reply) => [.. Read(reply!).Answers.Select(record => ((AddressData)record.Data).Address.ToString())];
}
