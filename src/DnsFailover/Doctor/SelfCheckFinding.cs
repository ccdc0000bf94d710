using DnsFailover.Core;
using DnsFailover.Core.Network;
using DnsFailover.Providers;
using DnsFailover.SelfCheck;

namespace DnsFailover.Doctor;

/// <summary>Judges whether a failure of our own network could be told from one of the endpoints.</summary>
internal static class SelfCheckFinding
{
    private const string Subject = "self-check";

    /// <summary>What the answers of the control targets mean.</summary>
    public static Finding Of(SelfCheckOptions options, ValueList<ControlResult> results)
    {
        var answer = new ControlAnswer(default, results);
        var failed = string.Join("; ", results.Where(result => !result.Passed).Select(result => result.Sentence));
        return answer.Passed < options.Needed
            ? Finding.Problem(Subject, $"{answer.Shortage(options.Rule)}, so that no failover could be written from here: {failed}", "Mend this machine's network, name targets under selfCheck that can be reached from here, or set selfCheck: off.")
            : answer.Passed == options.Needed && answer.Passed < results.Count
            ? Finding.Advice(Subject, $"{answer.Sentence}, and {options.Needed} are needed, so that one more failure would hold every switch up: {failed}", "Name targets under selfCheck that can be reached from here.")
            : Finding.Good(Subject, $"{answer.Sentence} ({options.Needed} needed)");
    }
}
