using DnsFailover.Core.Control;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Planning;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Drills;

/// <summary>
/// The canary: a name that nobody uses goes the way of the service. Each leg reads it at every provider, decides, records what it is
/// about to write, writes on condition of what was read, and verifies; so a leg that finds its work done has nothing to write.
/// </summary>
internal sealed partial class DrillTurn
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private TimeSpan ProofLifetime => TimeSpan.FromSeconds(30) + _drill.Definition.Endpoints.Max(endpoint => endpoint.Timing.Timeout);

    private string Lead => _drill.Definition.Provider;

    private void StepCanary(ServiceState service)
    {
        if (_drill.IsResumed && !service.IsWarm && now < _drill.Deadline)
        {
            return; // nothing is written before every endpoint has a verdict
        }

        if (_drill.Leg != DrillLeg.Return && _drill.Failure is null && WhyStop(service) is { } why)
        {
            Fail(why);
        }

        if (_drill.Leg != DrillLeg.Return && _drill.Failure is not null)
        {
            GoBack();
            return;
        }

        if (now >= _drill.Deadline && !IsWriting)
        {
            Late();
            return;
        }

        foreach (var provider in _drill.Definition.Providers)
        {
            Move(service, provider);
        }

        if (Report is null && _drill.Copies.Values.All(copy => copy.EndedAt is not null))
        {
            EndLeg();
        }
    }

    /// <summary>What makes a drill pointless or wrong while it is under way.</summary>
    private DrillFailure? WhyStop(ServiceState service)
    {
        var orders = Orders.Of(service.Definition, state.Overrides, state.Configuration.Windows, now);
        return state.Network.Why(state.Configuration.Rules.SelfCheck) is { } network ? new DrillFailure($"our own network became the likely fault of what fails ({network})", "Run it again when that is over.")
            : _drill.Probes.Values.FirstOrDefault(probe => probe.Result is { Verdict: not Verdict.Pass }) is { Result: { } failed } ? new DrillFailure($"{failed.Target} did not pass the fresh probe that was made for this drill: {failed.Reason}", "Mend the standby: in an outage the name would not be moved there.")
            : orders.Freeze is { } freeze ? new DrillFailure($"{_drill.Service} is {freeze.Sentence}", "Run it again when that has ended.")
            : null;
    }

    /// <summary>Nothing more is tried on the way out; what was begun there is waited for.</summary>
    private void GoBack()
    {
        if (IsWriting)
        {
            return;
        }

        var untouched = _drill.Leg == DrillLeg.Settle && _drill.Copies.Values.All(copy => copy.Change is null);
        if (untouched)
        {
            End(from: null);
        }
        else
        {
            EndPhases();
            Begin(DrillLeg.Return);
        }
    }

    private void Late()
    {
        var waits = _drill.Copies.Where(pair => pair.Value.EndedAt is null).Select(pair => $"{pair.Key}{(pair.Value.Trouble is { } trouble ? $": {trouble}" : string.Empty)}");
        var failure = new DrillFailure(
            $"{(_drill.Leg == DrillLeg.Return ? "it did not come back" : "it was not moved")} within {Text.Of(now - _drill.LegSince)} ({string.Join("; ", waits)})",
            _drill.Leg == DrillLeg.Return ? $"{_drill.Name} stays as it is; the next drill brings it back." : "Mend that, and run it again.");
        Fail(failure);
        if (_drill.Leg == DrillLeg.Return)
        {
            Say(failure.Reason);
            End(from: null);
        }
    }

    /// <summary>Does the next thing that is due at one provider.</summary>
    private void Move(ServiceState service, string provider)
    {
        var copy = _drill.Copies[provider];
        if (copy.EndedAt is not null || copy.IsWriting || copy.WrittenAt is not null || copy.RetryAt > now || Report is not null)
        {
            return;
        }

        if (copy.Live is null && copy.PendingRead is null)
        {
            var id = NextId();
            _effects.Add(new Effect.ReadRecords(_drill.Name, provider, id));
            Set(provider, copy with { PendingRead = id, RetryAt = null });
        }

        var decisions = Decisions(service, provider);
        if (decisions is null || Stuck(provider, decisions) || !IsProven(decisions, provider) || _drill.Copies[provider] is not { EndedAt: null, Live: { } live })
        {
            return;
        }

        var moves = decisions.FindAll(decision => decision.Answer is not null);
        var changes = moves.Count == 0 ? [] : Planner.Plan(If(service).Definition, live, moves);
        if (changes.Count == 0)
        {
            Set(provider, _drill.Copies[provider] with { EndedAt = now }); // it holds that already
            return;
        }

        Write(provider, new ChangeSet(NextId(), _drill.Name, changes) { Owner = _drill.Definition.Owner });
    }

    private WhatIf If(ServiceState service) => new(
        _drill.Definition, _drill.Name, _drill.Home, service.Health, Orders.Of(service.Definition, state.Overrides, state.Configuration.Windows, now), state.DrillBooks.GetValueOrDefault(_drill.Service, new DrillBook()).Formerly, now);

    /// <summary>What is decided for the canary at one provider; null while what that rests on is not known.</summary>
    private List<Decision>? Decisions(ServiceState service, string provider)
    {
        var (decider, live) = (If(service), _drill.Copies[provider].Live);
        if (_drill.Leg != DrillLeg.Away)
        {
            return live is null ? null : decider.Follow(live, decider.Home, _drill.Service.ToString(), provider);
        }

        if (provider == Lead)
        {
            return decider.IfDown(live ?? decider.Home, _drill.Down, provider); // what has to be proven is asked for while it is being read
        }

        // A provider that follows is brought in line once the one that leads has taken the change.
        var lead = _drill.Copies[Lead];
        return live is null || lead is not { WrittenAt: not null, Live: { } leading } ? null : decider.Follow(live, leading, Lead, provider);
    }

    /// <summary>True when nothing can be moved here: the canary is somebody else's, or no standby works any more.</summary>
    private bool Stuck(string provider, List<Decision> decisions)
    {
        if (decisions.Find(decision => decision.Refusal is not null) is { Refusal: { } refusal })
        {
            Abandon(provider, new DrillFailure(refusal.Reason, refusal.Cause is "foreign-value" or "type-conflict" or "owner"
                ? $"{_drill.Name} is taken for somebody else's and is not touched. Remove its records, or choose another name: drill: {{name: …}} in failover.yaml."
                : refusal.Next));
            return true;
        }

        if (_drill.Leg == DrillLeg.Away && decisions.TrueForAll(decision => decision.Answer is null))
        {
            Abandon(provider, new DrillFailure($"no standby would take over: {decisions[0].Reason}", "Mend the standby: in an outage the name would stay where it is."));
            return true;
        }

        return false;
    }

    /// <summary>Nothing more can be done at one provider. On the way back the others go on.</summary>
    private void Abandon(string provider, DrillFailure failure)
    {
        Fail(failure);
        if (_drill.Leg == DrillLeg.Return)
        {
            Set(provider, _drill.Copies[provider] with { EndedAt = now, Trouble = failure.Reason });
            Say($"{_drill.Name} stays as it is at {provider}: {failure.Reason}");
        }
    }

    /// <summary>Who newly gets the traffic has passed a probe made for this drill, and our own network was asked, as before a failover.</summary>
    private bool IsProven(List<Decision> decisions, string provider)
    {
        if (_drill.Leg != DrillLeg.Away || provider != Lead)
        {
            return true; // what the service is answered with, and what was proven a moment ago
        }

        if (_drill.Probes.Values.Any(probe => now - probe.Result?.StartedAt > ProofLifetime))
        {
            _drill = _drill with { Probes = _drill.Probes.Clear() }; // a decision must not outlive its evidence
        }

        foreach (var target in decisions.SelectMany(decision => decision.NeedsProof).Order().Select(target => target with { Service = _drill.Service }).Where(target => !_drill.Probes.ContainsKey(target)))
        {
            var id = -NextId(); // the service's own requests count upwards from zero
            _effects.Add(new Effect.ProbeNow(target, id, TimeSpan.Zero));
            _drill = _drill with { Probes = _drill.Probes.Add(target, new FreshProbe(id, Result: null)) };
        }

        var asked = state.Configuration.Rules.SelfCheck is null || state.Network.Last?.AskedAt >= _drill.LegSince;
        WantsControls = !asked && state.Network.Check is null;
        return asked && _drill.Probes.Values.All(probe => probe.Result is not null);
    }

    private void Write(string provider, ChangeSet change)
    {
        var age = _drill.Probes.Count == 0 ? TimeSpan.Zero : now - _drill.Probes.Values.Min(probe => probe.Result!.StartedAt);
        _effects.Add(new Effect.Record(_drill.Name, [new DrillIntended { At = now, Service = _drill.Service, Number = _drill.Number, Provider = provider, Change = change }], []));
        _effects.Add(new Effect.Apply(_drill.Name, provider, change) { GoodFor = ProofLifetime - age });
        var copy = _drill.Copies[provider];
        Set(provider, copy with { Change = change, IntentAt = copy.IntentAt ?? now });
        Say($"write at {provider}: {change}");
    }

    private void Read(ControllerEvent.RecordsRead read)
    {
        foreach (var (provider, copy) in _drill.Copies.Where(pair => pair.Value.PendingRead == read.RequestId))
        {
            var seen = copy with { PendingRead = null, Live = read.Records, ReadAt = copy.ReadAt ?? now, Doubtful = null };
            Set(provider, seen);
            Say($"read at {provider}: {(read.Records.Sets.Count == 0 ? "nothing" : string.Join("; ", read.Records.Sets.Select(set => $"{set.Type} {set.Values}")))}");
            if (copy.Doubtful is { } doubtful && !doubtful.IsUntouchedIn(read.Records) && doubtful.IsAppliedIn(read.Records))
            {
                Written(provider, seen with { Change = doubtful }, read.Records);
            }
        }
    }

    private void ReadFailed(ControllerEvent.ReadFailed failed)
    {
        foreach (var (provider, copy) in _drill.Copies.Where(pair => pair.Value.PendingRead == failed.RequestId))
        {
            Retry(provider, copy with { PendingRead = null }, $"it cannot be read: {failed.Reason}", failed.RetryAfter, forGood: failed.ProviderGone);
        }
    }

    private void Applied(ControllerEvent.ChangeApplied applied)
    {
        foreach (var (provider, copy) in _drill.Copies.Where(pair => pair.Value.IsWriting && pair.Value.Change!.Id == applied.ChangeId))
        {
            if (copy.Change!.IsAppliedIn(applied.ReadBack))
            {
                Written(provider, copy, applied.ReadBack);
            }
            else
            {
                Retry(provider, copy with { Change = null }, "it took the change, but shows something else", retryAfter: null, forGood: false);
            }
        }
    }

    private void Written(string provider, DrillCopy copy, NameRecords shown)
    {
        Set(provider, copy with { WrittenAt = now, Live = shown, Failures = 0, Trouble = null });
        _effects.Add(new Effect.Verify(_drill.Name, provider, copy.Change!.Id, copy.Change.Changes.Select(item => item.After).ToValueList()));
        Say($"{provider} has taken it");
    }

    /// <summary>Whatever the outcome is, what the provider holds is read before anything is written there again.</summary>
    private void ApplyFailed(ControllerEvent.ChangeFailed failed)
    {
        foreach (var (provider, copy) in _drill.Copies.Where(pair => pair.Value.IsWriting && pair.Value.Change!.Id == failed.ChangeId))
        {
            Retry(provider, copy with { Change = null, Doubtful = failed.Failure == ProviderFailure.Ambiguous ? copy.Change : null }, failed.Reason, failed.RetryAfter, forGood: failed.Failure == ProviderFailure.Rejected);
        }
    }

    /// <summary>What could not be recorded was not written.</summary>
    private void NotDurable(ControllerEvent.JournalFailed failed)
    {
        var intents = failed.Entries.OfType<DrillIntended>().Select(intent => intent.Change.Id).ToHashSet();
        foreach (var (provider, copy) in _drill.Copies.Where(pair => pair.Value.IsWriting && intents.Contains(pair.Value.Change!.Id)))
        {
            Retry(provider, copy with { Change = null }, $"its intent could not be made durable: {failed.Reason}", UnrecordedEntries.RetryAfter, forGood: false);
        }
    }

    private void Retry(string provider, DrillCopy copy, string reason, TimeSpan? retryAfter, bool forGood)
    {
        var failures = copy.Failures + 1;
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(failures, 10) - 1) / 2));
        Set(provider, copy with { Live = null, Failures = failures, Trouble = reason, RetryAt = now + (retryAfter > pause ? retryAfter.Value : pause) });
        Say($"{provider}: {reason}");
        if (forGood)
        {
            Abandon(provider, new DrillFailure($"{provider}: {reason}", "Mend that: in an outage the name could not be moved either."));
        }
    }

    private void EndLeg()
    {
        foreach (var (provider, copy) in _drill.Copies.Where(pair => pair.Value.Verification is { Verified: false }))
        {
            Fail(new DrillFailure($"not every name server of {provider} answers it: {copy.Verification!.Reason}", "Look at how these name servers get the zone: NOTIFY, transfers, and whether they are still name servers of it."));
        }

        EndPhases();
        if (_drill.Leg == DrillLeg.Return)
        {
            End(_drill.From);
            return;
        }

        Begin(_drill.Leg == DrillLeg.Settle && _drill.Failure is null ? DrillLeg.Away : DrillLeg.Return);
    }
}
