using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Network;

/// <summary>What one control target did when it was asked.</summary>
/// <param name="Target">Which, as failover.yaml spells it.</param>
/// <param name="Passed">Whether it answered.</param>
/// <param name="Reason">How, or why not.</param>
/// <param name="Took">How long that took.</param>
public sealed record ControlResult(string Target, bool Passed, string Reason, TimeSpan Took)
{
    /// <summary>For example <c>tcp://192.0.2.1:443: no answer within 2 s</c>.</summary>
    public string Sentence => $"{Target}: {Reason}";
}

/// <summary>What the control targets did when they were asked, all at the same time.</summary>
/// <param name="AskedAt">When they were asked: it says nothing of failures since.</param>
/// <param name="Results">One for each.</param>
public sealed record ControlAnswer(DateTimeOffset AskedAt, ValueList<ControlResult> Results)
{
    /// <summary>How many answered.</summary>
    public int Passed => Results.Count(result => result.Passed);

    /// <summary>With the figures: <c>4 of 4 control targets answered, the slowest in 34 ms</c>.</summary>
    public string Sentence => Passed == 0
        ? $"none of {Results.Count} control targets answered"
        : $"{Passed} of {Results.Count} control targets answered, the slowest in {Text.Of(Results.Where(result => result.Passed).Max(result => result.Took))}";

    /// <summary>With the figures, when too few answered: <c>1 of 4 control targets answered, 2 are needed</c>.</summary>
    public string Shortage(SelfCheckRule rule) => $"{(Passed == 0 ? "none" : $"{Passed}")} of {Results.Count} control targets answered, {rule.Needed} {(rule.Needed == 1 ? "is" : "are")} needed";
}
