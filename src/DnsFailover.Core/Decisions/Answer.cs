using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Decisions;

/// <summary>One target in an answer.</summary>
/// <param name="Target">What is served.</param>
/// <param name="Weight">Its weight under the weighted policy, else null.</param>
public readonly record struct AnswerMember(TargetId Target, int? Weight)
{
    /// <summary>For example <c>railway (192.0.2.1)</c> or <c>railway (192.0.2.1) × 3</c>.</summary>
    public override string ToString() => Weight is { } weight ? $"{Target} × {weight}" : $"{Target}";
}

/// <summary>What one RRset should hold now. It has at least one member: an empty answer cannot be written down.</summary>
public sealed record Answer
{
    private Answer(ValueList<AnswerMember> members) => Members = members;

    /// <summary>The members, sorted.</summary>
    public ValueList<AnswerMember> Members { get; }

    /// <summary>Sorts the members.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Answer Of(IEnumerable<AnswerMember> members)
    {
        var sorted = members.OrderBy(member => member.Target).ToValueList();
        return sorted.Count > 0 ? new Answer(sorted) : throw new ArgumentException("an answer has at least one member", nameof(members));
    }

    /// <summary>For example <c>railway (192.0.2.1)</c>.</summary>
    public override string ToString() => string.Join(", ", Members);
}
