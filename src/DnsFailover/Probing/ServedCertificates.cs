using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Probing;

/// <summary>
/// Finds out which certificate users of the served name get from an endpoint whose check asks for another name
/// (<c>host</c>): the check's own handshake says nothing about that. After a probe that passed, at most once a minute
/// for each target, a second handshake is made with the served name; what it found goes along with the observations
/// until the next one.
/// <para>
/// It takes place within what is left of the probe's timeout, so that no bound that counts on the timeout changes. A
/// probe that failed, and one that a decision waits for, do not wait for it.
/// </para>
/// </summary>
internal sealed class ServedCertificates(TlsDialer tls, TimeProvider time)
{
    /// <summary>From one handshake with the served name to the next.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>An endpoint may hang up on a name that it does not know; one that does so once may have had a hiccup.</summary>
    private const int HangUpsToTell = 2;

    // By the check's identity, so that what a reload has replaced is forgotten with it.
    private readonly ConditionalWeakTable<CheckDefinition, ConcurrentDictionary<TargetId, Finding>> _findings = [];

    /// <summary>What is known of one target.</summary>
    /// <param name="Trouble">What speaks against its certificate; null when nothing is known to.</param>
    /// <param name="AskedAt">When the last handshake began, by the clock that only goes on.</param>
    /// <param name="HangUps">Handshakes in a row that the endpoint ended without a word.</param>
    private sealed record Finding(string? Trouble, long AskedAt, int HangUps);

    /// <summary>What speaks against the certificate that users of the served name get; null when nothing does, or when it is not known.</summary>
    /// <param name="run">A probe that passed; what is left of its time may be used.</param>
    /// <param name="mayAsk">False when somebody waits for the probe, so that only what is known counts.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<string?> TroubleAsync(ProbeRun run, bool mayAsk, CancellationToken cancellationToken)
    {
        var served = run.Target.Service.ToString();
        if (!SpeaksTls(run.Check, out var roots) || run.Check.Host.Equals(served, StringComparison.OrdinalIgnoreCase))
        {
            return null; // the check judges it, or there is nothing to see
        }

        var findings = _findings.GetOrCreateValue(run.Check);
        findings.TryGetValue(run.Target, out var known);
        if (!mayAsk || (known is not null && time.GetElapsedTime(known.AskedAt) < Pause))
        {
            return known?.Trouble;
        }

        var askedAt = time.GetTimestamp();
        var (trouble, hungUp) = await AskAsync(run, served, roots, known?.Trouble, cancellationToken);
        var hangUps = hungUp ? (known?.HangUps ?? 0) + 1 : 0;
        if (hangUps >= HangUpsToTell)
        {
            trouble = $"{run.Remote} ends the TLS handshake for {served} without a word";
        }

        findings[run.Target] = new Finding(trouble, askedAt, hangUps);
        return trouble;
    }

    private static bool SpeaksTls(CheckDefinition check, out string? roots)
    {
        roots = check switch { HttpCheck http => http.TrustedRoots, TlsCheck own => own.TrustedRoots, _ => null };
        return check is TlsCheck or HttpCheck { Https: true };
    }

    /// <summary>Makes the handshake; what ends it for another cause than the certificate leaves what was known.</summary>
    private async Task<(string? Trouble, bool HungUp)> AskAsync(ProbeRun run, string served, string? roots, string? known, CancellationToken cancellationToken)
    {
        var left = run.Check.Timeout - run.Elapsed;
        if (left <= TimeSpan.Zero)
        {
            return (known, HungUp: false);
        }

        using var deadline = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var asking = new ProbeRun(run.Target, run.Check, time) { Remote = run.Remote }; // its own notes: those of the probe are closed
        try
        {
            using var socket = await TcpDialer.ConnectAsync(asking, either.Token);
            var (stream, ended) = await tls.SecureAsync(asking, new NetworkStream(socket, ownsSocket: true), served, roots, protocols: null, either.Token);
            if (stream is null)
            {
                return (ended!.Verdict == Core.Health.Verdict.Fail ? ended.Reason : known, HungUp: false);
            }

            await stream.DisposeAsync();
            return (null, HungUp: false);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && IsEnd(e))
        {
            throw new OperationCanceledException("The probe was called off.", e, cancellationToken);
        }
        catch (Exception e) when (deadline.IsCancellationRequested && IsEnd(e))
        {
            return (known, HungUp: false);
        }
        catch (AuthenticationException e) when (e.InnerException is not (IOException or SocketException))
        {
            return (TransportFault.Explain(e, asking).Reason, HungUp: false); // for example: unrecognized name
        }
        catch (Exception e) when (TransportFault.IsExpected(e))
        {
            return (known, HungUp: asking.Stage == ProbeStage.TlsHandshake);
        }
    }

    // What the end of the time looks like depends on which layer notices it first.
    private static bool IsEnd(Exception error) => error is OperationCanceledException or ObjectDisposedException || TransportFault.IsExpected(error);
}
