using DnsFailover.Configuration;

namespace DnsFailover.Cli;

/// <summary>Finds and loads failover.yaml for a command, and prints what is wrong with it.</summary>
internal static class ConfigurationFile
{
    /// <summary>Where the file is.</summary>
    /// <exception cref="BadInputException">There is none; the message says where it was looked for.</exception>
    public static string Locate(string? given)
    {
        var found = ConfigurationLocator.Locate(given, ProcessSurroundings.Instance);
        return found.Path ?? throw new BadInputException(found.Complaint!);
    }

    /// <summary>Loads a file that must be valid; every mistake goes to the error output, warnings too.</summary>
    /// <exception cref="BadInputException">It has mistakes.</exception>
    public static DaemonConfiguration LoadValid(string? given, Terminal terminal) => LoadValidResult(given, terminal).Configuration!;

    /// <summary>As <see cref="LoadValid"/>, with where it came from.</summary>
    /// <exception cref="BadInputException">It has mistakes.</exception>
    public static ConfigurationResult LoadValidResult(string? given, Terminal terminal)
    {
        var result = ConfigurationLoader.Load(Locate(given), ProcessSurroundings.Instance);
        foreach (var problem in result.Problems)
        {
            terminal.Complain(problem.ToString());
        }

        return result.Configuration is null ? throw new BadInputException(Summary(result)) : result;
    }

    /// <summary>How many mistakes there are.</summary>
    public static string Summary(ConfigurationResult result) => result.Errors.Count() switch
    {
        1 => $"{result.File} is not valid: 1 mistake",
        var count => $"{result.File} is not valid: {count} mistakes",
    };
}
