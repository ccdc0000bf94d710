namespace DnsFailover.Configuration;

/// <summary>Where failover.yaml is, or why it is nowhere.</summary>
/// <param name="Path">The path, as the operator would write it; null when there is none.</param>
/// <param name="Complaint">Where was looked and what to do; null when it was found.</param>
internal sealed record LocatedConfiguration(string? Path, string? Complaint);

/// <summary>Finds failover.yaml.</summary>
internal static class ConfigurationLocator
{
    /// <summary>The environment variable that names the file.</summary>
    public const string Variable = "DNSFAILOVER_CONFIG";

    private static readonly string[] Places = ["./failover.yaml", "/etc/dnsfailover/failover.yaml"];

    /// <summary>The file that <c>--config</c> names, else the one of the environment variable, else the first that exists.</summary>
    /// <param name="option">The value of <c>--config</c>, or null.</param>
    /// <param name="surroundings">The environment and the file system.</param>
    public static LocatedConfiguration Locate(string? option, ISurroundings surroundings)
    {
        if (option is not null)
        {
            return Named("--config", option, surroundings);
        }

        if (surroundings.Variable(Variable) is { Length: > 0 } variable)
        {
            return Named(Variable, variable, surroundings);
        }

        return Array.Find(Places, surroundings.FileExists) is { } found
            ? new LocatedConfiguration(found, null)
            : new LocatedConfiguration(null, $"there is no failover.yaml. Looked at: --config (not given), {Variable} (not set), {string.Join(", ", Places)}. Write one (config/failover.yaml is an example), or name it with --config");
    }

    private static LocatedConfiguration Named(string by, string path, ISurroundings surroundings) => surroundings.FileExists(path)
        ? new LocatedConfiguration(path, null)
        : new LocatedConfiguration(null, $"{by} names {path}, which does not exist (or is not a file). Correct the path, or leave it out to look at {string.Join(" and ", Places)}");
}
