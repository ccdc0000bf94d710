namespace DnsFailover.Benchmarks.Scale;

/// <summary>What the scale benchmark is asked for.</summary>
internal sealed record ScaleOptions
{
    /// <summary>How many endpoints are probed.</summary>
    public required int Endpoints { get; init; }

    /// <summary>So many of them serve one name.</summary>
    public required int PerService { get; init; }

    /// <summary>From one probe of an endpoint to the next.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>After which a probe has failed.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How long is measured, after everything is known.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>http, https or tcp.</summary>
    public required string Check { get; init; }

    /// <summary>How many of a hundred endpoints take no connection.</summary>
    public required int BlackHoles { get; init; }

    /// <summary>The port of a server that answers at every address of 127.0.0.0/8; null starts one.</summary>
    public required int? Port { get; init; }

    /// <summary>Where the figures go as JSON; null for nowhere, <c>-</c> for the output.</summary>
    public required string? Json { get; init; }
}
