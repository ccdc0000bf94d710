using System.Diagnostics;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Shipping;

/// <summary>What one run of a program gave.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Everything that it said.</summary>
    public string Said => Output + Errors;
}

/// <summary>The programs of <c>.ci/tools</c> and Node.js. Where they are missing, the test is skipped; with DNSFAILOVER_REQUIRE_PEERS=1 it fails.</summary>
internal static class ShippingTool
{
    /// <summary>Runs a program that <c>npm ci</c> in <c>.ci/tools</c> brings, such as <c>helm</c>.</summary>
    public static Task<ToolRun> OfPackageAsync(string name, params IEnumerable<string> arguments) =>
        RunAsync(Found(Peers.Find(name) ?? InTools("node_modules", ".bin", name), $"'{name}' is not installed: npm ci --prefix .ci/tools"), arguments, string.Empty);

    /// <summary>Runs a script of <c>.ci/tools</c>.</summary>
    public static Task<ToolRun> ScriptAsync(string name, string input)
    {
        var node = Peers.Require("node", "nodejs");
        Found(InTools("node_modules", ".package-lock.json"), "what the scripts need is not installed: npm ci --prefix .ci/tools");
        return RunAsync(node, [Repository.Path(".ci", "tools", name)], input);
    }

    /// <summary>Runs a program to its end, whatever it gives.</summary>
    public static async Task<ToolRun> RunAsync(string program, IEnumerable<string> arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
            await process.StandardInput.WriteAsync(input.AsMemory(), patience.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            return new ToolRun(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>The path, or the end of the test where there is none.</summary>
    public static string Found(string? path, string missing)
    {
        if (path is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("DNSFAILOVER_REQUIRE_PEERS") == "1", missing);
            Assert.Fail(missing);
        }

        return path;
    }

    private static string? InTools(params string[] parts) => Repository.Path([".ci", "tools", .. parts]) is var path && File.Exists(path) ? path : null;
}
