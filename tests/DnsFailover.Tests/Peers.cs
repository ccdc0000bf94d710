namespace DnsFailover.Tests;

/// <summary>The real programs that some tests talk to.</summary>
public static class Peers
{
    /// <summary>
    /// The path of the program. Where it is missing the test is skipped with the name of the package to install, and
    /// with DNSFAILOVER_REQUIRE_PEERS=1 it fails, so that continuous integration cannot go green without it.
    /// </summary>
    /// <param name="program">The program's name, for example <c>named</c>.</param>
    /// <param name="package">The Debian package that brings it.</param>
    public static string Require(string program, string package)
    {
        if (Find(program) is { } path)
        {
            return path;
        }

        var message = Missing(program, package);
        if (Environment.GetEnvironmentVariable("DNSFAILOVER_REQUIRE_PEERS") == "1")
        {
            Assert.Fail(message);
        }

        Assert.Skip(message);
        return string.Empty;
    }

    /// <summary>What to do about a program that is missing.</summary>
    public static string Missing(string program, string package) => $"'{program}' is not installed: apt-get install {package}";

    /// <summary>The path of the program, or null where it is missing.</summary>
    public static string? Find(string program)
    {
        // named lives in /usr/sbin, which ordinary users do not have in their PATH.
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]);
        return directories.Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
    }
}
