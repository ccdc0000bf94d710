using System.Globalization;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Health;

/// <summary>
/// Observations in the order in which they end: p, f or i and the second at which the probe began, after @ the second at which it is
/// told where that matters, as <c>p1 f2 p1.5@4</c>.
/// </summary>
internal static class Observed
{
    public static TargetHealth After(string observed, HealthRule? rule = null, double apart = 1) => With(TargetHealth.Unproven(Noon), observed, rule, apart);

    public static TargetHealth With(TargetHealth health, string observed, HealthRule? rule = null, double apart = 1)
    {
        foreach (var word in observed.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var times = word[1..].Split('@').Select(text => Noon + Seconds(double.Parse(text, CultureInfo.InvariantCulture))).ToList();
            var verdict = word[0] switch { 'p' => Verdict.Pass, 'f' => Verdict.Fail, _ => Verdict.Inconclusive };
            health = health.With(Observation(TwoEndpoints.Target(P), verdict, times[0]), rule ?? Primary.Rule, times.Count > 1 ? times[1] : Noon + Seconds(60), Seconds(apart));
        }

        return health;
    }
}
