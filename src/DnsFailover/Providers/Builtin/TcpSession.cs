using System.Buffers.Binary;
using System.Net.Sockets;

namespace DnsFailover.Providers.Builtin;

/// <summary>
/// One TCP connection: messages with two octets of length before each (RFC 1035 section 4.2.2), as many as the client
/// likes to send without waiting (RFC 7766 section 6.2.1.1), answered in order.
/// </summary>
internal sealed class TcpSession
{
    // No query that we answer is larger; whoever announces more is cut off before it costs memory.
    private const int LargestQuery = 4096;

    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_transferTimeout = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly AnswerQuery _answer;
    private readonly TimeProvider _time;
    private readonly byte[] _buffer = new byte[LargestQuery];
    private long _lastActivity;

    /// <summary>Takes over the connection.</summary>
    public TcpSession(Socket socket, AnswerQuery answer, TimeProvider time)
    {
        (_socket, _answer, _time) = (socket, answer, time);
        _socket.NoDelay = true;
        _lastActivity = time.GetTimestamp();
    }

    /// <summary>The timestamp of the last whole query, or of the beginning.</summary>
    public long LastActivity => Interlocked.Read(ref _lastActivity);

    /// <summary>Answers until the client closes, is idle for too long, or takes too long to send or to read.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await ReadQueryAsync(cancellationToken) is { Length: > 0 } query)
        {
            Interlocked.Exchange(ref _lastActivity, _time.GetTimestamp());
            if (_answer(query, overTcp: true) is not { } reply)
            {
                return;
            }

            await SendAsync(query[..ReplyMemo.IdLength], reply, cancellationToken);
        }
    }

    /// <summary>Closes the connection, whatever goes on in it.</summary>
    public void Abort() => _socket.Dispose();

    private async Task<ReadOnlyMemory<byte>> ReadQueryAsync(CancellationToken cancellationToken)
    {
        // The first octet may take as long as an idle client is kept; the rest must follow at once.
        if (!await FillAsync(_buffer.AsMemory(0, 1), s_idleTimeout, cancellationToken) ||
            !await FillAsync(_buffer.AsMemory(1, 1), s_transferTimeout, cancellationToken))
        {
            return default;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(_buffer);
        var query = _buffer.AsMemory(0, Math.Min((int)length, LargestQuery));
        return length <= LargestQuery && await FillAsync(query, s_transferTimeout, cancellationToken) ? query : default;
    }

    private async Task<bool> FillAsync(Memory<byte> target, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        while (!target.IsEmpty)
        {
            var read = await _socket.ReceiveAsync(target, SocketFlags.None, either.Token);
            if (read == 0)
            {
                return false;
            }

            target = target[read..];
        }

        return true;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> id, byte[] reply, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(s_transferTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var framed = new byte[reply.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)reply.Length);
        reply.CopyTo(framed, 2);
        id.CopyTo(framed.AsMemory(2));
        var rest = framed.AsMemory();
        while (!rest.IsEmpty)
        {
            rest = rest[await _socket.SendAsync(rest, SocketFlags.None, either.Token)..];
        }
    }
}
