using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using DnsFailover.Cli;

namespace DnsFailover.Benchmarks.Functions;

/// <summary>The verb <c>functions</c>: BenchmarkDotNet on what is called most.</summary>
internal static class FunctionsVerb
{
    private static readonly Type[] Classes = [typeof(CoreFunctions), typeof(DnsFunctions), typeof(ConfigurationFunctions)];

    /// <summary>The command.</summary>
    public static Command Command()
    {
        var filter = new Option<string>("--filter") { Description = "Which of them, such as '*Decide*' or 'Dns*'", DefaultValueFactory = _ => "*" };
        var thorough = new Option<bool>("--thorough") { Description = "Measure until the figures are steady, which takes half an hour, instead of three short rounds" };
        var file = new Option<string?>("--json") { Description = "Where the figures go as JSON; - for the output" };
        var command = new Command("functions", "How long the functions take that are called most, and what they allocate") { filter, thorough, file };
        command.SetAction((parse, token) => RunAsync(parse.GetValue(filter)!, parse.GetValue(thorough), parse.GetValue(file), Terminal.OfProcess(), token));
        return command;
    }

    /// <summary>Measures and prints. Nothing is judged: how long something takes depends on the machine.</summary>
    private static async Task<int> RunAsync(string filter, bool thorough, string? file, Terminal terminal, CancellationToken cancellationToken)
    {
        var artifacts = Directory.CreateTempSubdirectory("dnsfailover-benchmark-");
        try
        {
            // In this process: others would have to be built, and would not have its settings.
            var job = (thorough ? Job.Default : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
            var config = ManualConfig.CreateEmpty()
                .AddJob(job)
                .AddDiagnoser(MemoryDiagnoser.Default)
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .AddLogger(NullLogger.Instance)
                .AddFilter(new GlobFilter([filter.Contains('.', StringComparison.Ordinal) ? filter : $"*{filter.Trim('*')}*"]))
                .WithOptions(ConfigOptions.DisableOptimizationsValidator)
                .WithArtifactsPath(artifacts.FullName);
            var reports = Classes.SelectMany(type => BenchmarkRunner.Run(type, config).Reports).Where(report => report.ResultStatistics is not null).ToList();
            cancellationToken.ThrowIfCancellationRequested();
            if (reports.Count == 0)
            {
                throw new BadInputException($"there is no function '{filter}'");
            }

            if (file != "-")
            {
                terminal.Table(["function", "of", "mean", "deviation", "allocated"], reports.Select(Row));
            }

            if (file is not null)
            {
                var document = new JsonObject { ["machine"] = Environment.ProcessorCount, ["functions"] = new JsonArray([.. reports.Select(report => (JsonNode)Document(report))]) };
                if (file == "-")
                {
                    terminal.Json(document);
                }
                else
                {
                    await File.WriteAllTextAsync(file, document.ToJsonString(), cancellationToken);
                }
            }

            return ExitCode.Ok;
        }
        finally
        {
            artifacts.Delete(recursive: true);
        }
    }

    private static string[] Row(BenchmarkReport report) =>
        [NameOf(report), ParametersOf(report), Time(report.ResultStatistics!.Mean), Time(report.ResultStatistics.StandardDeviation), $"{Allocated(report):N0} B"];

    private static JsonObject Document(BenchmarkReport report) => new()
    {
        ["function"] = NameOf(report),
        ["of"] = ParametersOf(report),
        ["meanNs"] = Math.Round(report.ResultStatistics!.Mean, 1),
        ["deviationNs"] = Math.Round(report.ResultStatistics.StandardDeviation, 1),
        ["allocatedBytes"] = Allocated(report),
    };

    private static string NameOf(BenchmarkReport report) => report.BenchmarkCase.Descriptor.WorkloadMethod.Name;

    private static string ParametersOf(BenchmarkReport report) => string.Join(", ", report.BenchmarkCase.Parameters.Items.Select(item => $"{item.Value} {item.Name.ToLowerInvariant()}"));

    private static long Allocated(BenchmarkReport report) => report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0.0} ns"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.00} µs"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.0} ms"),
    };
}
