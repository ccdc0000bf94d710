using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>
/// The service itself: its active endpoint is drained, as an operator would, so that the service moves by its own rules, and back by
/// draining the others instead. The drill writes nothing here; it looks on and takes the times. Its drains end by themselves, so that
/// nothing is left behind, whatever becomes of the drill.
/// </summary>
internal sealed partial class DrillTurn
{
    /// <summary>An endpoint is not drained for longer than both legs may take, whatever happens.</summary>
    private TimeSpan LongestDrain => DrillRules.LegOf(_drill.Bound) * 3;

    private IEnumerable<Override> Drains => state.Overrides.Where(said => said.Drill == _drill.Number && said.Service == _drill.Service);

    private void StepLive(ServiceState service)
    {
        if (_drill.IsResumed && !service.IsWarm && now < _drill.Deadline)
        {
            return; // nothing is written before every endpoint has a verdict
        }

        Mark(service);
        SayWhatHolds(service);
        if (_drill.Leg == DrillLeg.Away)
        {
            GoAway(service);
        }
        else
        {
            ComeBack(service);
        }
    }

    /// <summary>Takes note of how far the changes of this leg are.</summary>
    private void Mark(ServiceState service)
    {
        foreach (var (provider, copy) in service.Copies)
        {
            var known = _drill.Copies.GetValueOrDefault(provider, new DrillCopy());
            if (copy.Preparing is { ReadDone: true, WantedSince: not null } && known.ReadAt is null)
            {
                Set(provider, known = known with { ReadAt = now });
            }

            if (copy.Change is not { } change || change.Intent.At < _drill.LegSince)
            {
                continue;
            }

            if (known.Change?.Id != change.Intent.Change.Id)
            {
                known = new DrillCopy { ReadAt = known.ReadAt ?? change.Intent.At, Change = change.Intent.Change, IntentAt = change.Intent.At };
                Say($"write at {provider}: {change.Intent.Change}");
            }

            if (known.WrittenAt is null && change.WrittenAt is { } written)
            {
                known = known with { WrittenAt = written, Live = copy.Live };
                Say($"{provider} has taken it");
            }

            Set(provider, known);
        }
    }

    /// <summary>Users are where the drill has brought them: who freezes the service in the middle has to know that they stay there.</summary>
    private void SayWhatHolds(ServiceState service)
    {
        var freeze = FreezeOf(service);
        if (freeze is not null == _drill.IsHeld)
        {
            return;
        }

        _drill = _drill with { IsHeld = freeze is not null };
        Say(freeze is null ? $"{_drill.Service} is not held any more, and the drill goes on"
            : $"{_drill.Service} is {freeze.Sentence}: it stays at {Where(service)} until then, and the drill fails when that lasts for longer than {Text.Of(_drill.Deadline - now)}. {OperatorWords.HowToEnd(freeze, _drill.Service)}");
    }

    private Order? FreezeOf(ServiceState service) => StillWrong.OrdersOf(state, service, now).Freeze;

    private static string Where(ServiceState service) => service.Live is { } live ? Named(service.Definition, live) : "what it is answered with";

    private void GoAway(ServiceState service)
    {
        if (!_drill.HasDrained)
        {
            Drain(_drill.Down);
            return;
        }

        if (Hindrance(service) is { } hindrance)
        {
            Fail(hindrance);
            EndPhases();
            Begin(DrillLeg.Return);
        }
        else if (IsSettled(service) && !service.Definition.Targets.Any(pair => _drill.Down.Contains(pair.Endpoint.Name) && service.Copies.Values.Any(copy => Holds(copy, pair.Target))))
        {
            EndLeg();
        }
    }

    private DrillFailure? Hindrance(ServiceState service)
    {
        var ended = _drill.Down.FirstOrDefault(endpoint => !Drains.Any(drain => drain.Endpoint == endpoint));
        var fallen = service.Definition.Targets.Where(pair => !_drill.Down.Contains(pair.Endpoint.Name) && service.Copies.Values.Any(copy => Holds(copy, pair.Target)) && service.Health[pair.Target].Status == HealthStatus.Down).Select(pair => pair.Target).ToList();
        return ended is not null ? new DrillFailure($"the drain of {ended} was ended by somebody", "Run it again.")
            : fallen.Count > 0 ? new DrillFailure($"{fallen[0]} went down while it had the traffic: {service.Health[fallen[0]].Explain()}", "Mend the standby: it did not bear the traffic for as long as a drill.")
            : now >= _drill.Deadline ? new DrillFailure($"{_drill.Service} was not moved within {Text.Of(now - _drill.LegSince)}: {WhyNot(service)}", "Mend that: in an outage it would stand in the way as well.")
            : null;
    }

    private static string WhyNot(ServiceState service)
    {
        var reasons = service.Decisions.Values.Select(decision => decision.Refusal?.Reason ?? decision.Reason).Concat(service.Copies.Values.Select(copy => copy.Trouble).OfType<string>()).Distinct(StringComparer.Ordinal).ToList();
        return reasons.Count > 0 ? string.Join("; ", reasons) : "not every endpoint has a verdict since the daemon was started";
    }

    private void ComeBack(ServiceState service)
    {
        if (IsHome(service) && _drill.Copies.Values.All(copy => copy.WrittenAt is null || copy.EndedAt is not null))
        {
            EndLeg();
        }
        else if (now >= _drill.Deadline)
        {
            FailToReturn(new DrillFailure($"{_drill.Service} did not return to {_drill.From} within {Text.Of(now - _drill.LegSince)}: {WhyNot(service)}", WhatFollows(service)));
            EndPhases();
            End(from: null);
        }
        else if (!_drill.HasDrained)
        {
            // Where a group or a single endpoint has the traffic, the others are kept from it; where all that work are served, everyone may
            // have it again.
            Drain(service.Definition.Policy == Policy.Failover || IsSingle(service.Definition) ? service.Definition.Endpoints.Where(endpoint => !_drill.Down.Contains(endpoint.Name) && !IsAtHome(endpoint)).Select(endpoint => endpoint.Name).ToValueList() : []);
        }
    }

    /// <summary>Whatever it failed for before: that its users are away from home is what somebody has to see to now.</summary>
    private void FailToReturn(DrillFailure failure)
    {
        Say($"FAIL: {failure.Reason}");
        _drill = _drill with { Failure = _drill.Failure is { } first ? failure with { Reason = $"{first.Reason}; and {failure.Reason}" } : failure };
    }

    /// <summary>A CNAME without weights has one value, and stays with who has it.</summary>
    private static bool IsSingle(ServiceDefinition service) => service.Policy == Policy.Multivalue && service.Types.Contains(RecordType.CNAME);

    /// <summary>What becomes of users whom the drill has left away from home.</summary>
    private string WhatFollows(ServiceState service)
    {
        var stays = FreezeOf(service) is { } freeze
            ? $"Its users stay at {Where(service)} while it is {freeze.Sentence}. {OperatorWords.HowToEnd(freeze, _drill.Service)} Then it returns by its ordinary rules."
            : $"It stays at {Where(service)} and returns by its ordinary rules.";
        return service.Definition is { Policy: Policy.Failover, Failback.Mode: not FailbackMode.Auto } ? $"{stays} These wait for an operator: {OperatorWords.Approve(_drill.Service)}." : stays;
    }

    private bool IsHome(ServiceState service) => service.Copies.Values.All(copy => copy.Change is null && service.Definition.Types.All(type => _drill.Home[type] is not { } home || copy.Live?[type]?.HasSameValues(home) == true));

    /// <summary>One of a group that is served together may have kept its traffic all the time.</summary>
    private bool IsAtHome(EndpointDefinition endpoint) => endpoint.Targets.Any(target => _drill.Home.Holds(target.Type, target.Value));

    /// <summary>Every provider has taken its change, and it is known what the name servers answer.</summary>
    private bool IsSettled(ServiceState service) => service.Copies.All(pair => pair.Value is { Change: null, Live: not null } && _drill.Copies.GetValueOrDefault(pair.Key)?.EndedAt is not null);

    private static bool Holds(Copy copy, TargetId target) => copy.Live?.Holds(target.Type, target.Value) == true;

    /// <summary>From now on these are drained for the drill, and no others.</summary>
    private void Drain(ValueList<string> endpoints)
    {
        _ended.AddRange(Drains.Where(drain => !endpoints.Contains(drain.Endpoint!)));
        foreach (var endpoint in endpoints.Where(endpoint => !Drains.Any(drain => drain.Endpoint == endpoint)))
        {
            _begun.Add(new Override(OverrideKind.Drain, _drill.Service, endpoint, $"drill {_drill.Number}{(_drill.Actor is { } actor ? $", asked for by {actor}" : string.Empty)}", "dnsfailover", now, now + LongestDrain) { Drill = _drill.Number });
        }

        _drill = _drill with { HasDrained = true };
        Say(endpoints.Count == 0 ? "no endpoint is drained any more" : $"{string.Join(" and ", endpoints)} {(endpoints.Count == 1 ? "is" : "are")} drained");
    }
}
