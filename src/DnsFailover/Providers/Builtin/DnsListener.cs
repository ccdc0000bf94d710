using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Builtin;

/// <summary>
/// Answers a query; null keeps silent. It does not throw. The flag says whether the query came over TCP, where an answer
/// need not fit a datagram. The array is never changed, may answer others too, and its ID is not the query's.
/// </summary>
internal delegate byte[]? AnswerQuery(ReadOnlyMemory<byte> query, bool overTcp);

/// <summary>Carries queries in and answers out, over UDP and TCP (RFC 1035 section 4.2, RFC 7766).</summary>
internal sealed class DnsListener : IAsyncDisposable
{
    // Queries are small. What is larger than this over UDP is cut, and so malformed.
    private const int LargestDatagram = 4096;

    private const int MaxConnections = 128;

    private static readonly TimeSpan s_pauseAfterTrouble = TimeSpan.FromMilliseconds(50);

    private readonly SocketPair _sockets;
    private readonly AnswerQuery _answer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpSession, TaskCompletionSource> _sessions = new();
    private readonly Task[] _loops;

    /// <summary>Starts to answer at once. Takes over the sockets.</summary>
    public DnsListener(SocketPair sockets, AnswerQuery answer, TimeProvider time, ILogger logger)
    {
        (_sockets, _answer, _time, _logger) = (sockets, answer, time, logger);
        EndPoint = sockets.EndPoint;
        _loops = [Task.Run(AnswerDatagramsAsync), Task.Run(AcceptAsync)];
    }

    /// <summary>Where it answers.</summary>
    public IPEndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();

        // The sockets go last: an operation that meets a socket in the middle of being closed can throw anything.
        await Task.WhenAll(_loops);
        _sockets.Dispose();
        await Task.WhenAll(_sessions.Values.Select(ended => ended.Task));
        _stop.Dispose();
    }

    /// <summary>
    /// One datagram after the other: an answer takes microseconds, and the socket keeps the memory of one waiting operation, not
    /// of several.
    /// </summary>
    private async Task AnswerDatagramsAsync()
    {
        var buffer = new byte[LargestDatagram];
        var reply = new byte[LargestDatagram];
        var client = new SocketAddress(_sockets.Udp.AddressFamily);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var length = await _sockets.Udp.ReceiveFromAsync(buffer, SocketFlags.None, client, _stop.Token);
                if (_answer(buffer.AsMemory(0, length), overTcp: false) is { } answer)
                {
                    answer.CopyTo(reply, 0);
                    buffer.AsSpan(0, ReplyMemo.IdLength).CopyTo(reply);
                    await _sockets.Udp.SendToAsync(reply.AsMemory(0, answer.Length), SocketFlags.None, client, _stop.Token);
                }
            }
            catch (Exception exception)
            {
                await PauseAfterAsync(exception);
            }
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _sockets.Tcp.AcceptAsync(_stop.Token);
                MakeRoom();
                var session = new TcpSession(socket, _answer, _time);
                var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _sessions[session] = ended;
                _ = RunAsync(session, ended);
            }
            catch (Exception exception)
            {
                await PauseAfterAsync(exception);
            }
        }
    }

    /// <summary>
    /// When the connections are used up, the one that has been idle longest goes (RFC 7766 section 6.2.3), so that
    /// somebody who only holds connections open cannot keep others out.
    /// </summary>
    private void MakeRoom()
    {
        while (_sessions.Count >= MaxConnections && _sessions.Keys.MinBy(session => session.LastActivity) is { } idlest)
        {
            idlest.Abort();
            _sessions.TryRemove(idlest, out _);
        }
    }

    private async Task RunAsync(TcpSession session, TaskCompletionSource ended)
    {
        await Task.Yield();
        try
        {
            await session.RunAsync(_stop.Token);
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, was too slow, or we stop: nothing is owed to it.
        }
        finally
        {
            session.Abort();
            _sessions.TryRemove(session, out _);
            ended.SetResult();
        }
    }

    private async Task PauseAfterAsync(Exception exception)
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        // Whatever one datagram or connection does, it must not end the loop, nor turn it into a hot one.
        BuiltinLog.SocketTrouble(_logger, exception.Message);
        await Task.Delay(s_pauseAfterTrouble, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
