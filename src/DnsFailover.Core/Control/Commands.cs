using System.Diagnostics;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;

namespace DnsFailover.Core.Control;

/// <summary>
/// What becomes of operators' commands. An override of one service acts with the record of it in front of any write of that
/// service, in the same step; a freeze of all acts at once. One that the journal does not take acts all the same and is recorded again
/// until it does: an operator who says "freeze" means now. The end of one lets nothing be written before it is durable.
/// </summary>
internal static class Commands
{
    /// <summary>Takes a command; one that <see cref="OperatorRules"/> object to changes nothing.</summary>
    public static (ControllerState State, ValueList<Effect> Effects) Take(ControllerState state, OperatorCommand command, DateTimeOffset now) =>
        OperatorRules.Objection(state, command, now) is not null ? (state, [])
        : command switch
        {
            OperatorCommand.Begin begin => Begin(state, begin.Override, now),
            OperatorCommand.End end => End(state, end, now),
            _ => throw new UnreachableException(),
        };

    /// <summary>The planned times are others: each service that they are for looks at them.</summary>
    public static (ControllerState State, ValueList<Effect> Effects) Plan(ControllerState state, ValueList<Window> windows, DateTimeOffset now)
    {
        var concerned = state.Configuration.Windows.Concat(windows).Select(window => window.Service).ToHashSet();
        return Controller.EachService(
            state with { Configuration = state.Configuration with { Windows = windows } }, now, static turn => turn.Advance(), service => concerned.Contains(service.Definition.Name));
    }

    /// <summary>The overrides that the journal holds; those whose time was over while the daemon was stopped have ended.</summary>
    public static (ControllerState State, ValueList<Effect> Effects) Recall(ControllerState state, IEnumerable<JournalEntry> journal, DateTimeOffset now) =>
        Expire(state with { Overrides = Fold(journal) }, now, _ => true, "its time was over while the daemon was stopped, or just then");

    /// <summary>Ends what has expired, and lets time pass for the services that it matters to.</summary>
    public static (ControllerState State, ValueList<Effect> Effects) PassTime(ControllerState state, DateTimeOffset now) =>
        Expire(state, now, service => service.RevisitAt <= now, "its time is over");

    /// <summary>Endpoints are drained for a drill, and others are not any more.</summary>
    public static (ControllerState State, ValueList<Effect> Effects) Drain(ControllerState state, IReadOnlyList<Override> ended, IReadOnlyList<Override> begun, DateTimeOffset now)
    {
        var identities = begun.Select(said => said.Identity).ToHashSet();
        var notices = ended.Select(said => new OverrideNotice(said, new OverrideEnded { At = now, Service = said.Service, Override = said, Reason = $"drill {said.Drill} does not need it any more" }, Alert: null))
            .Concat(begun.Select(said => new OverrideNotice(said, new OverrideBegan { At = now, Service = said.Service, Override = said }, Alert: null))).ToList();
        return Announce(state with { Overrides = state.Overrides.Except(ended).Where(said => !identities.Contains(said.Identity)).Concat(begun).ToValueList() }, notices, now, _ => false);
    }

    /// <summary>When the first override ends by itself; null when there is none.</summary>
    public static DateTimeOffset? NextExpiry(ControllerState state) => state.Overrides.Count == 0 ? null : state.Overrides.Select(said => (DateTimeOffset?)said.Until).Min();

    private static (ControllerState State, ValueList<Effect> Effects) Begin(ControllerState state, Override said, DateTimeOffset now)
    {
        var begun = said with { Since = now, Endpoint = said.Kind is OverrideKind.Force or OverrideKind.Drain ? said.Endpoint : null };
        var replaced = state.Overrides.FirstOrDefault(other => other.Identity == begun.Identity);
        var next = state with { Overrides = state.Overrides.Where(other => other != replaced).Append(begun).ToValueList() };
        return Announce(next, [OverrideAlerts.Began(state, begun, replaced, now)], now, _ => false);
    }

    private static (ControllerState State, ValueList<Effect> Effects) End(ControllerState state, OperatorCommand.End end, DateTimeOffset now)
    {
        var ended = OperatorRules.Find(state, end)!;
        return Announce(state with { Overrides = state.Overrides.Where(other => other != ended).ToValueList() }, [OverrideAlerts.Ended(ended, end.Actor, end.Reason, now)], now, _ => false);
    }

    private static (ControllerState State, ValueList<Effect> Effects) Expire(ControllerState state, DateTimeOffset now, Func<ServiceState, bool> which, string reason)
    {
        var expired = state.Overrides.Where(said => said.Until <= now).ToList();
        return Announce(
            expired.Count == 0 ? state : state with { Overrides = state.Overrides.Except(expired).ToValueList() },
            expired.ConvertAll(said => OverrideAlerts.Ended(said, actor: null, reason, now) is var notice && said.Drill is null ? notice : notice with { Alert = null }),
            now,
            which);
    }

    /// <summary>
    /// The entries of a service go into its own record; those of all services, or of one that is not declared, into a record
    /// of their own. Every service concerned looks at its new situation.
    /// </summary>
    private static (ControllerState State, ValueList<Effect> Effects) Announce(ControllerState state, List<OverrideNotice> notices, DateTimeOffset now, Func<ServiceState, bool> which)
    {
        var ofAll = notices.Where(notice => notice.Override.Service is not { } service || !state.Services.ContainsKey(service)).ToList();
        var (next, effects) = Controller.EachService(
            state, now, turn => turn.Advance(notices), service => which(service) || notices.Exists(notice => notice.Override.Service is not { } name || name == service.Definition.Name));
        return ofAll.Count == 0 ? (next, effects) : (next, effects.Prepend(new Effect.Record(Name: null, ofAll.Select(notice => notice.Entry).ToValueList(), ofAll.Select(notice => notice.Alert).OfType<Alert>().ToValueList())).ToValueList());
    }

    private static ValueList<Override> Fold(IEnumerable<JournalEntry> journal)
    {
        var overrides = new List<Override>();
        foreach (var entry in journal)
        {
            if (entry is OverrideBegan { Override: var begun })
            {
                overrides.RemoveAll(other => other.Identity == begun.Identity);
                overrides.Add(begun);
            }
            else if (entry is OverrideEnded { Override: var ended })
            {
                overrides.RemoveAll(other => other.Identity == ended.Identity);
            }
        }

        return overrides.ToValueList();
    }
}
