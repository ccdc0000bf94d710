using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DnsFailover.Tests;

/// <summary>
/// <c>dnsfailover</c> as a process of its own: the one that was built with the tests, or, with DNSFAILOVER_PROGRAM, the published
/// one at that path. Continuous integration runs all tests of processes with what the Dockerfile publishes: a trimmed program may lack what only
/// reflection asks for.
/// </summary>
internal static class InstalledProgram
{
    /// <summary>The path of the published program; null where none was given.</summary>
    public static string? Published { get; } = Environment.GetEnvironmentVariable("DNSFAILOVER_PROGRAM") is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    /// <summary>The dotnet that runs these tests; the PATH may lead to another or to none.</summary>
    private static string Dotnet { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <summary>What starts it with these arguments, its output and complaints in pipes.</summary>
    public static ProcessStartInfo With(params IReadOnlyList<string> arguments) =>
        Published is { } program ? Piped(new ProcessStartInfo(program, arguments)) : Built(arguments);

    /// <summary>The same with the program that was built with the tests, whatever was published: its libraries are files of their own.</summary>
    public static ProcessStartInfo Built(params IReadOnlyList<string> arguments) =>
        Piped(new ProcessStartInfo(Dotnet, [Path.Combine(AppContext.BaseDirectory, "dnsfailover.dll"), .. arguments]));

    private static ProcessStartInfo Piped(ProcessStartInfo start)
    {
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true);
        return start;
    }
}
