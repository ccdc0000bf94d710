using System.Diagnostics;

namespace DnsFailover.Tests.Providers;

/// <summary>Runs a program to its end.</summary>
internal static class RunProgram
{
    /// <summary>Feeds it the input and returns what it prints; fails the test when it fails or takes more than 20 s.</summary>
    public static async Task<string> ToEndAsync(string program, IEnumerable<string> arguments, string input, CancellationToken cancellationToken)
    {
        var (code, output, errors) = await WithCodeAsync(program, arguments, input, cancellationToken);
        Assert.True(code == 0, $"{program} ended with {code}: {errors}{output}");
        return output;
    }

    /// <summary>Feeds it the input and returns how it ended and what it printed.</summary>
    public static async Task<(int Code, string Output, string Errors)> WithCodeAsync(string program, IEnumerable<string> arguments, string input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), patience.Token);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
