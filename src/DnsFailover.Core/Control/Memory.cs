using System.Collections.Immutable;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What the journal remembers of each service: hold-downs, conditions, and a change without an outcome.</summary>
internal sealed class Memory
{
    private readonly Dictionary<DnsName, OutcomeRecorded> _outcomes = [];
    private readonly Dictionary<DnsName, IntentRecorded> _intents = [];
    private readonly Dictionary<DnsName, SortedDictionary<string, Condition>> _conditions = [];

    private Memory()
    {
    }

    /// <summary>Folds the entries, oldest first.</summary>
    public static Memory Fold(IEnumerable<JournalEntry> journal)
    {
        var memory = new Memory();
        foreach (var entry in journal)
        {
            if (entry.Service is { } service)
            {
                memory.Add(service, entry);
            }
        }

        return memory;
    }

    /// <summary>
    /// Gives a new service its memory back. A switch in the future (the clock was wrong when it was recorded) counts as
    /// one of now, so that its hold-down ends.
    /// </summary>
    public ServiceState Restore(ServiceState service, DateTimeOffset now)
    {
        var name = service.Definition.Name;
        var (outcome, intent) = (_outcomes.GetValueOrDefault(name), _intents.GetValueOrDefault(name));
        return service with
        {
            HoldDowns = (outcome?.HoldDowns ?? []).Select(hold => hold.SwitchedAt > now ? hold with { SwitchedAt = now } : hold).ToValueList(),
            Conditions = _conditions.TryGetValue(name, out var conditions) ? conditions.ToImmutableSortedDictionary(StringComparer.Ordinal) : service.Conditions,
            LastId = Math.Max(outcome?.ChangeId ?? 0, intent?.Change.Id ?? 0),
            Change = intent is not null && intent.Change.Id > (outcome?.ChangeId ?? 0)
                ? new ChangeUnderWay(intent, ChangeStage.Resolving, Trouble: "the daemon stopped before the outcome was known") { Provider = service.Definition.Provider }
                : null,
        };
    }

    private void Add(DnsName service, JournalEntry entry)
    {
        switch (entry)
        {
            case OutcomeRecorded outcome:
                _outcomes[service] = outcome;
                break;
            case IntentRecorded intent:
                _intents[service] = intent;
                break;
            case ConditionRaised raised:
                if (!_conditions.TryGetValue(service, out var conditions))
                {
                    _conditions[service] = conditions = new SortedDictionary<string, Condition>(StringComparer.Ordinal);
                }

                conditions[raised.Cause] = new Condition(raised.Cause, raised.Alert, raised.Reason, raised.Since, raised.Told);
                break;
            case ConditionCleared cleared:
                _conditions.GetValueOrDefault(service)?.Remove(cleared.Cause);
                break;
        }
    }
}
