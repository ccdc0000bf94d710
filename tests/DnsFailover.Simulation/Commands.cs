using System.Diagnostics;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace DnsFailover.Simulation;

/// <summary>What the executable can be asked for.</summary>
internal static class Commands
{
    private const int MostViolations = 25;

    /// <summary>As the entry point that xunit would have generated.</summary>
    public static Task<int> TestsAsync(string[] args) =>
        args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : ConsoleRunner.Run(args);

    public static int Seeds(int count, int from)
    {
        var runs = new SeedRuns();
        var watch = Stopwatch.StartNew();
        using (new Timer(_ => Console.Error.WriteLine(Summary(runs, watch.Elapsed)), null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)))
        {
            runs.Go(from, count, MostViolations, (seed, violation) => Console.Error.WriteLine(Told(seed, violation)), CancellationToken.None);
        }

        Console.WriteLine(Summary(runs, watch.Elapsed));
        foreach (var (seed, violation) in runs.Violations.OrderBy(pair => pair.Key))
        {
            Console.WriteLine(Told(seed, violation));
            Console.WriteLine($"  {Report.Replay(seed)}");
        }

        return runs.Violations.Count == 0 ? 0 : 1;
    }

    /// <summary>One seed, as short as it can be made unless the whole of it is wanted.</summary>
    public static int Seed(int seed, bool trace, bool whole)
    {
        var run = Run.Of(Scenario.Of(seed), tells: trace && whole);
        if (run.Violation is { } violation && !whole)
        {
            Console.WriteLine(Report.Of(seed, violation, trace ? int.MaxValue : Report.LastSteps));
            return 1;
        }

        foreach (var line in run.Story)
        {
            Console.WriteLine(line);
        }

        Console.WriteLine($"seed {seed}: {run.Simulated.TotalHours:0.00} simulated hours, {run.Events} events, {run.Commits} writes; {run.Violation?.What ?? "no invariant is violated"}");
        return run.Violation is null ? 0 : 1;
    }

    /// <summary>Which invariant caught which mutant after how many seeds; of all, or of those whose description has some words.</summary>
    public static int Mutants(int most, string only)
    {
        var caught = MutantRuns.Go([.. Mutant.All.Where(mutant => mutant.What.Contains(only, StringComparison.Ordinal))], _ => 1, most, row => Console.Error.WriteLine($"{row.Mutant.Invariant.Trim()} {row.Mutant.What}: {row.Seed?.ToString() ?? "not caught"}, {row.What}"), CancellationToken.None);
        Console.WriteLine("| invariant | mutant | seeds |");
        Console.WriteLine("|---|---|---|");
        foreach (var row in caught)
        {
            Console.WriteLine($"| {row.Mutant.Invariant.Trim()} | {row.Mutant.What} | {row.Seed?.ToString() ?? $"not in {most}"} |");
        }

        return caught.All(row => row.Seed is not null) ? 0 : 1;
    }

    /// <summary>How fast time goes, on one core, where nothing goes wrong: most of a daemon's life.</summary>
    public static int Benchmark()
    {
        var world = new World(Scenario.Quiet(services: 3));
        world.LiveQuietly(TimeSpan.FromDays(2)); // what is compiled late is compiled by then
        var (spent, before) = (Environment.CpuUsage.TotalTime, world.Agenda.Count); // not the time on the wall: others may want the core too
        var took = TimeSpan.Zero;
        while (took < TimeSpan.FromSeconds(15))
        {
            world.LiveQuietly(TimeSpan.FromDays(1));
            took = Environment.CpuUsage.TotalTime - spent;
        }

        var simulated = world.Clock.Now - TimeSpan.FromDays(2);
        var perMinute = simulated / (took / TimeSpan.FromMinutes(1));
        Console.WriteLine($"3 services, 2 endpoints each, probed every 10 s: {perMinute.TotalHours:0} simulated hours ({perMinute.TotalDays / 365.25:0.00} years) per minute of one core; {took.TotalMicroseconds / (world.Agenda.Count - before):0.00} µs per event");
        return world.Watch.Violation is null ? 0 : 1;
    }

    private static string Told(int seed, Violation violation) => $"seed {seed} violates \"{violation.Invariant}\": {violation.What.Split('\n')[0]}";

    private static string Summary(SeedRuns runs, TimeSpan elapsed) =>
        $"{runs.Runs} seeds, {runs.Simulated.TotalHours:0} simulated hours, {runs.Events / 1e6:0.0} million events, {runs.Commits} writes in {elapsed.TotalSeconds:0} s; {runs.Violations.Count} violate an invariant";
}
