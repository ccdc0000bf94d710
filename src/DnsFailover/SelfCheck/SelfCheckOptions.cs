using DnsFailover.Core;
using DnsFailover.Core.Definitions;

namespace DnsFailover.SelfCheck;

/// <summary>How this machine's own network is judged.</summary>
/// <param name="Targets">Whom to ask; at least one.</param>
/// <param name="Needed">How many of them have to answer.</param>
/// <param name="Timeout">After which one has not answered.</param>
/// <param name="Recheck">While too few answer: from one round to the next.</param>
internal sealed record SelfCheckOptions(ValueList<ControlTarget> Targets, int Needed, TimeSpan Timeout, TimeSpan Recheck)
{
    /// <summary>So many are asked at the most, all at the same time.</summary>
    public const int MostTargets = 16;

    /// <summary>For the controller.</summary>
    public SelfCheckRule Rule => new(Targets.Count, Needed, Timeout, Recheck);

    /// <summary>Well-known, of three operators, by address, and the way names are looked up here.</summary>
    public static ValueList<ControlTarget> DefaultTargets { get; } =
        new[] { "tcp://1.1.1.1:443", "tcp://8.8.8.8:443", "dns://9.9.9.9/example.com", "resolver://example.com" }.Select(text => ControlTarget.Parse(text).Target!).ToValueList();

    /// <summary>Half of them, rounded up.</summary>
    public static int DefaultNeeded(int targets) => (targets + 1) / 2;
}
