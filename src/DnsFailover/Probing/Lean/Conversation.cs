using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace DnsFailover.Probing.Lean;

/// <summary>How a conversation ended.</summary>
internal enum ConversationEnd
{
    /// <summary>The connection stands, and there was nothing to ask.</summary>
    Connected,

    /// <summary>The reply was read as far as it is wanted.</summary>
    Replied,

    /// <summary>The other side closed the connection too early.</summary>
    Closed,

    /// <summary>A call failed; <see cref="Conversation.Error"/> says how.</summary>
    Failed,

    /// <summary>What came back is not HTTP.</summary>
    NotHttp,

    /// <summary>The head of the reply is too long.</summary>
    TooLong,

    /// <summary>Time is up.</summary>
    TimedOut,

    /// <summary>Nobody wants the end any more.</summary>
    CalledOff,
}

/// <summary>
/// One connection of a probe, from the dialling to the end of the reply. Everything between the handing over to the reactor and the
/// end happens on the reactor's thread.
/// </summary>
/// <param name="run">Takes the notes; it knows whom to dial.</param>
/// <param name="request">What is sent once the connection stands; empty for nothing.</param>
/// <param name="reply">Reads what comes back; null when there is nothing to come.</param>
/// <param name="inline">True when who waits goes on at once, on the reactor's thread.</param>
internal sealed class Conversation(ProbeRun run, ReadOnlyMemory<byte> request, HttpReply? reply, bool inline) : IValueTaskSource<ConversationEnd>
{
    private static readonly Action<object?> CallOff = static self => ((Conversation)self!).CalledOff();

    private ManualResetValueTaskSourceCore<ConversationEnd> _end = new() { RunContinuationsAsynchronously = !inline };
    private CancellationTokenRegistration _registration;
    private SocketReactor? _reactor;
    private int _descriptor = -1;
    private int _sent;
    private long _since;
    private Phase _phase;
    private volatile bool _isCalledOff;

    private enum Phase
    {
        New,
        Connecting,
        Sending,
        Receiving,
        Over,
    }

    /// <summary>When it is over at the latest, by the reactor's clock.</summary>
    public long Deadline => run.Deadline;

    /// <summary>What failed.</summary>
    public SocketError Error { get; private set; }

    /// <summary>True once it has ended.</summary>
    public bool IsOver => _phase == Phase.Over;

    /// <summary>True once nobody wants its end any more.</summary>
    public bool IsCalledOff => _isCalledOff;

    /// <summary>Its place among those under way.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Hands it over and waits for its end. Once.</summary>
    public ValueTask<ConversationEnd> HoldAsync(SocketReactor reactor, CancellationToken cancellationToken)
    {
        _reactor = reactor;
        _registration = cancellationToken.UnsafeRegister(CallOff, this);
        reactor.Take(this);
        return new ValueTask<ConversationEnd>(this, _end.Version);
    }

    /// <summary>Dials. On the reactor's thread, as all that follows.</summary>
    /// <returns>The descriptor to watch, or a negative number when it is over already.</returns>
    public int Begin()
    {
        try
        {
            return Dial();
        }
        catch (Exception e)
        {
            EndWithDefect(e);
            return -1;
        }
    }

    /// <summary>Something happened to the connection.</summary>
    public void Happened(uint events)
    {
        try
        {
            GoOn(events);
        }
        catch (Exception e)
        {
            EndWithDefect(e);
        }
    }

    /// <summary>A call failed.</summary>
    public void Fail(int error)
    {
        Error = LinuxSockets.Named(error);
        End(ConversationEnd.Failed);
    }

    /// <summary>It is over, for whatever cause.</summary>
    public void End(ConversationEnd end)
    {
        Finish();
        _end.SetResult(end);
    }

    ConversationEnd IValueTaskSource<ConversationEnd>.GetResult(short token) => _end.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ConversationEnd>.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource<ConversationEnd>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _end.OnCompleted(continuation, state, token, flags);

    private int Dial()
    {
        run.Stage = ProbeStage.Connecting;
        _since = run.Timestamp;
        _phase = Phase.Connecting;
        _descriptor = LinuxSockets.Open(run.Remote.AddressFamily);
        if (_descriptor < 0)
        {
            Fail(LinuxSockets.LastError);
            return -1;
        }

        var error = LinuxSockets.Dial(_descriptor, run.Remote);
        if (error is not (0 or LinuxSockets.InProgress or LinuxSockets.Interrupted))
        {
            Fail(error);
            return -1;
        }

        return _descriptor;
    }

    // A defect is that of one probe; the thread belongs to all of them.
    private void EndWithDefect(Exception defect)
    {
        Finish();
        _end.SetException(defect);
    }

    private void CalledOff()
    {
        _isCalledOff = true;
        _reactor!.Take(this);
    }

    private void Finish()
    {
        _phase = Phase.Over;
        _registration.Unregister();
        reply?.GiveBack();
        if (_descriptor >= 0)
        {
            _ = LinuxSockets.Close(_descriptor);
            _descriptor = -1;
        }
    }

    private void GoOn(uint events)
    {
        if (_phase == Phase.Connecting && !IsConnected(events))
        {
            return;
        }

        if (_phase == Phase.Sending && !IsSent())
        {
            return;
        }

        if (_phase == Phase.Receiving && (events & (LinuxSockets.Readable | LinuxSockets.HungUp | LinuxSockets.Broken)) != 0)
        {
            Receive(events);
        }
    }

    private bool IsConnected(uint events)
    {
        if ((events & LinuxSockets.Broken) != 0 && LinuxSockets.ErrorOf(_descriptor) is var error and not 0)
        {
            Fail(error);
            return false;
        }

        if ((events & LinuxSockets.Writable) == 0)
        {
            return false;
        }

        // As with every dialler on loopback: the port may be the one that the kernel chose for our end (see TcpDialer).
        if (IPAddress.IsLoopback(run.Remote.Address) && LinuxSockets.IsOwnEnd(_descriptor, run.Remote))
        {
            Error = SocketError.ConnectionRefused;
            End(ConversationEnd.Failed);
            return false;
        }

        run.Connected(_since);
        if (request.IsEmpty)
        {
            End(ConversationEnd.Connected);
            return false;
        }

        run.RequestSent();
        _phase = Phase.Sending;
        return true;
    }

    private bool IsSent()
    {
        while (_sent < request.Length)
        {
            var count = LinuxSockets.Send(_descriptor, request.Span[_sent..]);
            if (count >= 0)
            {
                _sent += count;
            }
            else if (LinuxSockets.LastError is var error and not LinuxSockets.Interrupted)
            {
                if (error != LinuxSockets.WouldBlock)
                {
                    Fail(error);
                }

                return false;
            }
        }

        _phase = Phase.Receiving;
        return true;
    }

    private void Receive(uint events)
    {
        while (true)
        {
            var space = reply!.Space();
            var count = LinuxSockets.Receive(_descriptor, space);
            if (count < 0)
            {
                if (LinuxSockets.LastError is var error && error == LinuxSockets.Interrupted)
                {
                    continue;
                }

                if (error != LinuxSockets.WouldBlock)
                {
                    Fail(error);
                }

                return;
            }

            if (count > 0)
            {
                run.ReplyBegan();
            }

            var state = count == 0 ? reply.Ended() : reply.Received(count);
            if (reply.IsHeadRead)
            {
                run.Stage = ProbeStage.ReadingBody;
            }

            if (state != ReplyState.Unfinished)
            {
                End(state switch
                {
                    ReplyState.Complete => ConversationEnd.Replied,
                    ReplyState.CutOff => ConversationEnd.Closed,
                    ReplyState.TooLong => ConversationEnd.TooLong,
                    _ => ConversationEnd.NotHttp,
                });
                return;
            }

            // Less than there was room for is all there is; an end or an error behind it is told with it.
            if (count < space.Length && (events & (LinuxSockets.HungUp | LinuxSockets.Broken)) == 0)
            {
                return;
            }
        }
    }
}
