using System.Text.RegularExpressions;
using DnsFailover.Metrics;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Metrics;

/// <summary>A refusal is counted under the rule that made it.</summary>
public sealed class ConditionWordsTests
{
    private static readonly Regex OfRefusal = new("(?:new Refusal\\(|\\bRefusal \\w+\\([^;{]*=> new\\(|Cause = )\\s*\"(?<cause>[a-z-]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));

    [Fact]
    public void Every_rule_of_Core_that_refuses_has_a_word_of_its_own()
    {
        var causes = Directory.EnumerateFiles(Repository.Path("src", "DnsFailover.Core"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => OfRefusal.Matches(File.ReadAllText(file))).Select(match => match.Groups["cause"].Value).Distinct().Order(StringComparer.Ordinal).ToList();

        Assert.True(causes.Count >= 15 && causes.Contains("drain") && causes.Contains("velocity"), string.Join(' ', causes));
        Assert.DoesNotContain(causes, cause => ConditionWords.RuleOf($"refused:A:{cause}") == "other");
        Assert.Equal("budget", ConditionWords.RuleOf("refused:A:budget:waits"));
        Assert.Equal("other", ConditionWords.RuleOf("refused:A:something-new"));
    }
}
