using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.Dns;

public sealed class DnsClientTests(NamedFixture named) : IClassFixture<NamedFixture>
{
    private static readonly DnsName Name = DnsName.Parse("target.example.test");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("target.example.test", "A")]
    [InlineData("target.example.test", "AAAA")]
    [InlineData("alias.example.test", "CNAME")]
    [InlineData("example.test", "NS")]
    [InlineData("example.test", "SOA")]
    [InlineData("kinds.example.test", "TXT")]
    public async Task It_understands_BIND_as_dig_does(string name, string type)
    {
        var server = await named.GetAsync(Token);

        var reply = await Client().QueryAsync(server.EndPoint, DnsName.Parse(name), Enum.Parse<DnsType>(type), Patience, Token);

        // dig writes host names with the trailing dot and leaves a space in quotation marks as it is.
        var ours = reply.Answers.Where(record => record.Type.ToString() == type).Select(record => $"{record.Ttl} {record.Data}".Replace(@"\032", " ", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        var theirs = await server.DigAsync(name, type, Token);
        Assert.NotEmpty(theirs);
        Assert.Equal(theirs.Select(WithoutTrailingDots), ours);
    }

    [Fact]
    public async Task The_bytes_of_a_reply_of_BIND_are_read_and_written_as_they_were()
    {
        var server = await named.GetAsync(Token);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server.EndPoint, Token);
        foreach (var type in (DnsType[])[DnsType.A, DnsType.AAAA, DnsType.TXT, DnsType.NS, DnsType.SOA])
        {
            await socket.SendAsync(DnsMessageWriter.ToArray(DnsMessage.Query(Name, type, 99)), Token);
            var buffer = new byte[2048];
            var length = await socket.ReceiveAsync(buffer.AsMemory(), Token);

            var reply = DnsMessageReader.Read(buffer.AsSpan(0, length));

            Assert.Equal(99, reply.Id);
            Assert.True(reply.IsAuthoritative);
            var again = DnsMessageReader.Read(DnsMessageWriter.ToArray(reply));
            Assert.Equal(DnsMessageTests.Lines(reply), DnsMessageTests.Lines(again));
        }
    }

    [Fact]
    public async Task A_lost_datagram_is_sent_again()
    {
        await using var server = new FakeServer((request, count) => count == 1 ? [] : [Answer(request)]);

        var reply = await Client().QueryAsync(server.EndPoint, Name, DnsType.A, TimeSpan.FromSeconds(4), Token);

        Assert.Single(reply.Answers);
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task Datagrams_that_do_not_belong_to_the_request_are_passed_over()
    {
        await using var server = new FakeServer((request, _) =>
        [
            Answer(request with { Id = (ushort)(request.Id + 1) }, "203.0.113.1"),
            Answer(request with { Questions = [new DnsQuestion(WireName.Parse("other.example.test"), DnsType.A)] }, "203.0.113.2"),
            DnsMessageWriter.ToArray(request),
            [1, 2, 3],
            Answer(request),
        ]);

        var reply = await Client().QueryAsync(server.EndPoint, Name, DnsType.A, Patience, Token);

        Assert.Equal("192.0.2.1", Assert.Single(reply.Answers).Data.ToString());
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_server_that_answers_nothing_but_rubbish_is_told_as_such()
    {
        await using var server = new FakeServer((_, _) => [[0, 1, 2]]);

        var failure = await Assert.ThrowsAsync<DnsClientException>(() => Client().QueryAsync(server.EndPoint, Name, DnsType.A, TimeSpan.FromMilliseconds(300), Token));

        Assert.Equal(DnsFailure.InvalidReply, failure.Failure);
        Assert.Equal($"the reply of {server.EndPoint} is not a DNS message: it is shorter than a header", failure.Message);
    }

    [Fact]
    public async Task Silence_ends_with_the_timeout()
    {
        await using var server = new FakeServer((_, _) => []);
        var began = Stopwatch.StartNew();

        var failure = await Assert.ThrowsAsync<DnsClientException>(() => Client().QueryAsync(server.EndPoint, Name, DnsType.A, TimeSpan.FromMilliseconds(300), Token));

        Assert.Equal(DnsFailure.NoReply, failure.Failure);
        Assert.Equal($"no reply from {server.EndPoint} within 0.3 s", failure.Message);
        Assert.Equal(2, server.Requests);
        Assert.InRange(began.Elapsed, TimeSpan.FromMilliseconds(250), Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_closed_port_is_told_at_once(bool tcp)
    {
        var nobody = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        var transport = tcp ? DnsTransport.Tcp : DnsTransport.UdpThenTcp;

        var failure = await Assert.ThrowsAsync<DnsClientException>(
            () => Client().ExchangeAsync(nobody, DnsMessage.Query(Name, DnsType.A, 1), transport, Patience, signer: null, Token));

        Assert.Equal(DnsFailure.Unreachable, failure.Failure);
        Assert.Equal($"connection refused by {nobody}", failure.Message);
        Assert.False(failure.RequestSent);
    }

    [Fact]
    public async Task A_reply_that_did_not_fit_is_fetched_over_TCP()
    {
        var server = await named.GetAsync(Token);
        await server.ReplaceAsync("long.example.test", "TXT", 60, Enumerable.Range(0, 20).Select(i => $"\"{i} {new string('x', 200)}\""), Token);

        var reply = await Client().QueryAsync(server.EndPoint, DnsName.Parse("long.example.test"), DnsType.TXT, Patience, Token);

        Assert.Equal(20, reply.Answers.Count);
    }

    [Fact]
    public async Task A_connection_that_ends_without_a_reply_may_have_carried_the_request()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var server = (IPEndPoint)listener.LocalEndPoint!;

        var exchange = Client().ExchangeAsync(server, DnsMessage.Query(Name, DnsType.A, 1), DnsTransport.Tcp, Patience, signer: null, Token);
        using (var accepted = await listener.AcceptAsync(Token))
        {
            await accepted.ReceiveAsync(new byte[1024].AsMemory(), Token);
        }

        var failure = await Assert.ThrowsAsync<DnsClientException>(() => exchange);
        Assert.Equal(DnsFailure.NoReply, failure.Failure);
        Assert.True(failure.RequestSent);
        Assert.Equal($"{server} ended the connection without a reply", failure.Message);
    }

    [Fact]
    public async Task Cancelling_ends_it_as_cancelled()
    {
        await using var server = new FakeServer((_, _) => []);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var query = Client().QueryAsync(server.EndPoint, Name, DnsType.A, Patience, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
    }

    private static DnsClient Client() => new(TimeProvider.System);

    private static string WithoutTrailingDots(string line) => string.Join(' ', line.Split(' ').Select(field => field.Length > 1 ? field.TrimEnd('.') : field));

    private static byte[] Answer(DnsMessage request, string address = "192.0.2.1") => DnsMessageWriter.ToArray(request with
    {
        Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer,
        Answers = [new ResourceRecord(request.Questions[0].Name, 30, new AddressData(IPAddress.Parse(address)))],
    });

    /// <summary>Answers datagrams as a test wants it.</summary>
    private sealed class FakeServer : IAsyncDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly CancellationTokenSource _end = new();
        private readonly Task _running;
        private int _requests;

        public FakeServer(Func<DnsMessage, int, byte[][]> reply)
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _running = ServeAsync(reply);
        }

        public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

        public int Requests => Volatile.Read(ref _requests);

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            _socket.Dispose();
            _end.Dispose();
        }

        private async Task ServeAsync(Func<DnsMessage, int, byte[][]> reply)
        {
            var buffer = new byte[2048];
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _end.Token);
                var count = Interlocked.Increment(ref _requests);
                foreach (var datagram in reply(DnsMessageReader.Read(buffer.AsSpan(0, received.ReceivedBytes)), count))
                {
                    await _socket.SendToAsync(datagram, received.RemoteEndPoint, _end.Token);
                }
            }
        }
    }
}
