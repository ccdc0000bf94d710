using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using DnsFailover.Core;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>
/// Turns an error of the socket, TLS or HTTP layer into a verdict with a sentence. An error that only the local
/// machine can cause is Inconclusive; what the endpoint or the network at its side did is a Fail.
/// </summary>
internal static class TransportFault
{
    /// <summary>Whether the error is one that a probe has to expect; everything else is a bug.</summary>
    public static bool IsExpected(Exception error) => error is SocketException or IOException or HttpRequestException or AuthenticationException;

    /// <summary>Who is to blame, and what to say.</summary>
    public static ProbeOutcome Explain(Exception error, ProbeRun run)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket)
            {
                return Explain(socket.SocketErrorCode, run);
            }
        }

        return error switch
        {
            AuthenticationException tls => ProbeOutcome.Fail(ReasonClass.Tls, Tls(tls, run)),
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => NotHttp(run),
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => HeadTooLong(run),
            HttpRequestException { HttpRequestError: HttpRequestError.HttpProtocolError } => ProbeOutcome.Fail(ReasonClass.Protocol, $"{run.Remote} broke the HTTP/2 protocol{During(run.Stage)}"),
            HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => NotHttp(run),
            _ => Closed(run),
        };
    }

    /// <summary>The verdict on one socket error of a probe.</summary>
    public static ProbeOutcome Explain(SocketError error, ProbeRun run) => Explain(error, run.Remote, run.Stage, HasLocalRoute);

    /// <summary>The endpoint ended the connection before the reply was complete.</summary>
    public static ProbeOutcome Closed(ProbeRun run) => ProbeOutcome.Fail(ReasonClass.Closed, $"connection closed by {run.Remote}{During(run.Stage)}");

    /// <summary>What came back is not HTTP.</summary>
    public static ProbeOutcome NotHttp(ProbeRun run) => ProbeOutcome.Fail(ReasonClass.Protocol, $"the reply of {run.Remote} is not HTTP");

    /// <summary>The head of the reply is too long.</summary>
    public static ProbeOutcome HeadTooLong(ProbeRun run) => ProbeOutcome.Fail(ReasonClass.Protocol, $"the response headers of {run.Remote} are longer than {HttpExchange.MaxHeaderKilobytes} KB");

    /// <summary>Time was up before the reply was complete.</summary>
    /// <param name="run">The probe.</param>
    /// <param name="backlog">How long work has waited for a thread of this machine meanwhile.</param>
    public static ProbeOutcome TooLate(ProbeRun run, TimeSpan backlog = default)
    {
        var (limit, took) = (run.Check.Timeout, run.Elapsed);
        var grace = TimeSpan.FromSeconds(Math.Max(1, limit.TotalSeconds / 2));
        if (took > limit + grace)
        {
            // The timer itself came late: the machine was stopped, or had no time for us. A reply may lie unread.
            return ProbeOutcome.Inconclusive(ReasonClass.Overload, $"this machine was too busy for the probe: its limit of {Text.Of(limit)} was noticed after {Text.Of(took)}");
        }

        if (Backlog.Explains(backlog, limit))
        {
            return ProbeOutcome.Inconclusive(ReasonClass.Overload, $"this machine was too busy for the probe: its limit is {Text.Of(limit)}, and work has waited for a thread for {Text.Of(backlog)}");
        }

        if (run.Stage == ProbeStage.Resolving)
        {
            return ProbeOutcome.Inconclusive(ReasonClass.Resolver, $"no answer from the resolver about {run.Target.Value} within {Text.Of(limit)}");
        }

        return run.Dns > limit / 2
            ? ProbeOutcome.Inconclusive(ReasonClass.Resolver, $"the resolver took {Text.Of(run.Dns.Value)} of the {Text.Of(limit)} for {run.Target.Value}")
            : ProbeOutcome.Fail(TimeoutAt(run.Stage), $"no answer from {run.Remote} within {Text.Of(limit)}{During(run.Stage)}");
    }

    /// <summary>The verdict on one socket error.</summary>
    /// <param name="error">What the system call said.</param>
    /// <param name="remote">What was dialled.</param>
    /// <param name="stage">When it happened.</param>
    /// <param name="hasLocalRoute">Whether this machine itself knows a way to the address.</param>
    public static ProbeOutcome Explain(SocketError error, IPEndPoint remote, ProbeStage stage, Func<IPAddress, bool> hasLocalRoute) => error switch
    {
        SocketError.ConnectionRefused => ProbeOutcome.Fail(ReasonClass.Refused, $"connection refused by {remote}"),
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => ProbeOutcome.Fail(ReasonClass.Reset, $"connection reset by {remote}{During(stage)}"),
        SocketError.TimedOut => ProbeOutcome.Fail(TimeoutAt(stage), $"no answer from {remote}{During(stage)}"),

        // "Unreachable" comes from our own routing table, or from a router on the way that was told the endpoint's
        // network or machine is gone (ICMP, or ARP on the last link). Only the latter speaks about the endpoint.
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => hasLocalRoute(remote.Address)
            ? ProbeOutcome.Fail(ReasonClass.Unreachable, $"{(error == SocketError.HostUnreachable ? "host" : "network")} of {remote} is unreachable, a router on the way says")
            : ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, $"this machine has no route to {remote.Address}"),
        SocketError.NetworkDown => ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, "the network of this machine is down"),
        SocketError.AddressFamilyNotSupported => ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, $"this machine has no {(remote.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4")}"),
        SocketError.TooManyOpenSockets or SocketError.ProcessLimit => ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, "this machine is out of sockets (too many open files)"),
        SocketError.NoBufferSpaceAvailable => ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, "this machine is out of memory for sockets"),
        SocketError.AddressNotAvailable or SocketError.AddressAlreadyInUse => ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, $"this machine has no free local port or address to reach {remote} from"),
        SocketError.AccessDenied => ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, $"this machine does not let us connect to {remote} (firewall or sandbox)"),
        _ => ProbeOutcome.Inconclusive(ReasonClass.LocalNetwork, $"the connection to {remote} failed for an unexpected cause: {error}"),
    };

    /// <summary>What ran out of time, by what it was waiting for.</summary>
    public static ReasonClass TimeoutAt(ProbeStage stage) => stage switch
    {
        ProbeStage.Resolving => ReasonClass.Resolver,
        ProbeStage.Connecting => ReasonClass.ConnectTimeout,
        ProbeStage.TlsHandshake => ReasonClass.TlsTimeout,
        _ => ReasonClass.ReplyTimeout,
    };

    /// <summary>The stage in brackets, as it stands after "no answer from …".</summary>
    public static string During(ProbeStage stage) => stage switch
    {
        ProbeStage.Resolving => " (resolving)",
        ProbeStage.Connecting => " (connecting)",
        ProbeStage.TlsHandshake => " (TLS handshake)",
        ProbeStage.WaitingForFirstByte => " (waiting for the first byte)",
        ProbeStage.ReadingHeaders => " (reading the headers)",
        _ => " (reading the body)",
    };

    // Connecting a UDP socket looks the route up and sends nothing.
    private static bool HasLocalRoute(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, 9);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Tls(AuthenticationException error, ProbeRun run)
    {
        // Without a cause, what came back were no TLS records at all.
        if (error.InnerException is null)
        {
            return $"{run.Remote} does not speak TLS";
        }

        var innermost = error.GetBaseException().Message;
        var colons = innermost.LastIndexOf("::", StringComparison.Ordinal);
        return $"TLS handshake with {run.Remote} failed: {run.Quote(colons < 0 ? innermost : innermost[(colons + 2)..])}";
    }
}
