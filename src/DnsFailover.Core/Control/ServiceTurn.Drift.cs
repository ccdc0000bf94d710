using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What becomes of records that somebody else has changed.</summary>
internal sealed partial class ServiceTurn
{
    private const string DriftCause = "drift";

    /// <summary>The records are not what they were, and it was not us.</summary>
    private void Drifted(NameRecords before, NameRecords live)
    {
        if (Copy.Drift is { } known && known.IsUndoneIn(live))
        {
            EndDrift($"the records of {Name} at {_at} are again what they were");
            return;
        }

        var moved = Definition.Types.Where(type => !Equals(before[type]?.Values, live[type]?.Values)).ToValueList();
        var response = moved.Count == 0 ? Copy.Drift : Copy.Drift ?? Respond(before);
        var drift = new DriftNoticed
        {
            At = now,
            Service = Name,
            Provider = _at,
            Expected = Spell(before),
            Actual = Spell(live),
            Response = response,
            Restores = Copy.Restores,
            HoldDowns = response is null && _at == _state.Lead ? HoldDownsWith(moved, now) : _state.HoldDowns,
        };
        _state = _state with { HoldDowns = drift.HoldDowns };
        Copy = Copy with { Drift = response };
        _entries.Add(drift);
        ForgetUnverified();
        TellDrift(drift, before, live, moved.Count > 0);
    }

    /// <summary>What is done about it; null when it is taken for what is served now. A provider that follows is brought in line in any case.</summary>
    private Drift? Respond(NameRecords before)
    {
        var wanted = _at == _state.Lead || Definition.OnDrift != OnDrift.Alert ? Definition.OnDrift : OnDrift.Restore;
        var expected = Definition.Types.Select(type => before[type]).OfType<RecordSet>().ToValueList();
        var recent = Copy.Restores.Count(at => now - at < Drift.TugOfWar);
        return wanted == OnDrift.Alert || expected.Count == 0 || !IsDeclared(expected) ? null : new Drift(now, expected, Definition.OnDrift, GivenUp: wanted == OnDrift.Restore && recent >= Drift.MostRestores);
    }

    private void TellDrift(DriftNoticed drift, NameRecords before, NameRecords live, bool moved)
    {
        var givenUp = drift.Response is { GivenUp: true };
        if (!moved || (!givenUp && _state.ToldAt.TryGetValue(DriftCause, out var told) && now - told < QuietTime))
        {
            return; // what moves nothing is for the journal
        }

        _state = _state with { ToldAt = _state.ToldAt.SetItem(DriftCause, now) };
        _alerts.Add(new Alert
        {
            Kind = AlertKind.Drift,
            At = now,
            Service = Name,
            Title = givenUp ? $"somebody else keeps changing the records of {Name}" : $"somebody else changed the records of {Name}",
            From = PublishedIn(before, Definition.Types.ToList()),
            To = PublishedIn(live, Definition.Types.ToList()),
            Reason = $"at {_at} there was {drift.Expected}, and now there is {drift.Actual}",
            Next = AfterDrift(drift.Response),
        });
    }

    private string AfterDrift(Drift? response) => response switch
    {
        { GivenUp: true } => $"It was put back {Drift.MostRestores} times within {Text.Of(Drift.TugOfWar)} and changed again, so that is given up: find out who else writes {Name}. {ToResume(response)}",
        { IsPaused: true } => $"onDrift: pause. {ToResume(response)}",
        not null when _at != _state.Lead => $"It is made the same as at {_state.Lead} again, as soon as that is proven to work.",
        not null => "onDrift: restore. What was there before is put back, as soon as it is proven to work.",
        _ when Definition.Failback.Mode == FailbackMode.Manual => "It is taken for what is served now, and stays as long as it works.",
        _ => $"It is taken for what is served now. A preferred endpoint that is up gets the traffic back after {Text.Of(Definition.Failback.Delay > Definition.MinActiveTime ? Definition.Failback.Delay : Definition.MinActiveTime)}; failback: manual leaves it where it is.",
    };

    private string ToResume(Drift drift) =>
        $"Nothing is changed at {_at} any more until the records are as they were ({string.Join("; ", drift.Expected.Select(set => $"{set.Type} {set.Values}"))}), or onDrift is changed in failover.yaml.";

    /// <summary>A change of ours is in effect, so that what somebody else did is undone.</summary>
    private void PutBack()
    {
        if (Copy.Drift is { IsPaused: false })
        {
            Copy = Copy with { Restores = Copy.Restores.Append(now).TakeLast(Drift.MostRestores).ToValueList() };
            EndDrift($"the records of {Name} at {_at} were put back");
        }
    }

    /// <summary>Another onDrift, or another list of endpoints, is a new beginning.</summary>
    private void ReconsiderDrift()
    {
        if (Copy.Drift is { } drift && (drift.Response != Definition.OnDrift || !IsDeclared(drift.Expected)))
        {
            EndDrift($"failover.yaml was changed, so that the records of {Name} at {_at} are taken as they are");
        }
    }

    private bool IsDeclared(ValueList<RecordSet> sets) =>
        sets.All(set => set.Values.All(value => Definition.Targets.Any(pair => pair.Target.Type == set.Type && pair.Target.Value == value.Data)));

    private void EndDrift(string reason)
    {
        Copy = Copy with { Drift = null };
        ForgetUnverified();
        _entries.Add(new DriftEnded { At = now, Service = Name, Provider = _at, Reason = reason, Restores = Copy.Restores });
    }

    /// <summary>The decision for one RRset at the provider that leads, under what somebody else may have changed.</summary>
    private Decision DecideFor(RecordType type)
    {
        var situation = SituationOf(type);
        return Copy.Drift switch
        {
            null => Decide.For(situation),
            { IsPaused: true } drift => Decide.Paused(situation, $"somebody else changed the records {Text.Of(now - drift.Since)} ago{(drift.GivenUp ? ", again and again" : " and onDrift is pause")}", ToResume(drift)),
            var drift => Restore(situation, drift),
        };
    }

    private Decision Restore(Situation situation, Drift drift)
    {
        var decision = Decide.Restore(situation, drift.Expected);
        if (decision.Answer is not { } answer || Planner.Plan(Definition, Copy.Live!, [decision]).Any(change => change.Before?.HasSameValues(change.After) != true))
        {
            return decision;
        }

        // What somebody else published is what would be published by now: there is nothing left to undo.
        var left = drift.Expected.Where(set => set.Type != situation.Type).ToValueList();
        Copy = Copy with { Drift = drift with { Expected = left } };
        if (left.Count == 0)
        {
            EndDrift($"the records of {Name} at {_at} are taken as they are, since {answer} is what is wanted by now");
        }

        return Decide.For(situation);
    }
}
