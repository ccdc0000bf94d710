using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.Core.Records;

namespace DnsFailover.Api;

/// <summary>Who sees the status page.</summary>
public enum StatusPage
{
    /// <summary>Who may read the API.</summary>
    Private,

    /// <summary>Everybody sees the names of the services, their states and their uptime; the rest, who may read the API.</summary>
    Public,

    /// <summary>Nobody: there is no page, only the API.</summary>
    Off,
}

/// <summary>How the API is reached over the network.</summary>
public sealed record ApiOptions
{
    /// <summary>Where it listens unless failover.yaml says otherwise.</summary>
    public static readonly IPEndPoint DefaultListen = new(IPAddress.Loopback, 8053);

    /// <summary>A shorter token is not taken.</summary>
    public const int ShortestToken = 16;

    /// <summary>It is not.</summary>
    public static ApiOptions Off { get; } = new();

    /// <summary>Where it listens; empty when it does not.</summary>
    public ValueList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>True when nobody has said where: then the daemon does without when the place is taken.</summary>
    public bool IsDefault { get; init; }

    /// <summary>What a caller has to show; null when there is none, so that nothing can be changed.</summary>
    public Secret? Token { get; init; }

    /// <summary>Names, besides localhost, under which who asks from this machine may ask without a token.</summary>
    public ValueList<DnsName> Hosts { get; init; } = [];

    /// <summary>Who sees the status page.</summary>
    public StatusPage StatusPage { get; init; }
}

/// <summary>The API cannot be reached where failover.yaml says. The message says what to do.</summary>
public sealed class ApiListenException(string message, Exception? cause = null) : Exception(message, cause);
