using System.Globalization;
using System.Text.RegularExpressions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Replay;

/// <summary>What the providers held when a replay begins, as far as the journal tells.</summary>
internal static partial class ReplayStart
{
    /// <summary>The records of a service, and what had to be assumed of them; null when nothing had to.</summary>
    public static (NameRecords Records, string? Assumed) RecordsOf(ServiceDefinition service, IReadOnlyList<JournalEntry> entries, DateTimeOffset from)
    {
        // What the next change found there is what was there; without one it is what the last one left.
        var known = Changes(service, entries).ToList();
        var sets = new List<RecordSet>();
        var assumed = new List<RecordSet>();
        foreach (var type in service.Types)
        {
            var then = known.Where(change => change.At >= from).Select(change => change.Before).FirstOrDefault(found => found.ContainsKey(type))
                ?? known.Where(change => change.At < from).Select(change => change.After).LastOrDefault(left => left.ContainsKey(type));
            if (then is not null)
            {
                sets.AddRange(new[] { then[type] }.OfType<RecordSet>().Where(set => !set.IsDescribed));
            }
            else
            {
                assumed.Add(Preferred(service, type));
            }
        }

        return (
            NameRecords.Create(service.Name, sets.Concat(assumed)),
            assumed.Count == 0 ? null : $"no change of {service.Name} is recorded, so that it is taken to have been answered with what is preferred: {string.Join("; ", assumed.Select(set => set.Values))}");
    }

    /// <summary>The records that a drift left behind, read out of its sentence; null when it cannot be read.</summary>
    public static NameRecords? RecordsAfter(DriftNoticed drift) => drift.Service is { } name ? Records(name, drift.Actual) : null;

    private static NameRecords? Records(DnsName name, string spelled)
    {
        try
        {
            return spelled == "nothing" ? NameRecords.Create(name, []) : NameRecords.Create(name, spelled.Split("; ").Select(text => Set(name, text)));
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return null;
        }
    }

    /// <summary>By type, what each change found and what it left, ours and those of others; null where there was nothing.</summary>
    private static IEnumerable<(DateTimeOffset At, Dictionary<RecordType, RecordSet?> Before, Dictionary<RecordType, RecordSet?> After)> Changes(ServiceDefinition service, IReadOnlyList<JournalEntry> entries)
    {
        var written = RecordedSwitch.Written(entries).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var entry in entries.Where(entry => entry.Service == service.Name))
        {
            if (entry is IntentRecorded { Follows: false } intent)
            {
                var before = intent.Change.Changes.ToDictionary(change => change.After.Type, change => change.Before);
                yield return (entry.At, before, written.Contains(intent) ? intent.Change.Changes.ToDictionary(change => change.After.Type, change => (RecordSet?)change.After) : before);
            }
            else if (entry is DriftEnded { Undone.Count: > 0 } ended && ended.Provider == service.Provider)
            {
                yield return (entry.At, [], ended.Undone.ToDictionary(set => set.Type, set => (RecordSet?)set));
            }
            else if (entry is DriftNoticed drift && (drift.Provider.Length == 0 || drift.Provider == service.Provider) && Records(service.Name, drift.Expected) is { } found && RecordsAfter(drift) is { } left)
            {
                yield return (entry.At, service.Types.ToDictionary(type => type, type => found[type]), service.Types.ToDictionary(type => type, type => left[type]));
            }
        }
    }

    private static RecordSet Preferred(ServiceDefinition service, RecordType type)
    {
        var endpoints = service.Endpoints.Where(endpoint => endpoint.Targets.Any(target => target.Type == type)).ToList();
        var first = endpoints.Min(endpoint => endpoint.Priority);
        var weighted = service.Policy == Policy.Weighted;
        var values = endpoints.Where(endpoint => service.Policy != Policy.Failover || endpoint.Priority == first)
            .SelectMany(endpoint => endpoint.Targets.Where(target => target.Type == type).Select(target => new RecordValue(target.Value, weighted ? endpoint.Weight : null)));
        return RecordSet.Create(service.Name, type, service.Ttl ?? TimeSpan.FromSeconds(60), type == RecordType.CNAME && !weighted ? values.Take(1) : values);
    }

    private static RecordSet Set(DnsName name, string text)
    {
        var match = SetText().Match(text);
        return match.Success && Enum.TryParse<RecordType>(match.Groups["type"].Value, out var type)
            ? RecordSet.Create(name, type, TimeSpan.FromSeconds(long.Parse(match.Groups["ttl"].Value, CultureInfo.InvariantCulture)), match.Groups["values"].Value.Split(", ").Select(Value))
            : throw new FormatException($"'{text}' is no set");
    }

    private static RecordValue Value(string text)
    {
        var match = WeightText().Match(text);
        return match.Success ? new RecordValue(match.Groups["data"].Value, int.Parse(match.Groups["weight"].Value, CultureInfo.InvariantCulture)) : new RecordValue(text);
    }

    [GeneratedRegex(@"^(?<type>A|AAAA|CNAME) (?<values>.+) \(TTL (?<ttl>[0-9]{1,10})\)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex SetText();

    [GeneratedRegex(@"^(?<data>\S+) \(weight (?<weight>[0-9]{1,9})\)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex WeightText();
}
