using DnsFailover.Core.Health;
using DnsFailover.Probing;
using DnsFailover.Probing.Lean;

namespace DnsFailover.Tests.Probing;

/// <summary>Tests of probes that hold on both paths: the lean one of our own, and that of the framework's client.</summary>
public abstract class BothPaths(bool lean)
{
    private protected Prober Prober(INameResolver? resolver = null, TimeProvider? time = null) =>
        new(resolver ?? new FixedResolver(NameStatus.NotFound), time ?? TimeProvider.System, lean ? LeanDialer.Create(inline: true) : null, Sample.Idle);

    private protected Task<Observation> ProbeAsync(CheckDefinition check, string address = "127.0.0.1") =>
        Prober().ProbeAsync(Sample.Target(address), check, null, TestContext.Current.CancellationToken);
}
