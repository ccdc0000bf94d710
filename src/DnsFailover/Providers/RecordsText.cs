using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>Records in messages.</summary>
internal static class RecordsText
{
    /// <summary>For example <c>api.example.com 30 A 192.0.2.1, marked by 'blue'</c>, or <c>no records</c>.</summary>
    public static string Shown(this NameRecords records) =>
        (records.Sets.Count == 0 ? "no records" : string.Join("; ", records.Sets)) + (records.Owner is { } owner ? $", marked by '{owner}'" : string.Empty);

    /// <summary>The conflict of a change whose <c>Before</c> is not what there is now.</summary>
    public static ProviderException NoLongerAsRead(this ChangeSet change, NameRecords now) =>
        new(ProviderFailure.Conflict, $"the records of {change.Name} are no longer what was read: there {(now.Sets.Count == 1 ? "is" : "are")} {now.Shown()}; nothing was written");
}
