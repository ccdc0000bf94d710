using System.Globalization;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Core.Decisions;

/// <summary>How long an endpoint must have been up before traffic returns to it.</summary>
/// <param name="Delay">The delay at present.</param>
/// <param name="DueAt">When it will have been up long enough, if nothing fails until then.</param>
/// <param name="Text">The delay with its arithmetic: <c>4 min (delay 1 min, doubled twice: 3 failovers within 1 h)</c>.</param>
public sealed record DampedDelay(TimeSpan Delay, DateTimeOffset DueAt, string Text);

/// <summary>
/// What keeps failing gets its traffic back ever later.
/// <para>
/// The intuition: the first failover costs the plain delay. Each further one within the window doubles it, so that within
/// one window there can be only about log₂(window ÷ delay) of them, however fast the endpoint flaps. As they pass out
/// of the window the delay halves again, and after a quiet window nothing is left of it.
/// </para>
/// </summary>
public static class Damping
{
    /// <summary>The delay for an endpoint.</summary>
    /// <param name="rule">The way back.</param>
    /// <param name="failures">When traffic was taken away; a time to come (the clock was wrong) counts as now.</param>
    /// <param name="since">Since when the endpoint is up without a break.</param>
    /// <param name="now">The time of the step.</param>
    public static DampedDelay Of(FailbackRule rule, IEnumerable<DateTimeOffset> failures, DateTimeOffset since, DateTimeOffset now)
    {
        var counted = failures.Select(at => at > now ? now : at).Where(at => now - at < rule.FlapWindow).Order().ToList();
        return new DampedDelay(DelayAfter(rule, counted.Count), DueAt(rule, counted, since, now), Spell(rule, counted.Count));
    }

    /// <summary>The delay after so many failovers within the window.</summary>
    public static TimeSpan DelayAfter(FailbackRule rule, int failovers)
    {
        var (delay, longest) = (rule.Delay, rule.LongestDelay > rule.Delay ? rule.LongestDelay : rule.Delay);
        for (var doubled = 1; doubled < failovers && delay < longest; doubled++)
        {
            delay = delay > longest / 2 ? longest : delay * 2;
        }

        return delay;
    }

    /// <summary>The delay shrinks while it is waited for: what counts is the one in force at the end.</summary>
    private static DateTimeOffset DueAt(FailbackRule rule, List<DateTimeOffset> counted, DateTimeOffset since, DateTimeOffset now)
    {
        var from = now;
        for (var passed = 0; passed < counted.Count; passed++)
        {
            var (due, leaves) = (since + DelayAfter(rule, counted.Count - passed), counted[passed] + rule.FlapWindow);
            if (due <= leaves)
            {
                return due > from ? due : from;
            }

            from = leaves;
        }

        var plain = since + rule.Delay;
        return plain > from ? plain : from;
    }

    private static string Spell(FailbackRule rule, int failovers)
    {
        var delay = DelayAfter(rule, failovers);
        if (delay == rule.Delay)
        {
            return Text.Of(delay);
        }

        var times = failovers switch
        {
            2 => "once",
            3 => "twice",
            _ => string.Create(CultureInfo.InvariantCulture, $"{failovers - 1} times"),
        };
        return $"{Text.Of(delay)} (delay {Text.Of(rule.Delay)}, doubled {times}{(delay == rule.LongestDelay ? " up to the longest" : string.Empty)}: {failovers} failovers within {Text.Of(rule.FlapWindow)})";
    }
}
