using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace DnsFailover.Benchmarks.Scale;

/// <summary>
/// A web server that takes as little of the machine as it can, at every address of it: one thread that accepts, reads, answers and
/// closes, with the system's calls (accept4(2), recv(2), send(2), close(2)). It is handed a connection once the request has come.
/// </summary>
internal static partial class PlainServer
{
    private const int CloseOnExec = 0x80000; // SOCK_CLOEXEC
    private const int NoSignal = 0x4000; // MSG_NOSIGNAL
    private static readonly byte[] Reply = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");

    /// <summary>Serves until the process ends.</summary>
    /// <returns>The port.</returns>
    public static int Start()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        listener.SetRawSocketOption(6, 9, BitConverter.GetBytes(1)); // TCP_DEFER_ACCEPT, tcp(7)
        listener.Listen(4096);
        new Thread(() => Serve(listener)) { IsBackground = true }.Start();
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static unsafe void Serve(Socket listener)
    {
        var descriptor = (int)listener.Handle;
        var request = stackalloc byte[4096];
        fixed (byte* reply = Reply)
        {
            while (true)
            {
                var connection = Accept(descriptor, null, null, CloseOnExec);
                if (connection < 0)
                {
                    continue;
                }

                if (Receive(connection, request, 4096, 0) > 0)
                {
                    Send(connection, reply, (nuint)Reply.Length, NoSignal);
                }

                _ = Close(connection);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "accept4")]
    private static unsafe partial int Accept(int descriptor, void* address, void* length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static unsafe partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send")]
    private static unsafe partial nint Send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
