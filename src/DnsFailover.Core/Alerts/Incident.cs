namespace DnsFailover.Core.Alerts;

/// <summary>
/// What one story is to its readers: from the first alert of a service until nothing is wrong with it any more. The
/// alerts of the daemon as a whole make stories of their own.
/// </summary>
/// <param name="Id">Its name: the service and the time of its first alert, the same after a restart.</param>
/// <param name="Since">When its first alert was raised.</param>
public sealed record Incident(string Id, DateTimeOffset Since)
{
    /// <summary>True for its first alert.</summary>
    public bool Opens { get; init; }

    /// <summary>True for its last alert: nothing is wrong any more.</summary>
    public bool Ends { get; init; }
}
