using DnsFailover.Core;
using DnsFailover.Core.Network;
using DnsFailover.SelfCheck;

namespace DnsFailover.Tests.Control;

/// <summary>Control targets that answer, or do not, as they are told.</summary>
internal sealed class FakeControls : IControlTargets
{
    private int _asked;

    /// <summary>How often they were asked.</summary>
    public int Asked => _asked;

    /// <summary>What each of them does.</summary>
    public Func<ValueList<ControlResult>> Answers { get; set; } = () => [new ControlResult("tcp://127.0.0.1:1", Passed: true, "connected", TimeSpan.Zero)];

    /// <inheritdoc/>
    public Task<ValueList<ControlResult>> AskAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult(Answers());
    }
}
