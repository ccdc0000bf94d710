using System.Text.Json;
using DnsFailover.Cli;

namespace DnsFailover.Tests.Cli;

/// <summary>One run of the command line with its output captured, as a script or a pipe would see it.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs it; nothing that it writes may be meant for a terminal.</summary>
    public static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, new Terminal(output, errors, isInteractive: false), TestContext.Current.CancellationToken);
        var run = new CommandRun(code, output.ToString(), errors.ToString());
        Assert.DoesNotContain("\x1b", run.Output + run.Errors, StringComparison.Ordinal);
        return run;
    }

    /// <summary>The output, which must be one JSON document.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}
