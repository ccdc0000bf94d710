namespace DnsFailover.Logging;

/// <summary>How the log is written to the standard output.</summary>
public enum LogFormat
{
    /// <summary>Lines for people.</summary>
    Console,

    /// <summary>One JSON object a line.</summary>
    Json,
}
