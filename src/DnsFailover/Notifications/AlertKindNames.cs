using System.Text.Json;
using DnsFailover.Core.Alerts;

namespace DnsFailover.Notifications;

/// <summary>The kinds of alert as failover.yaml and machines spell them: <c>allDown</c>.</summary>
internal static class AlertKindNames
{
    /// <summary>The name of a kind.</summary>
    public static string Of(AlertKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    /// <summary>The kinds that can be chosen; whoever tries whether alerts arrive means every channel.</summary>
    public static IReadOnlyList<AlertKind> All { get; } = [.. Enum.GetValues<AlertKind>().Where(kind => kind != AlertKind.Test)];
}
