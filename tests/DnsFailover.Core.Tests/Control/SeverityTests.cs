using DnsFailover.Core.Alerts;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>How much each kind of alert matters: who is woken for it depends on that.</summary>
public sealed class SeverityTests
{
    [Theory]
    [InlineData(AlertKind.AllDown, AlertSeverity.Critical)]
    [InlineData(AlertKind.Failover, AlertSeverity.Error)]
    [InlineData(AlertKind.Refused, AlertSeverity.Error)]
    [InlineData(AlertKind.Frozen, AlertSeverity.Error)]
    [InlineData(AlertKind.Unverified, AlertSeverity.Error)]
    [InlineData(AlertKind.RedundancyLost, AlertSeverity.Warning)]
    [InlineData(AlertKind.Blind, AlertSeverity.Warning)]
    [InlineData(AlertKind.Drift, AlertSeverity.Warning)]
    [InlineData(AlertKind.JournalDamaged, AlertSeverity.Warning)]
    [InlineData(AlertKind.ReloadRejected, AlertSeverity.Warning)]
    [InlineData(AlertKind.DrillFailed, AlertSeverity.Warning)]
    [InlineData(AlertKind.DrillPassed, AlertSeverity.Info)]
    [InlineData(AlertKind.Failback, AlertSeverity.Info)]
    [InlineData(AlertKind.Recovered, AlertSeverity.Info)]
    [InlineData(AlertKind.Override, AlertSeverity.Info)]
    [InlineData(AlertKind.Shift, AlertSeverity.Info)]
    public void Each_kind_has_its_severity(AlertKind kind, AlertSeverity severity) => Assert.Equal(severity, Of(kind).Severity());

    [Fact]
    public void A_shift_matters_while_something_is_wrong() => Assert.Equal(AlertSeverity.Warning, (Of(AlertKind.Shift) with { StillWrong = ["primary is down"] }).Severity());

    private static Alert Of(AlertKind kind) => new() { Kind = kind, At = Noon, Title = "something", Reason = "a reason", Next = "nothing" };
}
