using System.Globalization;
using System.Net;
using System.Xml.Linq;

namespace DnsFailover.Providers.Route53;

/// <summary>Which protocol a health check speaks.</summary>
internal enum HealthCheckKind
{
    /// <summary>A connection.</summary>
    Tcp,

    /// <summary>A request in plain text; 200 to 399 passes.</summary>
    Http,

    /// <summary>A request over TLS, whose certificate is not looked at; 200 to 399 passes.</summary>
    Https,
}

/// <summary>
/// What a health check does (https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html), as far as
/// the daemon says it; what else somebody has set on it (disabled, inverted, regions) is left alone.
/// </summary>
internal sealed record HealthCheckConfig
{
    /// <summary>The protocol.</summary>
    public required HealthCheckKind Kind { get; init; }

    /// <summary>The address; null resolves <see cref="HostName"/>.</summary>
    public string? Address { get; init; }

    /// <summary>The host name for the Host header and SNI; without <see cref="Address"/> also where to connect to.</summary>
    public string? HostName { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>Path and query; null for a connection.</summary>
    public string? Path { get; init; }

    /// <summary>What the first 5120 bytes of the body must hold; null for nothing.</summary>
    public string? SearchString { get; init; }

    /// <summary>Seconds between two requests of one checker: 10 or 30.</summary>
    public required int Interval { get; init; }

    /// <summary>So many failures in a row make it unhealthy, and as many passes healthy: 1 to 10.</summary>
    public required int FailureThreshold { get; init; }

    /// <summary>For example HTTPS_STR_MATCH.</summary>
    public string Type => Kind == HealthCheckKind.Tcp ? "TCP" : $"{(Kind == HealthCheckKind.Http ? "HTTP" : "HTTPS")}{(SearchString is null ? string.Empty : "_STR_MATCH")}";

    /// <summary>True when an existing health check can be made to do this; kind, interval and whether it has an address cannot be changed.</summary>
    public bool CanReplace(HealthCheckConfig other) => Type == other.Type && Interval == other.Interval && Address is null == other.Address is null;

    /// <summary>Reads a HealthCheckConfig element; null where it is of a kind that the daemon never makes.</summary>
    public static HealthCheckConfig? Read(XElement element)
    {
        HealthCheckKind? kind = element.Text("Type") switch
        {
            "TCP" => HealthCheckKind.Tcp,
            "HTTP" or "HTTP_STR_MATCH" => HealthCheckKind.Http,
            "HTTPS" or "HTTPS_STR_MATCH" => HealthCheckKind.Https,
            _ => null,
        };
        return kind is null ? null : new HealthCheckConfig
        {
            Kind = kind.Value,
            Address = element.Text("IPAddress") is { } address && IPAddress.TryParse(address, out var parsed) ? parsed.ToString() : null,
            HostName = element.Text("FullyQualifiedDomainName"),
            Port = (int)(element.Number("Port") ?? 0),
            Path = element.Text("ResourcePath"),
            SearchString = element.Text("SearchString"),
            Interval = (int)(element.Number("RequestInterval") ?? 0),
            FailureThreshold = (int)(element.Number("FailureThreshold") ?? 0),
        };
    }

    /// <summary>The element for CreateHealthCheck.</summary>
    public XElement ToElement() => Route53Xml.Element(
        "HealthCheckConfig",
        Element("IPAddress", Address),
        Element("Port", Number(Port)),
        Element("Type", Type),
        Element("ResourcePath", Path),
        Element("FullyQualifiedDomainName", HostName),
        Element("SearchString", SearchString),
        Element("RequestInterval", Number(Interval)),
        Element("FailureThreshold", Number(FailureThreshold)),
        Element("EnableSNI", Kind == HealthCheckKind.Https ? "true" : null));

    /// <summary>The members for UpdateHealthCheck, all that can be changed.</summary>
    public IEnumerable<XElement?> ToUpdate() =>
    [
        Element("IPAddress", Address),
        Element("Port", Number(Port)),
        Element("ResourcePath", Path),
        Element("FullyQualifiedDomainName", HostName),
        Element("SearchString", SearchString),
        Element("FailureThreshold", Number(FailureThreshold)),
    ];

    private static XElement? Element(string name, string? value) => value is null ? null : Route53Xml.Element(name, value);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
