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

    /// <summary>Compares what was read with what we left there.</summary>
    private void JudgeDrift(NameRecords? before, NameRecords live)
    {
        if (Copy.Drift is { } known && Definition.Types.Where(type => known.IsUndone(type, live)).ToList() is { Count: > 0 } undone)
        {
            EndDriftOf(undone.Contains, $"the {string.Join(" and ", undone)} records of {Name} at {_at} are again what they were", undone.Select(type => live[type]).OfType<RecordSet>().ToValueList());

            // What is undone is no further change; a type besides may have been changed at the same time.
            before = before is null ? null : NameRecords.Create(Name, before.Sets.Where(set => !undone.Contains(set.Type)).Concat(live.Sets.Where(set => undone.Contains(set.Type)))) with { Owner = before.Owner };
        }

        if (before is not null && before != live)
        {
            Drifted(before, live);
        }
    }

    /// <summary>The records are not what they were, and it was not us.</summary>
    private void Drifted(NameRecords before, NameRecords live)
    {
        var moved = Definition.Types.Where(type => !Equals(before[type]?.Values, live[type]?.Values)).ToValueList();
        var (known, response) = (Copy.Drift, moved.Count == 0 ? Copy.Drift : Respond(before, live, moved));
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
        if (moved.Count > 0 && known is not { IsPaused: true })
        {
            TellDrift(drift, before, live); // what moves nothing, or is left alone already, is for the journal
        }
    }

    /// <summary>What is done about it; null when it is taken for what is served now. A provider that follows is brought in line in any case.</summary>
    private Drift? Respond(NameRecords before, NameRecords live, ValueList<RecordType> moved)
    {
        var follows = _at != _state.Lead;
        var wanted = follows && Definition.OnDrift == OnDrift.Alert ? OnDrift.Restore : Definition.OnDrift;
        var expected = moved.Where(type => Copy.Drift?.Concerns(type) != true && !(follows && Equals(live[type]?.Values, _state.Live?[type]?.Values)))
            .Select(type => before[type]).OfType<RecordSet>().ToValueList();
        if (wanted == OnDrift.Alert || expected.Count == 0 || !IsDeclared(expected))
        {
            return Copy.Drift;
        }

        var recent = Copy.Restores.Count(at => now - at < Drift.TugOfWar);
        return Copy.Drift is { } known
            ? known with { Expected = known.Expected.Concat(expected).OrderBy(set => set.Type).ToValueList() }
            : new Drift(now, expected, Definition.OnDrift, GivenUp: wanted == OnDrift.Restore && recent >= Drift.MostRestores);
    }

    /// <summary>What comes and goes is told once in a while, but never that the name is left alone from now on.</summary>
    private void TellDrift(DriftNoticed drift, NameRecords before, NameRecords live)
    {
        var givenUp = drift.Response is { GivenUp: true };
        if (drift.Response is not { IsPaused: true } && _state.ToldAt.TryGetValue(DriftCause, out var told) && now - told < QuietTime)
        {
            return;
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
        _ when _at != _state.Lead => $"It is kept the same as at {_state.Lead}.",
        _ when Orders.Force is { } force => $"It is taken for what is served now, but {force.Sentence}, so that it is moved back {(Definition.MinActiveTime > TimeSpan.Zero ? $"after {Text.Of(Definition.MinActiveTime)}" : "at once")}.",
        _ when Definition.Policy != Policy.Failover => $"It is taken for what is served now, but every endpoint that has been up for {Text.Of(Definition.Failback.Delay)} is served again at once.",
        _ when Definition.Failback.Mode == FailbackMode.Manual => "It is taken for what is served now, and stays as long as it works.",
        _ => $"It is taken for what is served now. A preferred endpoint that is up gets the traffic back after {Text.Of(Definition.Failback.Delay > Definition.MinActiveTime ? Definition.Failback.Delay : Definition.MinActiveTime)}; failback: manual leaves it where it is.",
    };

    private string ToResume(Drift drift) =>
        $"Nothing is changed at {_at} any more until the records are as they were ({string.Join("; ", drift.Expected.Select(set => $"{set.Type} {set.Values}"))}), or onDrift is changed in failover.yaml.";

    /// <summary>A change of ours is in effect, so that what somebody else did to these types is undone.</summary>
    private void PutBack(ChangeUnderWay change)
    {
        var types = change.Intent.Change.Changes.Select(item => item.After.Type).ToList();
        if (Copy.Drift is { IsPaused: false } drift && types.Exists(drift.Concerns))
        {
            Copy = Copy with { Restores = Copy.Restores.Append(now).TakeLast(Drift.MostRestores).ToValueList() };
            EndDriftOf(types.Contains, $"the {string.Join(" and ", types.Where(drift.Concerns))} records of {Name} at {_at} were put back");
        }
    }

    /// <summary>Another onDrift, or another list of endpoints, is a new beginning.</summary>
    private void ReconsiderDrift()
    {
        if (Copy.Drift is { } drift && (drift.Response != Definition.OnDrift || !IsDeclared(drift.Expected)))
        {
            Copy = Copy with { Restores = [] };
            EndDrift($"failover.yaml was changed, so that the records of {Name} at {_at} are taken as they are");
        }
    }

    private bool IsDeclared(ValueList<RecordSet> sets) =>
        sets.All(set => set.Values.All(value => Definition.Targets.Any(pair => pair.Target.Type == set.Type && pair.Target.Value == value.Data)));

    private void EndDrift(string reason) => EndDriftOf(_ => true, reason);

    /// <summary>Ends what concerns these types; what concerns others stays.</summary>
    private void EndDriftOf(Func<RecordType, bool> types, string reason, ValueList<RecordSet>? undone = null)
    {
        if (Copy.Drift is not { } drift || !drift.Expected.Any(set => types(set.Type)))
        {
            return;
        }

        var left = drift.Expected.Where(set => !types(set.Type)).ToValueList();
        Copy = Copy with { Drift = left.Count > 0 ? drift with { Expected = left } : null };
        ForgetUnverified();
        _entries.Add(new DriftEnded { At = now, Service = Name, Provider = _at, Reason = reason, Left = Copy.Drift, Undone = undone ?? [], HoldDowns = _state.HoldDowns, Restores = Copy.Restores });
    }

    /// <summary>The decision for one RRset at the provider that leads, under what somebody else may have changed.</summary>
    private Decision DecideFor(RecordType type)
    {
        var situation = SituationOf(type);
        if (Frozen(situation) is { } frozen)
        {
            return frozen;
        }

        if (WhyHeldByNetwork is { } why)
        {
            return Decide.HeldByNetwork(situation, why);
        }

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
        if (Orders.Force is { } force && decision is { Answer: null, Refusal: null })
        {
            EndDriftOf(type => type == situation.Type, $"the {situation.Type} records of {Name} at {_at} are taken as they are: {force.Sentence}");
            return decision;
        }

        if (decision.Answer is not { } answer || Planner.Plan(Definition, Copy.Live!, [decision]).Any(change => change.Before?.HasSameValues(change.After) != true))
        {
            return decision;
        }

        EndDriftOf(type => type == situation.Type, $"the {situation.Type} records of {Name} at {_at} are taken as they are, since {answer} is what is wanted by now");
        return Decide.For(situation);
    }
}
