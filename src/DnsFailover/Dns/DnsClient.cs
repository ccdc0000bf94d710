using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Dns;

/// <summary>How a request travels.</summary>
internal enum DnsTransport
{
    /// <summary>UDP, and TCP when the reply says that it did not fit.</summary>
    UdpThenTcp,

    /// <summary>TCP only.</summary>
    Tcp,
}

/// <summary>
/// Sends one request to one server and returns its reply, whatever the reply says. It caches nothing, asks nobody else
/// and can be used by any number of callers at a time.
/// </summary>
internal sealed class DnsClient(TimeProvider time)
{
    /// <summary>A lost datagram is sent again after at most this long.</summary>
    private static readonly TimeSpan LongestWaitForDatagram = TimeSpan.FromSeconds(1);

    /// <summary>Asks an authoritative server one question.</summary>
    /// <param name="server">Its address and port.</param>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="timeout">For everything together: both datagrams and TCP.</param>
    /// <param name="cancellationToken">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DnsClientException">There is no reply that can be used.</exception>
    public Task<DnsMessage> QueryAsync(IPEndPoint server, DnsName name, DnsType type, TimeSpan timeout, CancellationToken cancellationToken) =>
        ExchangeAsync(server, DnsMessage.Query(name, type, NewId()), DnsTransport.UdpThenTcp, timeout, signer: null, cancellationToken);

    /// <summary>An id that cannot be guessed (RFC 5452 section 9.2).</summary>
    public static ushort NewId() => (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);

    /// <summary>Sends a request; signs it and verifies the reply when there is a signer.</summary>
    /// <param name="server">Its address and port.</param>
    /// <param name="request">The request without a signature.</param>
    /// <param name="transport">With UDP, a request that got no reply is sent once more: not for updates.</param>
    /// <param name="timeout">For everything together.</param>
    /// <param name="signer">The key, or null.</param>
    /// <param name="cancellationToken">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DnsClientException">There is no reply that can be used.</exception>
    /// <exception cref="SecretUnavailableException">The key cannot be looked up; nothing was sent.</exception>
    public async Task<DnsMessage> ExchangeAsync(
        IPEndPoint server, DnsMessage request, DnsTransport transport, TimeSpan timeout, TsigSigner? signer, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var session = signer?.Open();
        var exchange = new Exchange(server, request, session, timeout);
        var began = time.GetTimestamp();
        DnsMessage? reply = null;
        try
        {
            if (transport == DnsTransport.UdpThenTcp)
            {
                reply = await OverUdpAsync(exchange, either.Token);
                if (!reply.IsTruncated)
                {
                    return reply;
                }
            }

            reply = null; // what was truncated is asked for again
            reply = await OverTcpAsync(exchange, either.Token);
            return reply;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw exchange.Rejected ?? exchange.NoReply(null);
        }
        finally
        {
            var asked = request.Questions.Count > 0 ? $" {request.Questions[0]}" : string.Empty;
            ProviderCalls.Note($"{request.Opcode}{asked} at {server}", reply?.Rcode.ToString(), $"message id {request.Id}", time.GetElapsedTime(began));
        }
    }

    private async Task<DnsMessage> OverUdpAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        using var socket = new Socket(exchange.Server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var buffer = ArrayPool<byte>.Shared.Rent(2 * DnsMessage.MaxLength);
        try
        {
            // A connected socket takes datagrams from this server only, and learns when its port is closed.
            await socket.ConnectAsync(exchange.Server, cancellationToken);
            var request = buffer.AsMemory(0, exchange.WriteRequest(buffer.AsSpan(0, DnsMessage.MaxLength)));
            await socket.SendAsync(request, cancellationToken);
            exchange.Sent = true;
            var patience = exchange.Timeout / 2 < LongestWaitForDatagram ? exchange.Timeout / 2 : LongestWaitForDatagram;
            using (var first = new CancellationTokenSource(patience, time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(first.Token, cancellationToken))
            {
                try
                {
                    return await ReceiveAsync(socket, exchange, buffer.AsMemory(DnsMessage.MaxLength), either.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    await socket.SendAsync(request, cancellationToken);
                }
            }

            return await ReceiveAsync(socket, exchange, buffer.AsMemory(DnsMessage.MaxLength), cancellationToken);
        }
        catch (SocketException e)
        {
            throw exchange.Unreachable(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Waits for the datagram that answers. Others may be late replies or forgeries, so they are passed over and only
    /// explain, in the end, why there was no reply (RFC 5452 section 9.1, RFC 8945 section 5.3).
    /// </summary>
    private static async Task<DnsMessage> ReceiveAsync(Socket socket, Exchange exchange, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, cancellationToken);
            try
            {
                return exchange.ReadReply(buffer.Span[..length]);
            }
            catch (DnsClientException e) when (e.Failure is DnsFailure.InvalidReply or DnsFailure.UnsignedReply)
            {
                exchange.Rejected = e;
            }
        }
    }

    private static async Task<DnsMessage> OverTcpAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        using var socket = new Socket(exchange.Server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        exchange.Sent = false;
        try
        {
            await socket.ConnectAsync(exchange.Server, cancellationToken);
        }
        catch (SocketException e)
        {
            throw exchange.Unreachable(e);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(2 + DnsMessage.MaxLength);
        try
        {
            // Length and message go out in one piece (RFC 7766 section 8).
            var length = exchange.WriteRequest(buffer.AsSpan(2, DnsMessage.MaxLength));
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
            exchange.Sent = true;
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            await stream.WriteAsync(buffer.AsMemory(0, 2 + length), cancellationToken);
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), cancellationToken);
            var reply = buffer.AsMemory(2, BinaryPrimitives.ReadUInt16BigEndian(buffer));
            await stream.ReadExactlyAsync(reply, cancellationToken);
            return exchange.ReadReply(reply.Span);
        }
        catch (IOException e)
        {
            throw exchange.NoReply(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>One request on its way, over whichever transport.</summary>
    private sealed class Exchange(IPEndPoint server, DnsMessage request, TsigSession? session, TimeSpan timeout)
    {
        public IPEndPoint Server { get; } = server;

        public TimeSpan Timeout { get; } = timeout;

        /// <summary>Whether the server may have the request.</summary>
        public bool Sent { get; set; }

        /// <summary>What was wrong with the last reply that was passed over.</summary>
        public DnsClientException? Rejected { get; set; }

        public int WriteRequest(Span<byte> buffer)
        {
            var length = DnsMessageWriter.Write(request, buffer, out var truncated);
            if (truncated)
            {
                throw new ArgumentException("the request is larger than a DNS message can be");
            }

            return session?.Sign(buffer, length) ?? length;
        }

        public DnsMessage ReadReply(ReadOnlySpan<byte> bytes)
        {
            if (!DnsMessageReader.TryRead(bytes, out var reply, out var error))
            {
                throw Invalid($"the reply of {Server} is not a DNS message: {error}");
            }

            if (!reply.IsResponse || reply.Id != request.Id || reply.Opcode != request.Opcode || !RepeatsQuestion(reply))
            {
                throw Invalid($"the reply of {Server} does not belong to the request");
            }

            session?.Verify(bytes, reply, Server.ToString());
            return reply;
        }

        public DnsClientException NoReply(Exception? cause) => new(
            DnsFailure.NoReply,
            cause is null ? $"no reply from {Server} within {Timeout.TotalSeconds:0.###} s" : $"{Server} ended the connection without a reply",
            Sent,
            cause);

        public DnsClientException Unreachable(SocketException cause)
        {
            var message = cause.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => $"connection refused by {Server}",
                SocketError.NetworkUnreachable or SocketError.HostUnreachable => $"no route to {Server}",
                _ => $"{Server} cannot be reached: {cause.Message}",
            };
            return new DnsClientException(DnsFailure.Unreachable, message, requestSent: false, cause);
        }

        private DnsClientException Invalid(string message) => new(DnsFailure.InvalidReply, message, Sent);

        /// <summary>Servers may leave the question out of errors and of replies to updates (RFC 2136 section 3.8).</summary>
        private bool RepeatsQuestion(DnsMessage reply) => reply.Questions.Count == 0
            ? request.Opcode == DnsOpcode.Update || reply.Rcode is not (DnsRcode.NOERROR or DnsRcode.NXDOMAIN)
            : reply.Questions.SequenceEqual(request.Questions);
    }
}
