using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Core.Control;

/// <summary>
/// From the first suspicion to the verdict: the probes that are to make sure, and the proof that the decision after the verdict will need.
/// A suspicion that comes to nothing leaves no trace.
/// </summary>
internal sealed partial class ServiceTurn
{
    /// <summary>A probe under way is far slower than usual. That is no failure; it may be going to be one.</summary>
    public void Suspect(SlowProbe slow)
    {
        if (!_state.Health.TryGetValue(slow.Target, out var health))
        {
            return; // of an endpoint that is not declared any more
        }

        var before = _state.Confirming.GetValueOrDefault(slow.Target, Confirmations.None);
        var after = before.With(slow, health);
        if (after == before)
        {
            return; // it has ended meanwhile, or makes sure of nothing
        }

        Await(slow.Target, after);
        if (health.Status == HealthStatus.Up)
        {
            Confirm(slow.Target, EndpointOf(slow.Target), health, after);
            Advance();
        }
    }

    /// <summary>Asks for the probes that a verdict still needs, or calls them off when there is nothing to make sure of any more.</summary>
    private void Confirm(Observation seen, EndpointDefinition endpoint, TargetHealth health)
    {
        var isKnown = _state.Confirming.TryGetValue(seen.Target, out var known);
        var left = isKnown ? known!.After(seen, endpoint.Timing.Timeout, now) : Confirmations.None;
        if (isKnown && known!.IsRefusal(seen, now))
        {
            Await(seen.Target, left); // to ask again at once would be refused again at once
        }
        else if (left.AreNeeded(health))
        {
            Confirm(seen.Target, endpoint, health, left);
        }
        else if (isKnown)
        {
            Await(seen.Target, seen.Verdict == Verdict.Pass || health.Status == HealthStatus.Down ? CalledOff(seen.Target, left) : left);
        }
    }

    private void Confirm(TargetId target, EndpointDefinition endpoint, TargetHealth health, Confirmations known) =>
        Ask(target, known, known.Missing(health, endpoint.Rule, endpoint.Timing.FastInterval, now).ToList(), endpoint.Timing.FastInterval);

    /// <summary>Judges a target anew: as many probes as any verdict needs, from now on.</summary>
    private void ConfirmAnew(TargetId target)
    {
        var endpoint = EndpointOf(target);
        var known = CalledOff(target, _state.Confirming.GetValueOrDefault(target, Confirmations.None));
        var starts = Enumerable.Range(0, Math.Max(endpoint.Rule.Rise, endpoint.Rule.Fall)).Select(number => now + (endpoint.Timing.FastInterval * number));
        Ask(target, known with { Coming = [], SlowSince = null }, starts.ToList(), endpoint.Timing.FastInterval);
    }

    private void Ask(TargetId target, Confirmations known, List<DateTimeOffset> starts, TimeSpan apart)
    {
        var coming = starts.ConvertAll(at => new Confirmation(NextId(), at));
        _requests.AddRange(coming.ConvertAll(one => new Effect.Confirm(target, one.RequestId, one.StartsAt - now, apart)));
        Await(target, coming.Count == 0 ? known : known with { Coming = known.Coming.Concat(coming).ToValueList() });
    }

    /// <summary>Those that have started are still answered.</summary>
    private Confirmations CalledOff(TargetId target, Confirmations known)
    {
        var started = known.Coming.Where(one => one.StartsAt <= now).ToValueList();
        if (started.Count < known.Coming.Count)
        {
            _requests.Add(new Effect.CallOff(target));
        }

        return known with { Coming = started };
    }

    private void Await(TargetId target, Confirmations confirmations) =>
        _state = _state with { Confirming = confirmations.Coming.Count == 0 && confirmations.SlowSince is null ? _state.Confirming.Remove(target) : _state.Confirming.SetItem(target, confirmations) };

    /// <summary>
    /// Gathers the proof for the decision that would follow if what has the traffic and is suspected were down: fresh probes of what
    /// would take over at once, and the live records as soon as a probe has failed, unless their provider is in trouble. Nothing is decided,
    /// and nothing waits for it.
    /// </summary>
    private void PrepareAhead()
    {
        var wanted = _at == _state.Lead && !IsWaiting && !IsJournalWaiting && !fleet.IsOwed && WhyHeldByNetwork is null ? ProofIfSuspectsWereDown() : [];
        if (wanted.Count == 0)
        {
            Copy = Copy.Preparing is null ? Copy : Copy with { Preparing = null };
            return;
        }

        if (Copy.Preparing is null || Copy.Preparing.Since + ProofLifetime <= now)
        {
            Copy = Copy with { Preparing = Preparation.Begun(now) };
        }

        AskForProof(wanted);
        if (Copy.ReadFailures == 0 && Suspects().Any(target => _state.Health[target].IsSuspect || EndpointOf(target).Rule.Fall == 1))
        {
            AskForRecords();
        }
    }

    /// <summary>What has the traffic, is up and may be failing.</summary>
    private IEnumerable<TargetId> Suspects() => Definition.Targets.Select(pair => pair.Target)
        .Where(target => _state.Health[target].Status == HealthStatus.Up && (_state.Health[target].IsSuspect || _state.Confirming.GetValueOrDefault(target)?.SlowSince is not null) && IsPublished(target));

    private List<TargetId> ProofIfSuspectsWereDown()
    {
        var suspects = Suspects().ToList();
        if (suspects.Count == 0)
        {
            return [];
        }

        var real = _state;
        _state = _state with { Health = _state.Health.SetItems(suspects.Select(target => KeyValuePair.Create(target, _state.Health[target].AssumedDown(now)))) };
        var decisions = Definition.Types.Select(DecideFor).Where(decision => decision is { Answer: not null, MovesTraffic: true }).ToList();
        _state = real;
        return decisions.SelectMany(decision => decision.NeedsProof).Distinct().Order().ToList();
    }

    private void AskForRecords()
    {
        if (Copy.Preparing is { ReadRequest: 0 })
        {
            var read = RequestRead(); // apart: it changes the state that the next line copies
            Copy = Copy with { Preparing = Copy.Preparing with { ReadRequest = read } };
        }
    }
}
