using System.Globalization;
using DnsFailover.Core.Control;
using DnsFailover.Core.Health;

namespace DnsFailover.Simulation;

/// <summary>What happened, for the one who reads it. It is kept only when asked for: telling takes longer than living.</summary>
internal sealed class Story(Clock clock, bool isKept)
{
    public bool IsKept => isKept;

    public List<string> Lines { get; } = [];

    public void Tell(string line)
    {
        if (isKept)
        {
            Lines.Add($"{clock.Now.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture),10} {line}");
        }
    }

    /// <summary>Quiet passes and the mere passing of time are left out.</summary>
    public void Tell(ControllerEvent? fact)
    {
        if (isKept && fact is not (null or ControllerEvent.TimePassed or ControllerEvent.Observed { Observation: { Verdict: Verdict.Pass, RequestId: null } }))
        {
            Tell($"← {Short(fact)}");
        }
    }

    public void Tell(Effect effect, string note = "")
    {
        if (isKept)
        {
            Tell($"→ {Short(effect)}{note}");
        }
    }

    private static string Short(Effect effect) => effect switch
    {
        Effect.Confirm probe => $"confirm {probe.Target.Service} {probe.Target} ({probe.RequestId}) in {probe.Delay.TotalMilliseconds:0} ms",
        Effect.ProbeNow { RequestId: null } probe => $"confirm {probe.Target.Service} {probe.Target}",
        Effect.ProbeNow probe => $"prove {probe.Target.Service} {probe.Target} ({probe.RequestId})",
        Effect.ReadRecords read => $"read {read.Name} at {read.Provider} ({read.RequestId})",
        Effect.Record record => $"record {string.Join(" + ", record.Entries.Select(entry => $"{entry.GetType().Name} {entry.Service}: {entry.Sentence}").Concat(record.Alerts.Select(alert => $"alert {alert.Kind}: {alert.Title}")))}",
        Effect.Apply apply => $"apply {apply.Name} at {apply.Provider}: change {apply.Change.Id} {apply.Change}",
        Effect.Verify verify => $"verify {verify.Name} at {verify.Provider}: change {verify.ChangeId}",
        _ => effect.ToString(),
    };

    private static string Short(ControllerEvent fact) => fact switch
    {
        ControllerEvent.Observed { Observation: var seen } => $"{seen.Target.Service} {seen.Target} {seen.Verdict}{(seen.RequestId is { } id ? $" (proof {id})" : string.Empty)}: {seen.Reason}",
        ControllerEvent.RecordsRead read => $"read {read.Service} ({read.RequestId}): {string.Join("; ", read.Records.Sets)}{(read.Records.Owner is { } owner ? $" of {owner}" : string.Empty)}",
        ControllerEvent.ReadFailed read => $"not read {read.Service} ({read.RequestId}): {read.Reason}",
        ControllerEvent.ConfigurationLoaded loaded => $"configuration: {loaded.Reason}",
        ControllerEvent.ChangeApplied applied => $"applied {applied.Service} change {applied.ChangeId}: {string.Join("; ", applied.ReadBack.Sets)}",
        ControllerEvent.ChangeFailed failed => $"{failed.Failure} {failed.Service} change {failed.ChangeId}: {failed.Reason}",
        ControllerEvent.JournalFailed failed => $"not durable {failed.Service}: {failed.Reason}",
        _ => fact.ToString(),
    };
}
