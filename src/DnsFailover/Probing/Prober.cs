using System.Net;
using System.Net.Sockets;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Probing.Lean;

namespace DnsFailover.Probing;

/// <summary>Probes over the network of this machine: TCP, TLS and HTTP.</summary>
internal sealed class Prober : IProber
{
    private readonly INameResolver _resolver;
    private readonly TimeProvider _time;
    private readonly TlsDialer _tls;
    private readonly ServedCertificates _served;
    private readonly LeanDialer? _lean;
    private readonly Backlog _backlog;

    /// <summary>A prober that resolves CNAME targets with <paramref name="resolver"/>.</summary>
    /// <param name="resolver">Finds the addresses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lean">For plain TCP and HTTP; null has everything made by the framework's client.</param>
    /// <param name="backlog">Knows how busy this machine is.</param>
    public Prober(INameResolver resolver, TimeProvider time, LeanDialer? lean, Backlog backlog)
    {
        (_resolver, _time, _tls, _lean) = (resolver, time, new TlsDialer(new TrustedRoots(), new ValidatedChains(time)), lean);
        _served = new ServedCertificates(_tls, time);
        _backlog = backlog;
    }

    /// <summary>As above, with the lean path where there is one.</summary>
    public Prober(INameResolver resolver, TimeProvider time)
        : this(resolver, time, LeanDialer.Create(inline: false), new Backlog(time))
    {
    }

    /// <inheritdoc/>
    public async Task<Observation> ProbeAsync(TargetId target, CheckDefinition check, long? requestId, CancellationToken cancellationToken) =>
        (await ProbeAsync(new ProbeRun(target, check, _time), requestId, cancellationToken)).Observation;

    /// <summary>As <see cref="ProbeAsync(TargetId, CheckDefinition, long?, CancellationToken)"/>, with everything that was seen on the way.</summary>
    public Task<ProbeReport> ProbeVerboseAsync(TargetId target, CheckDefinition check, long? requestId, CancellationToken cancellationToken) =>
        ProbeAsync(new ProbeRun(target, check, _time) { IsVerbose = true }, requestId, cancellationToken);

    private async Task<ProbeReport> ProbeAsync(ProbeRun run, long? requestId, CancellationToken cancellationToken)
    {
        var check = run.Check;
        var outcome = await RunAsync(run, cancellationToken);
        if (outcome.Verdict == Verdict.Pass && check.LatencyLimit is { } limit && run.Elapsed is var took && took > limit)
        {
            outcome = ProbeOutcome.Fail(ReasonClass.Slow, $"took {Text.Of(took)}, limit {Text.Of(limit)}");
        }

        run.End();
        run.CertificateTrouble = outcome.Verdict == Verdict.Pass ? await _served.TroubleAsync(run, mayAsk: requestId is null, cancellationToken) : null;
        return run.Report(outcome, requestId);
    }

    private Task<ProbeOutcome> RunAsync(ProbeRun run, CancellationToken cancellationToken) =>
        _lean is not null && run.Target.Type != RecordType.CNAME && LeanDialer.IsWhole(run.Check) ? ProbeAddressAsync(run, cancellationToken) : RunBoundAsync(run, cancellationToken);

    private async Task<ProbeOutcome> RunBoundAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        // The part before the first wait is long enough for the general path to be done elsewhere.
        var queued = run.Timestamp;
        await Task.Yield();
        _backlog.Waited(queued);
        run.Begin();
        using var deadline = new CancellationTokenSource(run.Check.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await ProbeAddressAsync(run, either.Token);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && IsEnd(e))
        {
            throw new OperationCanceledException("The probe was called off.", e, cancellationToken);
        }
        catch (Exception e) when (deadline.IsCancellationRequested && IsEnd(e))
        {
            return TransportFault.TooLate(run, _backlog.LongestSince(run.StartedTimestamp));
        }
        catch (Exception e) when (TransportFault.IsExpected(e))
        {
            return TransportFault.Explain(e, run);
        }
    }

    // What cancellation looks like depends on which layer notices it first.
    private static bool IsEnd(Exception error) => error is OperationCanceledException or ObjectDisposedException || TransportFault.IsExpected(error);

    private async Task<ProbeOutcome> ProbeAddressAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        var (address, unresolved) = await AddressAsync(run, cancellationToken);
        if (address is null)
        {
            return unresolved!;
        }

        run.Remote = new IPEndPoint(address, run.Check.Port);
        try
        {
            return run.Check switch
            {
                HttpCheck http => await new HttpExchange(run, http, _tls, _lean).RunAsync(cancellationToken),
                TlsCheck tls => await TlsAsync(run, tls, cancellationToken),
                TcpCheck => await (_lean?.ConnectAsync(run, cancellationToken) ?? TcpAsync(run, cancellationToken)),
                _ => throw new NotSupportedException($"there is no probe for a {run.Check.GetType().Name}"),
            };
        }
        finally
        {
            run.Details = run.IsVerbose ? run.Details with { RemoteAddress = run.Remote } : run.Details;
        }
    }

    private static async ValueTask<ProbeOutcome> TcpAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        using var socket = await TcpDialer.ConnectAsync(run, cancellationToken);
        return ProbeOutcome.Pass($"connected in {Text.Of(run.Elapsed)}");
    }

    private async Task<ProbeOutcome> TlsAsync(ProbeRun run, TlsCheck check, CancellationToken cancellationToken)
    {
        using var socket = await TcpDialer.ConnectAsync(run, cancellationToken);
        var transport = new NetworkStream(socket, ownsSocket: true);
        var (stream, ended) = await _tls.SecureAsync(run, transport, check.Host, check.TrustedRoots, protocols: null, cancellationToken);
        if (stream is null)
        {
            return ended!;
        }

        await stream.DisposeAsync();
        return ProbeOutcome.Pass($"TLS handshake in {Text.Of(run.Elapsed)}, certificate valid for {Wording.LongSpan(run.Certificate!.NotAfter - run.Now)}");
    }

    private async ValueTask<(IPAddress? Address, ProbeOutcome? Ended)> AddressAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        if (run.Target.Type != RecordType.CNAME)
        {
            return (IPAddress.Parse(run.Target.Value), null);
        }

        var since = run.Timestamp;
        var name = run.Target.Value;
        var answer = await _resolver.ResolveAsync(name, Family(run.Check.Family), cancellationToken);
        run.Resolved(since);
        if (answer.Status == NameStatus.Unavailable)
        {
            return (null, ProbeOutcome.Inconclusive(ReasonClass.Resolver, $"the resolver cannot tell the address of {name}: {Wording.Clean(answer.Trouble ?? "no reason given", 200)}"));
        }

        var address = run.Check.Family switch
        {
            ProbeFamily.Ipv4 => First(AddressFamily.InterNetwork),
            ProbeFamily.Ipv6 => First(AddressFamily.InterNetworkV6),
            _ => First(AddressFamily.InterNetwork) ?? First(AddressFamily.InterNetworkV6),
        };
        return address is null ? (null, ProbeOutcome.Fail(ReasonClass.NoSuchName, Nowhere(name, run.Check.Family))) : (address, null);

        IPAddress? First(AddressFamily family) => answer.Addresses.FirstOrDefault(address => address.AddressFamily == family);
    }

    // getaddrinfo does not tell a name that does not exist from one without an address of the family.
    private static string Nowhere(string name, ProbeFamily family) => family switch
    {
        ProbeFamily.Ipv4 => $"cname target {name} does not exist or has no IPv4 address",
        ProbeFamily.Ipv6 => $"cname target {name} does not exist or has no IPv6 address",
        _ => $"cname target {name} does not exist",
    };

    private static AddressFamily Family(ProbeFamily family) => family switch
    {
        ProbeFamily.Ipv4 => AddressFamily.InterNetwork,
        ProbeFamily.Ipv6 => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unspecified,
    };
}
