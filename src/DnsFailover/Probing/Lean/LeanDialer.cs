using DnsFailover.Core;

namespace DnsFailover.Probing.Lean;

/// <summary>
/// The lean path: plain TCP and HTTP/1.1 without TLS on the reactor's sockets. It gives the same verdicts, reasons and times as the
/// general path at a fraction of its cost; where there is no reactor, the general one does all of it.
/// </summary>
/// <param name="reactor">Holds the conversations.</param>
/// <param name="inline">True when who waits for a probe may go on at once on the reactor's thread: it must not block.</param>
internal sealed class LeanDialer(SocketReactor reactor, bool inline)
{
    /// <summary>One for this process; null where there is no reactor.</summary>
    public static LeanDialer? Create(bool inline) => SocketReactor.Shared is { } reactor ? new LeanDialer(reactor, inline) : null;

    /// <summary>True for a probe that this path makes from its beginning to its end, its timeout included.</summary>
    public static bool IsWhole(CheckDefinition check) => check is TcpCheck or HttpCheck { Https: false, MaxRedirects: 0 };

    /// <summary>Connects, and that is all.</summary>
    public async ValueTask<ProbeOutcome> ConnectAsync(ProbeRun run, CancellationToken cancellationToken) =>
        await ConverseAsync(run, default, reply: null, isJudgedAtOnce: true, cancellationToken) ?? ProbeOutcome.Pass($"connected in {Text.Of(run.Elapsed)}");

    /// <summary>Dials, asks and reads.</summary>
    /// <param name="run">Knows whom to dial, and takes the notes.</param>
    /// <param name="request">What is sent; empty for nothing.</param>
    /// <param name="reply">Reads what comes back; null for nothing.</param>
    /// <param name="isJudgedAtOnce">False when the judging takes long enough to be done elsewhere.</param>
    /// <param name="cancellationToken">Calls it off.</param>
    /// <returns>How the probe ends; null when it went as it should, and the reply is to be judged.</returns>
    public async ValueTask<ProbeOutcome?> ConverseAsync(ProbeRun run, ReadOnlyMemory<byte> request, HttpReply? reply, bool isJudgedAtOnce, CancellationToken cancellationToken)
    {
        var conversation = new Conversation(run, request, reply, inline && isJudgedAtOnce);
        return await conversation.HoldAsync(reactor, cancellationToken) switch
        {
            ConversationEnd.Connected or ConversationEnd.Replied => null,
            ConversationEnd.Closed => TransportFault.Closed(run),
            ConversationEnd.NotHttp => TransportFault.NotHttp(run),
            ConversationEnd.TooLong => TransportFault.HeadTooLong(run),
            ConversationEnd.TimedOut => TransportFault.TooLate(run),
            ConversationEnd.CalledOff => throw new OperationCanceledException("The probe was called off.", cancellationToken),
            _ => TransportFault.Explain(conversation.Error, run),
        };
    }
}
