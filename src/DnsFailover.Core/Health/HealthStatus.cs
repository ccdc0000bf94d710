namespace DnsFailover.Core.Health;

/// <summary>What is known of a target.</summary>
public enum HealthStatus
{
    /// <summary>Not proven either way; it moves nothing.</summary>
    Unknown,

    /// <summary>Proven to work.</summary>
    Up,

    /// <summary>Proven to fail.</summary>
    Down,
}
