using DnsFailover.Core.Alerts;

namespace DnsFailover.Notifications;

/// <summary>How the kinds of alert are told apart at a glance: a sign, and a colour that says how bad it is.</summary>
/// <param name="Sign">One character, for what shows no pictures by name.</param>
/// <param name="Rgb">The colour.</param>
internal readonly record struct AlertLook(string Sign, int Rgb)
{
    /// <summary>The look of an alert.</summary>
    public static AlertLook Of(AlertKind kind) => kind switch
    {
        AlertKind.Failover => new("🚨", 0xDC2626),
        AlertKind.Failback => new("↩️", 0x16A34A),
        AlertKind.Shift => new("🔀", 0x2563EB),
        AlertKind.AllDown => new("🔥", 0x991B1B),
        AlertKind.RedundancyLost => new("⚠️", 0xD97706),
        AlertKind.Refused => new("⛔", 0xEA580C),
        AlertKind.Blind => new("🙈", 0xD97706),
        AlertKind.Frozen => new("🧊", 0xEA580C),
        AlertKind.Drift => new("🌊", 0xD97706),
        AlertKind.JournalDamaged => new("💾", 0xD97706),
        AlertKind.ReloadRejected => new("📄", 0xD97706),
        AlertKind.Override => new("👷", 0x7C3AED),
        AlertKind.Unverified => new("⏳", 0xD97706),
        AlertKind.Recovered => new("✅", 0x16A34A),
        AlertKind.Reminder => new("🕒", 0xD97706),
        AlertKind.DrillPassed => new("🎯", 0x16A34A),
        AlertKind.DrillFailed => new("🧯", 0xEA580C),
        AlertKind.Test => new("👋", 0x64748B),
        _ => new("🔔", 0x64748B),
    };
}
