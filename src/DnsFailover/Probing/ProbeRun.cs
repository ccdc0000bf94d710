using System.Net;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Probing.Lean;

namespace DnsFailover.Probing;

/// <summary>The notes of one probe while it runs: where it is, what it saw, and where the time went.</summary>
internal sealed class ProbeRun
{
    private readonly TimeProvider _time;
    private readonly Masking _masking;
    private TimeSpan? _dns;
    private TimeSpan? _connect;
    private TimeSpan? _tls;
    private TimeSpan? _firstByte;
    private long _requestSent;
    private TimeSpan? _total;

    public ProbeRun(TargetId target, CheckDefinition check, TimeProvider time)
    {
        (Target, Check, _time) = (target, check, time);
        _masking = Masking.Of(check);
        Remote = new IPEndPoint(IPAddress.Any, check.Port);
        Begin();
    }

    /// <summary>Time counts from now on; what it took to come so far is not the endpoint's.</summary>
    public void Begin() => (StartedAt, StartedTimestamp, Deadline) = (_time.GetUtcNow(), _time.GetTimestamp(), SocketReactor.DeadlineOf(Check.Timeout));

    /// <summary>When it has failed, by the clock of <see cref="SocketReactor"/>.</summary>
    public long Deadline { get; private set; }

    /// <summary>True when somebody wants to see the <see cref="Details"/>; without it they are not gathered.</summary>
    public bool IsVerbose { get; init; }

    public TargetId Target { get; }

    public CheckDefinition Check { get; }

    public DateTimeOffset StartedAt { get; private set; }

    public long StartedTimestamp { get; private set; }

    /// <summary>What it waits for now; a timeout is blamed on that.</summary>
    public ProbeStage Stage { get; set; } = ProbeStage.Resolving;

    /// <summary>The address and port being dialled; the address is only right after <see cref="ProbeStage.Resolving"/>.</summary>
    public IPEndPoint Remote { get; set; }

    public CertificateSummary? Certificate { get; set; }

    /// <summary>What speaks against the certificate that users of the served name get, when the check asks for another name.</summary>
    public string? CertificateTrouble { get; set; }

    public ProbeDetails Details { get; set; } = ProbeDetails.None;

    public TimeSpan Elapsed => _time.GetElapsedTime(StartedTimestamp);

    /// <summary>How long resolving took; null when there was nothing to resolve.</summary>
    public TimeSpan? Dns => _dns;

    public DateTimeOffset Now => _time.GetUtcNow();

    public long Timestamp => _time.GetTimestamp();

    // A probe that follows redirects goes through the later phases more than once; they add up.
    public void Resolved(long since) => _dns = _time.GetElapsedTime(since);

    public void Connected(long since) => _connect = (_connect ?? TimeSpan.Zero) + _time.GetElapsedTime(since);

    public void Secured(long since) => _tls = (_tls ?? TimeSpan.Zero) + _time.GetElapsedTime(since);

    public void RequestSent()
    {
        Stage = ProbeStage.WaitingForFirstByte;
        _requestSent = _time.GetTimestamp();
    }

    /// <summary>Notes the first byte of a reply; every later byte changes nothing.</summary>
    public void ReplyBegan()
    {
        if (Stage == ProbeStage.WaitingForFirstByte)
        {
            _firstByte = (_firstByte ?? TimeSpan.Zero) + _time.GetElapsedTime(_requestSent);
            Stage = ProbeStage.ReadingHeaders;
        }
    }

    /// <summary>The probe has its result; what takes time after this is not counted.</summary>
    public void End() => _total = Elapsed;

    /// <summary>
    /// Remembers what must not come back in a reason: an endpoint may echo the request. Of a value such as
    /// <c>Bearer abc…</c> each long word counts for itself.
    /// </summary>
    public void Sent(string secret) => _masking.AddSent(secret);

    /// <summary>Text of the check or from the endpoint as it may stand in a reason: without secrets, control characters and excess.</summary>
    public string Quote(string text, int limit = Wording.SnippetLength) => Wording.Clean(_masking.MaskCut(text), limit);

    /// <summary>The end of the probe. All text passes the masking here, so that no message can forget it.</summary>
    public ProbeReport Report(ProbeOutcome outcome, long? requestId)
    {
        var observation = new Observation
        {
            Target = Target,
            StartedAt = StartedAt,
            Verdict = outcome.Verdict,
            Reason = _masking.Mask(outcome.Reason),
            Class = outcome.Class,
            Phases = new ProbePhases(_dns, _connect, _tls, _firstByte, _total ?? Elapsed),
            RequestId = requestId,
            CertificateExpiresAt = Certificate?.NotAfter,
            CertificateTrouble = CertificateTrouble is null ? null : _masking.Mask(CertificateTrouble),
        };
        return new ProbeReport(observation, IsVerbose ? Masked(Details with { Certificate = Certificate }) : Details);
    }

    // The version of HTTP and the names of protocols and ciphers are words of this machine's libraries.
    private ProbeDetails Masked(ProbeDetails details) => details with
    {
        ResponseHeaders = details.ResponseHeaders.Select(_masking.Mask).ToValueList(),
        Certificate = details.Certificate is { } shown
            ? shown with { Subject = _masking.Mask(shown.Subject), Issuer = _masking.Mask(shown.Issuer), Names = shown.Names.Select(_masking.Mask).ToValueList() }
            : null,
    };
}
