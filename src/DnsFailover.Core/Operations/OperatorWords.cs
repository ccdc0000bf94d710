using DnsFailover.Core.Records;

namespace DnsFailover.Core.Operations;

/// <summary>What an operator types, for the sentences that say what can be done next.</summary>
public static class OperatorWords
{
    /// <summary>Lets traffic return to the preferred endpoint.</summary>
    public static string Approve(DnsName service) => $"`dnsfailover approve {service}`";

    /// <summary>How an override is ended before its time; for what is planned, when it ends.</summary>
    /// <param name="order">What is to end.</param>
    /// <param name="service">The service it holds for.</param>
    public static string HowToEnd(Order order, DnsName service) => order.IsPlanned
        ? $"The planned maintenance ends at {Text.At(order.Until)}."
        : $"It ends by itself at {Text.At(order.Until)}, or with {Command(order.Kind, order.What.StartsWith("every", StringComparison.Ordinal) ? null : service, order.Endpoint)}.";

    /// <summary>The command that ends an override.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="service">Of which service; null for the freeze of all.</param>
    /// <param name="endpoint">Of which endpoint, for a drain.</param>
    public static string Command(OverrideKind kind, DnsName? service, string? endpoint) => kind switch
    {
        OverrideKind.Force => $"`dnsfailover release {service}`",
        OverrideKind.Drain => $"`dnsfailover undrain {service} {endpoint}`",
        OverrideKind.Freeze => $"`dnsfailover thaw {service?.ToString() ?? "all"}`",
        _ => $"`dnsfailover unapprove {service}`",
    };
}
