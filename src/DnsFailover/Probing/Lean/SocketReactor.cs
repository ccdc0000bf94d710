using System.Diagnostics;

namespace DnsFailover.Probing.Lean;

/// <summary>
/// One thread that holds all conversations of plain probes, however many: it dials, sends and reads as the sockets are ready (epoll(7)),
/// and looks after deadlines every 10 ms while there are any. It allocates nothing, and its wake-ups are shared by all that happens
/// at the same time, which is what makes a probe cheap. While nothing is under way it sleeps.
/// </summary>
internal sealed class SocketReactor
{
    private const int MostEvents = 256;

    /// <summary>So many are dialled in a row; then what has come meanwhile is read, so that nobody's time is counted for others.</summary>
    private const int DialledInARow = 32;

    private const ulong WakerData = ulong.MaxValue;

    private static readonly long SweepPause = Stopwatch.Frequency / 100;
    private static readonly Lazy<SocketReactor?> OfProcess = new(Create);

    private readonly int _epoll;
    private readonly int _waker;
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private List<Conversation> _handed = [];
    private List<Conversation> _taken = [];
    private Conversation?[] _slots = new Conversation?[64];
    private int _used;
    private int _underWay;
    private long _nextDeadline = long.MaxValue;
    private long _sweptAt;
    private bool _sleeping;

    private SocketReactor(int epoll, int waker) => (_epoll, _waker) = (epoll, waker);

    /// <summary>The one of this process; null where there is none (another system than Linux, or out of descriptors).</summary>
    public static SocketReactor? Shared => OfProcess.Value;

    /// <summary>What the deadlines of conversations are told in.</summary>
    public static long DeadlineOf(TimeSpan timeout) => Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Takes a conversation over, to begin it or to call it off. From any thread.</summary>
    public void Take(Conversation conversation)
    {
        bool wake;
        lock (_gate)
        {
            _handed.Add(conversation);
            wake = _sleeping;
            _sleeping = false;
        }

        if (wake)
        {
            LinuxSockets.Wake(_waker);
        }
    }

    private static SocketReactor? Create()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var (epoll, waker) = (LinuxSockets.CreateEpoll(), LinuxSockets.CreateWaker());
        if (epoll < 0 || waker < 0 || LinuxSockets.Watch(epoll, waker, LinuxSockets.Readable, WakerData) < 0)
        {
            _ = (epoll < 0 ? 0 : LinuxSockets.Close(epoll), waker < 0 ? 0 : LinuxSockets.Close(waker));
            return null;
        }

        var reactor = new SocketReactor(epoll, waker);
        new Thread(reactor.Run) { IsBackground = true, Name = "probes" }.Start();
        return reactor;
    }

    private void Run()
    {
        while (true)
        {
            BeginHanded();
            var count = Wait(IsIdle() ? Nap() : 0);
            lock (_gate)
            {
                _sleeping = false;
            }

            // All that has come is read before a deadline counts: a machine that was asleep finds both at the same time.
            while (count == MostEvents)
            {
                count = Wait(0);
            }

            Sweep();
        }
    }

    private bool IsIdle()
    {
        lock (_gate)
        {
            _sleeping = _handed.Count == 0;
            return _sleeping;
        }
    }

    private void BeginHanded()
    {
        lock (_gate)
        {
            (_handed, _taken) = (_taken, _handed);
        }

        for (var i = 0; i < _taken.Count; i++)
        {
            Begin(_taken[i]);
            if (i % DialledInARow == DialledInARow - 1)
            {
                _ = Wait(0);
            }
        }

        _taken.Clear();
    }

    private void Begin(Conversation conversation)
    {
        if (conversation.IsOver)
        {
            return; // called off too late
        }

        if (conversation.IsCalledOff)
        {
            End(conversation, ConversationEnd.CalledOff);
            return;
        }

        var descriptor = conversation.Begin();
        if (descriptor < 0)
        {
            return;
        }

        var slot = _free.TryPop(out var free) ? free : _used++;
        if (slot == _slots.Length)
        {
            Array.Resize(ref _slots, slot * 2);
        }

        (_slots[slot], conversation.Slot) = (conversation, slot);
        _underWay++;
        _nextDeadline = Math.Min(_nextDeadline, conversation.Deadline);
        if (LinuxSockets.Watch(_epoll, descriptor, LinuxSockets.Readable | LinuxSockets.Writable | LinuxSockets.HungUp | LinuxSockets.OncePerChange, (ulong)slot) < 0)
        {
            conversation.Fail(LinuxSockets.LastError);
            Release(conversation);
        }
    }

    private unsafe int Wait(int milliseconds)
    {
        var events = stackalloc byte[MostEvents * 16];
        var count = LinuxSockets.Wait(_epoll, events, MostEvents, milliseconds);
        for (var i = 0; i < count; i++)
        {
            var (happened, data) = LinuxSockets.EventAt(events, i);
            if (data == WakerData)
            {
                LinuxSockets.Woken(_waker);
            }
            else if (_slots[data] is { } conversation)
            {
                conversation.Happened(happened);
                if (conversation.IsOver)
                {
                    Release(conversation);
                }
            }
        }

        return count;
    }

    /// <summary>In milliseconds until a deadline may have passed; without one, until somebody wakes.</summary>
    private int Nap()
    {
        if (_underWay == 0)
        {
            _nextDeadline = long.MaxValue;
            return Timeout.Infinite;
        }

        var left = Math.Max(_nextDeadline, _sweptAt + SweepPause) - Stopwatch.GetTimestamp();
        return left <= 0 ? 0 : (int)Math.Min((left * 1000 / Stopwatch.Frequency) + 1, 60_000);
    }

    private void Sweep()
    {
        var now = Stopwatch.GetTimestamp();
        if (now < _nextDeadline || now < _sweptAt + SweepPause)
        {
            return;
        }

        _sweptAt = now;
        _nextDeadline = long.MaxValue;
        for (var slot = 0; slot < _used; slot++)
        {
            if (_slots[slot] is not { } conversation)
            {
                continue;
            }

            if (conversation.Deadline <= now)
            {
                End(conversation, ConversationEnd.TimedOut);
            }
            else
            {
                _nextDeadline = Math.Min(_nextDeadline, conversation.Deadline);
            }
        }
    }

    private void End(Conversation conversation, ConversationEnd end)
    {
        Release(conversation);
        conversation.End(end);
    }

    private void Release(Conversation conversation)
    {
        if (conversation.Slot >= 0)
        {
            _slots[conversation.Slot] = null;
            _free.Push(conversation.Slot);
            conversation.Slot = -1;
            _underWay--;
        }
    }
}
