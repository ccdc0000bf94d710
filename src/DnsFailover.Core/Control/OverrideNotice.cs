using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;

namespace DnsFailover.Core.Control;

/// <summary>An override began or ended.</summary>
/// <param name="Override">Which.</param>
/// <param name="Entry">What the journal says of it.</param>
/// <param name="Alert">What people are told; null for what belongs to a drill, whose report tells it.</param>
internal sealed record OverrideNotice(Override Override, JournalEntry Entry, Alert? Alert);
