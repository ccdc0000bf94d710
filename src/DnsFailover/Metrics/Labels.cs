namespace DnsFailover.Metrics;

/// <summary>The labels that metrics share. Each is bounded: by failover.yaml, or by a closed set of words.</summary>
internal static class Labels
{
    public static readonly MetricLabel Service = new("service", "the declared services");

    public static readonly MetricLabel Endpoint = new("endpoint", "the declared endpoints of the service");

    public static readonly MetricLabel Target = new("target", "the address or CNAME target of the endpoint");

    public static readonly MetricLabel Provider = new("provider", "the declared providers");

    public static readonly MetricLabel Channel = new("channel", "the declared channels");
}
