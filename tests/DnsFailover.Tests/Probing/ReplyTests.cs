using System.Net.Sockets;
using System.Text;
using DnsFailover.Core.Health;

namespace DnsFailover.Tests.Probing;

/// <summary>On the path of our own.</summary>
public sealed class LeanReplyTests() : ReplyTests(lean: true)
{
    /// <summary>The framework's reader lets these pass; a reader that could take them in two ways should not.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Cr: a\rb\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok")]
    public async Task What_could_be_read_in_two_ways_is_no_http(string reply)
    {
        await using var endpoint = RawEndpoint.Answering(reply);

        var observation = await ProbeAsync(Sample.Http(endpoint.Port) with { BodyContains = "ok" });

        Assert.Equal((Verdict.Fail, ReasonClass.Protocol, $"the reply of 127.0.0.1:{endpoint.Port} is not HTTP"), (observation.Verdict, observation.Class, observation.Reason));
    }
}

/// <summary>On that of the framework's client.</summary>
public sealed class GeneralReplyTests() : ReplyTests(lean: false);

/// <summary>Replies as they go over the wire, whole and byte by byte.</summary>
public abstract class ReplyTests(bool lean) : BothPaths(lean)
{
    public static TheoryData<string> GoodReplies => new()
    {
        "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nall is ok here",
        "HTTP/1.0 200 OK\r\n\r\nall is ok here",
        "HTTP/1.1 200\r\nContent-Length: 14\r\n\r\nall is ok here",
        "HTTP/1.1 200 OK\nContent-Length: 14\n\nall is ok here",
        "HTTP/1.1 200 OK\r\nX-Empty:\r\ncontent-length:14\r\n\r\nall is ok here and what is behind it",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nall is\r\n8;x=\"y\"\r\n ok here\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n00e\r\nall is ok here\r\n000\r\nX-Trailer: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\ne\r\nall is ok here\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nall is ok here",
    };

    public static TheoryData<string> BadReplies => new()
    {
        "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1-200 OK\r\nContent-Length: 2\r\n\r\nok",
        "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nno header\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n: nameless\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX (y): z\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nok\r\n0\r\n\r\n",
    };

    public static TheoryData<string> CutReplies => new()
    {
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    };

    [Theory]
    [MemberData(nameof(GoodReplies))]
    public async Task A_body_is_found_however_it_comes(string reply)
    {
        await using var whole = RawEndpoint.Answering(reply);
        await using var bytes = ByteByByte(reply);

        Assert.Equal((Verdict.Pass, ReasonClass.Ok), Essence(await ProbeAsync(Sample.Http(whole.Port) with { BodyMatches = "^all is ok here" })));
        Assert.Equal((Verdict.Pass, ReasonClass.Ok), Essence(await ProbeAsync(Sample.Http(bytes.Port) with { BodyMatches = "^all is ok here" })));
    }

    [Theory]
    [MemberData(nameof(BadReplies))]
    public async Task What_breaks_the_rules_fails(string reply)
    {
        await using var whole = RawEndpoint.Answering(reply);
        await using var bytes = ByteByByte(reply);

        foreach (var port in new[] { whole.Port, bytes.Port })
        {
            var observation = await ProbeAsync(Sample.Http(port) with { BodyMatches = "never to be found" });
            Assert.Equal((Verdict.Fail, ReasonClass.Protocol, $"the reply of 127.0.0.1:{port} is not HTTP"), (observation.Verdict, observation.Class, observation.Reason));
        }
    }

    [Theory]
    [MemberData(nameof(CutReplies))]
    public async Task What_ends_too_early_was_closed(string reply)
    {
        await using var endpoint = RawEndpoint.Answering(reply);

        Assert.Equal((Verdict.Fail, ReasonClass.Closed), Essence(await ProbeAsync(Sample.Http(endpoint.Port) with { BodyContains = "never to be found" })));
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public async Task No_body_is_waited_for_where_there_is_none(string method, string reply)
    {
        await using var endpoint = RawEndpoint.Answering(reply, thenHang: true);

        Assert.Equal((Verdict.Pass, ReasonClass.Ok), Essence(await ProbeAsync(Sample.Http(endpoint.Port) with { Method = method })));
    }

    [Fact]
    public async Task The_body_is_not_read_when_nothing_is_expected_of_it()
    {
        await using var endpoint = RawEndpoint.Answering("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", thenHang: true);

        Assert.Equal((Verdict.Pass, ReasonClass.Ok), Essence(await ProbeAsync(Sample.Http(endpoint.Port))));
    }

    [Theory]
    [InlineData("GET", "GET /a?b=c HTTP/1.1", null)]
    [InlineData("POST", "POST /a?b=c HTTP/1.1", "Content-Length: 0")]
    public async Task The_request_is_the_same_on_both_paths(string method, string line, string? length)
    {
        var head = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var endpoint = new RawEndpoint(async (socket, stop) =>
        {
            head.TrySetResult(await RawEndpoint.ReadHeadAsync(socket, stop));
            await socket.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), stop);
        });

        await ProbeAsync(Sample.Http(endpoint.Port) with { Method = method, Path = "/a?b=c", Headers = [Sample.Header("X-Key", "ä")] });

        string?[] expected = [line, $"Host: {Sample.Host}:{endpoint.Port}", "X-Key: ??", "Connection: close", "User-Agent: dnsfailover", "Accept: */*", "Accept-Encoding: identity", length];
        Assert.Equal(expected.OfType<string>().Order(StringComparer.Ordinal), (await head.Task).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private static (Verdict Verdict, ReasonClass Class) Essence(Observation observation) => (observation.Verdict, observation.Class);

    private static RawEndpoint ByteByByte(string reply) => new(async (socket, stop) =>
    {
        socket.NoDelay = true;
        await RawEndpoint.ReadHeadAsync(socket, stop);
        foreach (var one in Encoding.ASCII.GetBytes(reply))
        {
            await socket.SendAsync(new[] { one }, SocketFlags.None, stop);
        }
    });
}
