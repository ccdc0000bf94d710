using System.Net;
using System.Net.Sockets;
using DnsFailover.Configuration;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Records;
using DnsFailover.Probing;
using DnsFailover.Probing.Lean;

namespace DnsFailover.Tests.Probing;

/// <summary>Targets, checks and probers as the tests need them.</summary>
internal static class Sample
{
    public const string Host = "api.example.com";

    /// <summary>Far longer than anything on loopback takes, so that only what hangs runs into it.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    /// <summary>For checks that are meant to run into it.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    public static TargetId Target(string address = "127.0.0.1", string endpoint = "railway") =>
        new(DnsName.Parse(Host), endpoint, address.Contains(':', StringComparison.Ordinal) ? RecordType.AAAA : RecordType.A, address);

    public static TargetId Alias(string name) => new(DnsName.Parse(Host), "railway", RecordType.CNAME, name);

    public static HttpCheck Http(int port) => new() { Port = port, Host = Host, Timeout = Long, Https = false };

    public static HttpCheck Https(int port, string? roots) => Http(port) with { Https = true, TrustedRoots = roots };

    public static TcpCheck Tcp(int port) => new() { Port = port, Host = Host, Timeout = Long };

    public static TlsCheck Tls(int port, string? roots) => new() { Port = port, Host = Host, Timeout = Long, TrustedRoots = roots };

    public static CheckHeader Header(string name, string value) => new(name, Secret.Literal(value));

    public static Prober Prober(INameResolver? resolver = null) => new(resolver ?? new FixedResolver(NameStatus.NotFound), TimeProvider.System, LeanDialer.Create(inline: false), Idle);

    /// <summary>A machine that has a thread for everything, as this one may not have with hundreds of tests at a time.</summary>
    public static Backlog Idle => new(new StoppedTime());

    public static Task<Observation> ProbeAsync(CheckDefinition check, string address = "127.0.0.1") =>
        Prober().ProbeAsync(Target(address), check, null, TestContext.Current.CancellationToken);

    public static Observation Observed(TargetId target, long? requestId = null, Verdict verdict = Verdict.Pass) => new()
    {
        Target = target,
        StartedAt = TimeProvider.System.GetUtcNow(),
        Verdict = verdict,
        Reason = "as scripted",
        Phases = new ProbePhases(null, null, null, null, TimeSpan.Zero),
        RequestId = requestId,
    };
}

/// <summary>Whatever happens comes after it, so that nothing has ever waited.</summary>
internal sealed class StoppedTime : TimeProvider
{
    public override long GetTimestamp() => 0;
}

/// <summary>A resolver that knows one answer, and remembers what it was asked.</summary>
internal sealed class FixedResolver(NameStatus status, params string[] addresses) : INameResolver
{
    public List<(string Name, AddressFamily Family)> Asked { get; } = [];

    public Task<NameAnswer> ResolveAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        Asked.Add((name, family));
        var found = addresses.Select(IPAddress.Parse).Where(address => family == AddressFamily.Unspecified || address.AddressFamily == family).ToList();
        return Task.FromResult(new NameAnswer(status == NameStatus.Found && found.Count == 0 ? NameStatus.NotFound : status, found, "Temporary failure in name resolution"));
    }
}

/// <summary>A resolver that never answers.</summary>
internal sealed class SilentResolver : INameResolver
{
    public async Task<NameAnswer> ResolveAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        throw new InvalidOperationException();
    }
}
