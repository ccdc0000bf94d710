using System.Globalization;
using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Tests.Control;

namespace DnsFailover.Core.Tests.Drills;

/// <summary>A whole drill as text that a test can hold word by word.</summary>
internal static class Tales
{
    /// <summary>What who looks on is told, then the report: its steps, each with what was done, the sentence and what to do next.</summary>
    public static void Tells(this Watch watch, string expected) => Sentences.Same(expected, string.Join('\n', watch.LinesOfDrill().Concat(watch.State.Drill is null ? Reported(watch.Journal.OfType<DrillEnded>().Last().Report) : [])));

    /// <summary>What who looks on is told.</summary>
    public static void Shows(this Watch watch, string expected) => Sentences.Same(expected, string.Join('\n', watch.LinesOfDrill()));

    /// <summary>The report alone.</summary>
    public static void Reports(this Watch watch, string expected) => Sentences.Same(expected, string.Join('\n', Reported(watch.Journal.OfType<DrillEnded>().Last().Report)));

    /// <summary>Waits until the drill is in this leg.</summary>
    public static Watch Until(this Watch watch, DrillLeg leg) => watch.RunUntil(() => watch.State.Drill!.Leg == leg, 600, $"{leg}");

    /// <summary>Waits until the canary holds this.</summary>
    public static Watch UntilCanaryHolds(this Watch watch, string value) => watch.RunUntil(() => watch.Holds(Drilled.Canary) == value, 600, $"the canary at {value}");

    /// <summary>One name server took 30 ms, the other 70 ms.</summary>
    public static Watch WithNameServers(this Watch watch, Func<bool>? behind = null)
    {
        watch.Verifies = (provider, ended) => ended with
        {
            Verified = behind?.Invoke() != true,
            Reason = behind?.Invoke() == true ? "1 of 2 name servers answers it" : "both name servers answer it",
            Servers =
            [
                new($"ns1.{provider}.example.net:53", true, Given.Seconds(0.07), "ns1 answers it after 70 ms"),
                new($"ns2.{provider}.example.net:53", behind?.Invoke() != true, Given.Seconds(0.03), behind?.Invoke() == true ? "ns2 still answers 192.0.2.1 after 30 ms" : "ns2 answers it after 30 ms"),
            ],
        };
        return watch;
    }

    private static ValueList<string> LinesOfDrill(this Watch watch) => watch.State.Drill?.Lines ?? watch.State.LastProgress?.Lines ?? [];

    private static IEnumerable<string> Reported(DrillReport report) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{(report.Live ? "live drill" : "drill")} {report.Number} of {report.Name} for {report.Actor ?? "the schedule"}: {report.Result} after {report.Took.TotalSeconds:0.###} s, from {report.From} to {report.To ?? "nowhere"}"),
        .. report.Phases.Select(phase => $"- {phase.Sentence} | {phase.Says}"),
        report.Reason,
        report.Next,
    ];
}
