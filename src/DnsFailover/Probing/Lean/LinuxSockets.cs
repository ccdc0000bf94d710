using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace DnsFailover.Probing.Lean;

/// <summary>
/// The calls of Linux for sockets that do not block (man7.org/linux/man-pages, sections 2 and 7). Numbers are those of the generic
/// headers, which amd64 and arm64 share.
/// </summary>
internal static unsafe partial class LinuxSockets
{
    /// <summary>EINTR: a signal came in between.</summary>
    public const int Interrupted = 4;

    /// <summary>EAGAIN: nothing to be had now.</summary>
    public const int WouldBlock = 11;

    /// <summary>EINPROGRESS: the connection is being made.</summary>
    public const int InProgress = 115;

    /// <summary>EPOLLIN.</summary>
    public const uint Readable = 0x001;

    /// <summary>EPOLLOUT.</summary>
    public const uint Writable = 0x004;

    /// <summary>EPOLLERR and EPOLLHUP, which are always told.</summary>
    public const uint Broken = 0x008 | 0x010;

    /// <summary>EPOLLRDHUP: the other side has sent everything.</summary>
    public const uint HungUp = 0x2000;

    /// <summary>EPOLLET: each change is told once.</summary>
    public const uint OncePerChange = 1u << 31;

    private const int Stream = 1;
    private const int NonBlockingAndClosedOnExec = 0x800 | 0x80000;
    private const int NoSignal = 0x4000;
    private const int Add = 1;
    private const int SocketLevel = 1;
    private const int PendingError = 4;

    /// <summary>On amd64, and there alone, an event is packed (epoll_event in sys/epoll.h).</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static readonly int DataOffset = EventSize - sizeof(ulong);

    /// <summary>The error of the last call.</summary>
    public static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>An epoll instance; negative when there is none to be had.</summary>
    public static int CreateEpoll() => EpollCreate(0x80000);

    /// <summary>A counter that wakes who waits for it; negative when there is none to be had.</summary>
    public static int CreateWaker() => EventFd(0, NonBlockingAndClosedOnExec);

    /// <summary>Wakes, or takes note of it.</summary>
    public static void Wake(int waker)
    {
        ulong one = 1;
        _ = Write(waker, &one, sizeof(ulong));
    }

    /// <summary>Takes note of having been woken.</summary>
    public static void Woken(int waker)
    {
        ulong count;
        _ = Read(waker, &count, sizeof(ulong));
    }

    /// <summary>Has events of a descriptor told.</summary>
    public static int Watch(int epoll, int descriptor, uint events, ulong data)
    {
        var item = stackalloc byte[16];
        *(uint*)item = events;
        *(ulong*)(item + DataOffset) = data;
        return EpollControl(epoll, Add, descriptor, item);
    }

    /// <summary>Waits for events.</summary>
    public static int Wait(int epoll, byte* events, int most, int milliseconds) => EpollWait(epoll, events, most, milliseconds);

    /// <summary>An event that was waited for.</summary>
    public static (uint Events, ulong Data) EventAt(byte* events, int index) => (*(uint*)(events + (index * EventSize)), *(ulong*)(events + (index * EventSize) + DataOffset));

    /// <summary>A TCP socket; negative when there is none to be had.</summary>
    public static int Open(AddressFamily family) => Socket(family == AddressFamily.InterNetworkV6 ? 10 : 2, Stream | NonBlockingAndClosedOnExec, 0);

    /// <summary>Begins to connect: 0, or the error.</summary>
    public static int Dial(int descriptor, IPEndPoint remote)
    {
        var address = stackalloc byte[28];
        var length = Fill(address, remote);
        return Connect(descriptor, address, length) == 0 ? 0 : LastError;
    }

    /// <summary>True when the local address of a connection is the remote one, too.</summary>
    public static bool IsOwnEnd(int descriptor, IPEndPoint remote)
    {
        var wanted = stackalloc byte[28];
        var found = stackalloc byte[28];
        new Span<byte>(found, 28).Clear();
        uint length = 28;
        var size = (int)Fill(wanted, remote);
        return GetLocalAddress(descriptor, found, &length) == 0 && length == size && new Span<byte>(found, size).SequenceEqual(new Span<byte>(wanted, size));
    }

    /// <summary>Why the connection failed; 0 when it did not.</summary>
    public static int ErrorOf(int descriptor)
    {
        int error;
        uint length = sizeof(int);
        return GetOption(descriptor, SocketLevel, PendingError, &error, &length) == 0 ? error : LastError;
    }

    /// <summary>How many bytes were taken to be sent; negative with an error.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            return (int)Send(descriptor, first, (nuint)bytes.Length, NoSignal);
        }
    }

    /// <summary>How many bytes came; 0 at the end, negative with an error.</summary>
    public static int Receive(int descriptor, Span<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            return (int)Receive(descriptor, first, (nuint)bytes.Length, 0);
        }
    }

    /// <summary>Closes a descriptor; one that was watched is so no more.</summary>
    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    /// <summary>What the framework calls an error number.</summary>
    public static SocketError Named(int error) => error switch
    {
        1 or 13 => SocketError.AccessDenied, // EPERM, EACCES
        12 or 105 => SocketError.NoBufferSpaceAvailable, // ENOMEM, ENOBUFS
        22 => SocketError.InvalidArgument, // EINVAL
        23 or 24 => SocketError.TooManyOpenSockets, // ENFILE, EMFILE
        32 => SocketError.Shutdown, // EPIPE
        97 => SocketError.AddressFamilyNotSupported, // EAFNOSUPPORT
        98 => SocketError.AddressAlreadyInUse, // EADDRINUSE
        99 => SocketError.AddressNotAvailable, // EADDRNOTAVAIL
        WouldBlock => SocketError.AddressNotAvailable, // connect(2): no free local port
        100 => SocketError.NetworkDown, // ENETDOWN
        101 => SocketError.NetworkUnreachable, // ENETUNREACH
        102 or 104 => SocketError.ConnectionReset, // ENETRESET, ECONNRESET
        103 => SocketError.ConnectionAborted, // ECONNABORTED
        110 => SocketError.TimedOut, // ETIMEDOUT
        111 => SocketError.ConnectionRefused, // ECONNREFUSED
        112 or 113 => SocketError.HostUnreachable, // EHOSTDOWN, EHOSTUNREACH
        _ => SocketError.SocketError,
    };

    private static uint Fill(byte* address, IPEndPoint remote)
    {
        new Span<byte>(address, 28).Clear();
        var isSix = remote.AddressFamily == AddressFamily.InterNetworkV6;
        *(ushort*)address = (ushort)(isSix ? 10 : 2);
        (address[2], address[3]) = ((byte)(remote.Port >> 8), (byte)remote.Port);
        remote.Address.TryWriteBytes(new Span<byte>(address + (isSix ? 8 : 4), 16), out _);
        if (isSix)
        {
            *(uint*)(address + 24) = (uint)remote.Address.ScopeId;
        }

        return isSix ? 28u : 16u;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int descriptor, byte* item);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, byte* events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int descriptor, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static partial int GetLocalAddress(int descriptor, byte* address, uint* length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int descriptor, int level, int option, void* value, uint* length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int descriptor, void* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int descriptor, void* bytes, nuint length);
}
