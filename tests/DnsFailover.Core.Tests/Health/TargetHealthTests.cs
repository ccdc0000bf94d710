using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using FsCheck;
using FsCheck.Fluent;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Health;

public sealed class TargetHealthTests
{
    private static readonly HealthRule Rule = new(Rise: 2, Fall: 3);

    [Theory]
    [InlineData("", HealthStatus.Unknown)]
    [InlineData("p", HealthStatus.Unknown)]
    [InlineData("pp", HealthStatus.Up)]
    [InlineData("pip", HealthStatus.Up)]
    [InlineData("ff", HealthStatus.Unknown)]
    [InlineData("fff", HealthStatus.Down)]
    [InlineData("ppff", HealthStatus.Up)]
    [InlineData("ppfffp", HealthStatus.Down)]
    [InlineData("ppfffpp", HealthStatus.Up)]
    [InlineData("ppffpff", HealthStatus.Up)]
    [InlineData("ppffiiiif", HealthStatus.Down)]
    [InlineData("iiiiiiiiii", HealthStatus.Unknown)]
    [InlineData("ppiiiiiiii", HealthStatus.Up)]
    public void Rise_and_fall_count_in_a_row(string observed, HealthStatus expected) => Assert.Equal(expected, After(observed, Rule).Status);

    [Theory]
    [InlineData("ppfpfp", HealthStatus.Up)]
    [InlineData("ppfpfpf", HealthStatus.Down)]
    [InlineData("ppfppppfppppf", HealthStatus.Up)] // the first has left the window
    [InlineData("ppfififipf", HealthStatus.Down)] // what is inconclusive takes no place in it
    public void A_window_catches_the_intermittent_fault(string observed, HealthStatus expected) =>
        Assert.Equal(expected, After(observed, Rule with { Fall = 5, Window = new FailureWindow(3, 8) }).Status);

    [Fact]
    public void What_happened_before_a_recovery_does_not_count_against_it()
    {
        var rule = Rule with { Fall = 5, Window = new FailureWindow(3, 8) };
        Assert.Equal(HealthStatus.Up, After("ppfpfpfppff", rule).Status);
        Assert.Equal(HealthStatus.Down, After("ppfpfpfppfff", rule).Status);
    }

    [Fact]
    public void A_window_of_64_is_counted_to_its_end()
    {
        var rule = new HealthRule(1, 64, new FailureWindow(32, 64));
        var observed = "p" + string.Concat(Enumerable.Repeat("fp", 31));
        Assert.Equal(HealthStatus.Up, After(observed, rule).Status);
        Assert.Equal(HealthStatus.Down, After(observed + "f", rule).Status);
    }

    [Fact]
    public void The_explanation_counts_and_quotes()
    {
        Assert.Equal("not probed yet", After("", Rule).Explain());
        Assert.Equal("not proven yet (1 passed, 0 failed in a row), last: no route from here", After("pi", Rule).Explain());
        Assert.Equal("status 200 in 40 ms", After("pp", Rule).Explain());
        Assert.Equal("up, but 1 failure, last: connection refused by 192.0.2.1:443", After("ppf", Rule).Explain());
        Assert.Equal("3 failures in a row, last: connection refused by 192.0.2.1:443", After("ppfff", Rule).Explain());
        Assert.Equal("3 of the last 8 probes failed, last: connection refused by 192.0.2.1:443", After("ppfpfpf", Rule with { Window = new FailureWindow(3, 8) }).Explain());
    }

    [Fact]
    public void Trouble_begins_with_its_first_probe_and_ends_with_the_recovery()
    {
        Assert.Equal(Noon + Seconds(3), After("ppfff", Rule).FirstFailureAt);
        Assert.Equal(Noon + Seconds(3), After("ppfpf", Rule).FirstFailureAt); // one pass is no recovery
        Assert.Null(After("ppfpp", Rule).FirstFailureAt);
        Assert.Equal(Noon + Seconds(2), After("ppff", Rule).Since);
    }

    [Fact]
    public void What_speaks_against_a_target_is_kept_until_it_has_recovered()
    {
        Assert.Equal([Noon + Seconds(3), Noon + Seconds(5)], After("ppfpf", Rule).Evidence.Select(failure => failure.StartedAt)); // oldest first, over one pass
        Assert.Empty(After("ppfpfpp", Rule).Evidence);
        Assert.Equal(Noon + Seconds(5), After("ppfffff", Rule).Since);
    }

    [Fact]
    public void The_rule_that_made_it_down_is_named_as_long_as_it_is_down()
    {
        var rule = Rule with { Fall = 5, Window = new FailureWindow(3, 8) };
        Assert.StartsWith("3 of the last 8 probes failed", After("ppfpfpf", rule).Explain(), StringComparison.Ordinal);
        Assert.StartsWith("3 of the last 8 probes failed", After("ppfpfpfpf", rule).Explain(), StringComparison.Ordinal);
        Assert.StartsWith("3 of the last 8 probes failed", After("ppfpfpfp", rule).Explain(), StringComparison.Ordinal); // one pass is no recovery
        Assert.Null(After("ppfpfpfpp", rule).FellBy);
        Assert.StartsWith("1 failure, last", After("ppfffpf", rule with { Fall = 3 }).Explain(), StringComparison.Ordinal); // it fell by failures in a row
        Assert.StartsWith("5 failures in a row", After("ppfffff", rule).Explain(), StringComparison.Ordinal);
    }

    [Fact]
    public void Five_probes_in_a_row_that_say_nothing_leave_it_unwatched()
    {
        Assert.False(After("ppiiii", Rule).IsBlind);
        var blind = After("ppiiiiii", Rule);
        Assert.True(blind.IsBlind && After("ppiiiii", Rule).IsBlind);
        Assert.Equal(Noon + Seconds(3), blind.BlindSince);
        foreach (var again in new[] { After("ppiiiiip", Rule), After("ppiiiiif", Rule) })
        {
            Assert.Equal((false, 0, null), (again.IsBlind, again.Inconclusives, again.BlindSince));
        }
    }

    [Fact]
    public void An_observation_says_when_where_and_what()
    {
        var seen = Observation(TwoEndpoints.Target(P), Verdict.Fail, Noon + Seconds(1.5));
        Assert.Equal("12:00:01.500 primary (192.0.2.1): connection refused by 192.0.2.1:443", seen.Sentence);
        Assert.Equal("local", seen.Vantage);
    }

    [Fact]
    public void Evidence_is_bounded() => Assert.Equal(5, After("pp" + new string('f', 50), Rule).Evidence.Count);

    [Fact]
    public void No_status_comes_without_enough_observations_for_it()
    {
        var verdicts = Gen.Elements('p', 'f', 'i').ListOf().ToArbitrary();
        Prop.ForAll(verdicts, observed =>
        {
            var text = string.Concat(observed);
            var conclusive = text.Replace("i", "", StringComparison.Ordinal);
            var health = After(text, Rule);
            return health.Status switch
            {
                HealthStatus.Up => conclusive.Contains("pp", StringComparison.Ordinal) && !conclusive.EndsWith("fff", StringComparison.Ordinal),
                HealthStatus.Down => conclusive.Contains("fff", StringComparison.Ordinal) && !conclusive.EndsWith("pp", StringComparison.Ordinal),
                _ => !conclusive.Contains("pp", StringComparison.Ordinal) && !conclusive.Contains("fff", StringComparison.Ordinal),
            };
        }).QuickCheckThrowOnFailure();
    }

    private static TargetHealth After(string observed, HealthRule rule)
    {
        var (health, at) = (TargetHealth.Unproven(Noon), Noon);
        foreach (var letter in observed)
        {
            at += Seconds(1);
            health = health.With(Observation(TwoEndpoints.Target(P), letter switch { 'p' => Verdict.Pass, 'f' => Verdict.Fail, _ => Verdict.Inconclusive }, at), rule, at);
        }

        return health;
    }
}
