using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.Builtin;

/// <summary>Sends whatever bytes a test likes.</summary>
internal static class RawClient
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(10);

    /// <summary>A plain question in bytes.</summary>
    public static byte[] Query(string name, DnsType type, ushort id = 7) => DnsMessageWriter.ToArray(DnsMessage.Query(DnsName.Parse(name), type, id));

    /// <summary>
    /// Sends the datagrams, then good questions one after the other until there are so many replies to the datagrams. At
    /// least a few are asked, so that a reply that should not come would be seen without waiting for a timeout.
    /// </summary>
    public static async Task<IReadOnlyList<byte[]>> ExchangeAsync(IPEndPoint server, int expectedReplies, params IEnumerable<byte[]> datagrams)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, TestContext.Current.CancellationToken);
        foreach (var datagram in datagrams)
        {
            await socket.SendAsync(datagram, TestContext.Current.CancellationToken);
        }

        // The server reads with several loops, so that the reply to one question may overtake those to the datagrams.
        var replies = new List<byte[]>();
        for (ushort id = 0xFF00; id < 0xFF08 || (replies.Count < expectedReplies && id < ushort.MaxValue); id++)
        {
            await socket.SendAsync(Query("marker.lb.example.com", DnsType.A, id), TestContext.Current.CancellationToken);
            while (await ReceiveAsync(socket) is { } reply && BinaryPrimitives.ReadUInt16BigEndian(reply) != id)
            {
                replies.Add(reply);
            }
        }

        return replies;
    }

    /// <summary>Sends these bytes over one connection and reads replies until there are so many or the server closes.</summary>
    public static async Task<IReadOnlyList<DnsMessage>> ExchangeTcpAsync(IPEndPoint server, byte[] bytes, int replies, bool bytewise = false)
    {
        using var client = await ConnectAsync(server);
        foreach (var part in bytewise ? bytes.Chunk(1) : [bytes])
        {
            await client.SendAsync(part, TestContext.Current.CancellationToken);
        }

        return await ReadAsync(client, replies);
    }

    public static async Task<Socket> ConnectAsync(IPEndPoint server)
    {
        var client = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(server, TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>Reads replies until there are so many or the server closes.</summary>
    public static async Task<IReadOnlyList<DnsMessage>> ReadAsync(Socket client, int replies)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(s_bound);
        await using var stream = new NetworkStream(client, ownsSocket: false);
        var messages = new List<DnsMessage>();
        var length = new byte[2];
        while (messages.Count < replies)
        {
            try
            {
                await stream.ReadExactlyAsync(length, bound.Token);
                var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(message, bound.Token);
                messages.Add(DnsMessageReader.Read(message));
            }
            catch (IOException)
            {
                break;
            }
        }

        return messages;
    }

    /// <summary>The message with its length before it.</summary>
    public static byte[] Framed(byte[] message)
    {
        var framed = new byte[message.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        return framed;
    }

    /// <summary>One question over UDP; null without a reply within the bound.</summary>
    public static async Task<DnsMessage> AskAsync(IPEndPoint server, string name, DnsType type)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, TestContext.Current.CancellationToken);
        await socket.SendAsync(Query(name, type), TestContext.Current.CancellationToken);
        return DnsMessageReader.Read(await ReceiveAsync(socket));
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(s_bound);
        var buffer = new byte[ushort.MaxValue];
        var length = await socket.ReceiveAsync(buffer, bound.Token);
        return buffer[..length];
    }
}
