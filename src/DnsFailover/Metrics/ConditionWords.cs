using DnsFailover.Core.Journal;

namespace DnsFailover.Metrics;

/// <summary>
/// Causes of conditions as labels. A cause names record types, providers and targets, and more will come; a label takes of it the
/// word that tells the rule, and <c>other</c> when it does not know that.
/// </summary>
internal static class ConditionWords
{
    private const string RefusedPrefix = "refused:";

    private const string Other = "other";

    /// <summary>Of what is refused: the rule that holds it back.</summary>
    private static readonly HashSet<string> Rules =
    [
        "approval", "budget", "drain", "drift", "failback-window", "forced-down", "foreign-value", "frozen", "min-active-time", "missing", "network", "no-proof", "owner", "paused", "share", "stale-evidence", "type-conflict",
        "unanswered", "unproven", "velocity",
    ];

    /// <summary>Of what cannot be done at a provider.</summary>
    private static readonly HashSet<string> AtProvider = ["provider-read", "provider-write", "behind", "force-undeclared"];

    /// <summary>Every word that <see cref="RuleOf"/> gives.</summary>
    public static IEnumerable<string> All => Rules.Concat(AtProvider).Append(Other).Select(Word).Order(StringComparer.Ordinal);

    /// <summary>The rule behind the cause of a refusal.</summary>
    public static string RuleOf(string cause)
    {
        if (cause.StartsWith(RefusedPrefix, StringComparison.Ordinal))
        {
            var rule = cause[(cause.IndexOf(':', RefusedPrefix.Length) + 1)..];
            rule = rule.EndsWith(ConditionRaised.Waits, StringComparison.Ordinal) ? rule[..^ConditionRaised.Waits.Length] : rule;
            return Rules.Contains(rule) ? Word(rule) : Other;
        }

        var colon = cause.IndexOf(':', StringComparison.Ordinal);
        var kind = colon < 0 ? cause : cause[..colon];
        return AtProvider.Contains(kind) ? Word(kind) : Other;
    }

    /// <summary>True for what is refused because the records are another controller's.</summary>
    public static bool IsOfOwner(string cause) => RuleOf(cause) == "owner";

    private static string Word(string cause) => cause.Replace('-', '_');
}
