namespace DnsFailover.Configuration;

/// <summary>A place in failover.yaml, for people and editors: line and column count from 1.</summary>
/// <param name="File">The path as the operator gave it.</param>
/// <param name="Line">The line.</param>
/// <param name="Column">The column, in characters.</param>
internal readonly record struct Position(string File, int Line, int Column)
{
    /// <summary><c>failover.yaml:3:5</c>, which terminals and editors turn into a link.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>Whether a problem keeps the file from being used.</summary>
internal enum Severity
{
    /// <summary>The file cannot be used.</summary>
    Error,

    /// <summary>Legal, but probably not meant.</summary>
    Warning,
}

/// <summary>One thing that is wrong with the file.</summary>
/// <param name="Position">Where.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Message">What is wrong; what was expected; perhaps what was meant. Never a secret's value.</param>
internal sealed record Problem(Position Position, Severity Severity, string Message)
{
    /// <summary>One line: position, for a warning the word, message.</summary>
    public override string ToString() => Severity == Severity.Warning ? $"{Position}: warning: {Message}" : $"{Position}: {Message}";
}
