namespace DnsFailover.Cli;

/// <summary>What the process says to a script when it ends.</summary>
internal static class ExitCode
{
    /// <summary>All is well; for <c>plan</c>: nothing would change.</summary>
    public const int Ok = 0;

    /// <summary>It was tried and failed: a probe, a step of the demo, the daemon itself, what an operator asked of it; for <c>doctor</c>: there is a problem.</summary>
    public const int Failed = 1;

    /// <summary>It was not tried: the command line, failover.yaml or the surroundings must be mended first.</summary>
    public const int BadInput = 2;

    /// <summary><c>plan</c> only: something would change.</summary>
    public const int Changes = 3;
}

/// <summary>The surroundings do not let the command begin. The message says what to do.</summary>
internal class BadInputException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>No daemon answers. The message says where it was looked for, and what to do.</summary>
internal sealed class NotReachedException(string message, Exception cause) : BadInputException(message, cause);
