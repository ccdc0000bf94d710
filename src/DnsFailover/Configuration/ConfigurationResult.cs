namespace DnsFailover.Configuration;

/// <summary>What became of reading failover.yaml.</summary>
internal sealed record ConfigurationResult
{
    /// <summary>The path as the operator gave it.</summary>
    public required string File { get; init; }

    /// <summary>The configuration, or null when there is at least one error.</summary>
    public required DaemonConfiguration? Configuration { get; init; }

    /// <summary>Every error and warning of the file, in the order of the file.</summary>
    public required IReadOnlyList<Problem> Problems { get; init; }

    /// <summary>SHA-256 of the content in hexadecimal, which tells two versions apart; empty when the file could not be read.</summary>
    public required string Hash { get; init; }

    /// <summary>The problems that keep the file from being used.</summary>
    public IEnumerable<Problem> Errors => Problems.Where(problem => problem.Severity == Severity.Error);

    /// <summary>The problems that do not.</summary>
    public IEnumerable<Problem> Warnings => Problems.Where(problem => problem.Severity == Severity.Warning);
}
