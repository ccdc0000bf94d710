using DnsFailover.Core.Alerts;
using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>Conditions: raised once, told once, and told again when they are over. One cause, one message.</summary>
internal sealed partial class ServiceTurn
{
    internal const string NoProofCause = "no-proof";

    /// <summary>A cause that comes and goes is told at most this often.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan ShortQuietTime = TimeSpan.FromSeconds(30);

    /// <summary>A new total outage is told although one was told, and told to be over, a moment ago.</summary>
    private static TimeSpan QuietTimeOf(AlertKind kind) => kind == AlertKind.AllDown ? ShortQuietTime : QuietTime;

    private sealed record Trouble(string Cause, AlertKind Kind, string Title, string Reason, string Next)
    {
        /// <summary>False for what passes by itself, or what another message tells.</summary>
        public bool Tell { get; init; } = true;

        /// <summary>True when another message tells it, so that only its end is told.</summary>
        public bool ToldElsewhere { get; init; }

        /// <summary>The decision that it keeps from being carried out; null when there is none.</summary>
        public string? DecisionId { get; init; }

        /// <summary>Since when it lasts, when that is not now.</summary>
        public DateTimeOffset? Since { get; init; }

        /// <summary>The observations it rests on.</summary>
        public ValueList<string> Evidence { get; init; } = [];

        /// <summary>For a change that is refused: the rules that could have held it back, each with its figures.</summary>
        public ValueList<string> Guards { get; init; } = [];
    }

    /// <summary>Compares what is wrong now with what was raised before.</summary>
    private void Judge(List<Decision> decisions)
    {
        JudgeTargets();
        ForgetUndeclared();
        foreach (var type in Definition.Types)
        {
            JudgeAllDown(type);
        }

        foreach (var decision in decisions)
        {
            JudgeRefusal(decision);
        }
    }

    /// <summary>What health alone tells, while the provider does not show its records: "all down" is not to wait for them.</summary>
    private void JudgeUnread()
    {
        if (Copy.Live is null)
        {
            JudgeTargets();
            foreach (var type in Definition.Types)
            {
                JudgeAllDown(type);
            }
        }
    }

    /// <summary>An endpoint whose probes say nothing is not watched, and stays what it was: that must not go unnoticed.</summary>
    private void JudgeBlindness()
    {
        var blind = Definition.Targets.Select(pair => (pair.Target, Health: _state.Health[pair.Target])).Where(pair => pair.Health.IsBlind).ToList();
        if (blind.Count == 0)
        {
            Clear("blind", _ => "every endpoint is watched again");
            return;
        }

        if (_state.Conditions.Keys.Any(cause => cause.EndsWith(NoProofCause, StringComparison.Ordinal)))
        {
            return; // the switch that waits for these very probes has said it
        }

        var reasons = blind.ConvertAll(pair => $"{pair.Target}: {pair.Health.LastOfAll!.Reason}");
        Raise(new Trouble("blind", AlertKind.Blind, $"{Name} is not watched: probes say nothing", string.Join("; ", reasons), "What is not known moves nothing, so a failure would go unnoticed. Mend what keeps the probes from being made.")
        {
            Since = blind.Min(pair => pair.Health.BlindSince),
            Evidence = reasons.ToValueList(),
        });
    }

    private void JudgeTargets()
    {
        foreach (var (_, target) in Definition.Targets)
        {
            var health = _state.Health[target];
            JudgeCertificate(target, health);
            var cause = CauseOf(target);
            if (health.Status == HealthStatus.Down)
            {
                var active = IsPublished(target);
                if (!active && !AllDown(target.Type) && !IsServed(target.Type))
                {
                    continue; // what has the traffic is in trouble itself, or not known: its outcome is told first
                }

                Raise(new Trouble(cause, AlertKind.RedundancyLost, $"{Name} has lost redundancy: {target} is down", $"{target} is down: {health.Explain()}", AlsoServedAt(target) is { Count: > 0 } elsewhere ? $"It is still answered at {string.Join(" and ", elsewhere)}. Mend the endpoint." : "Traffic is not affected. Mend the endpoint before it is needed.")
                {
                    ToldElsewhere = active || AllDown(target.Type), // the switch, its refusal or "all down" says so
                    Since = health.FirstFailureAt,
                    Evidence = health.Evidence.Select(failure => failure.Sentence).ToValueList(),
                });
            }
            else if (health.Status == HealthStatus.Up)
            {
                var last = _state.Conditions.ContainsKey(AllDownCause(target.Type)); // then "all down is over" says so
                Clear(cause, condition => $"{target} is up again after {Text.Of(now - condition.Since)}", silent: last);
            }
        }
    }

    /// <summary>Ends the conditions of endpoints and record types that failover.yaml does not declare any more.</summary>
    private void ForgetUndeclared()
    {
        var targets = Definition.Targets.Select(pair => CauseOf(pair.Target)).ToHashSet(StringComparer.Ordinal);
        var types = Definition.Types.ToList();
        var gone = _state.Conditions.Keys.Where(cause =>
            cause.StartsWith(ConditionRaised.TargetDown, StringComparison.Ordinal) ? !targets.Contains(cause)
            : IsOfCertificate(cause) ? !Definition.Targets.Any(pair => IsOfCertificate(cause, pair.Target))
            : cause.StartsWith("all-down:", StringComparison.Ordinal) ? !types.Exists(type => cause == AllDownCause(type))
            : cause.StartsWith(ReadTroubles, StringComparison.Ordinal) || cause.StartsWith(WriteTroubles, StringComparison.Ordinal) || cause.StartsWith(BehindTroubles, StringComparison.Ordinal) || cause.StartsWith(UnverifiedTroubles, StringComparison.Ordinal) ? !IsDeclared(cause[(cause.IndexOf(':', StringComparison.Ordinal) + 1)..])
            : cause.StartsWith("refused:", StringComparison.Ordinal) && !types.Exists(type => cause.StartsWith(RefusedPrefix(type), StringComparison.Ordinal)));
        foreach (var cause in gone.ToList())
        {
            Clear(cause, _ => "it is not declared any more", silent: true);
        }
    }

    private void JudgeAllDown(RecordType type)
    {
        var cause = AllDownCause(type);
        var targets = Definition.Targets.Select(pair => pair.Target).Where(target => target.Type == type).ToList();
        if (AllDown(type))
        {
            var reasons = targets.ConvertAll(target => $"{target}: {_state.Health[target].Explain()}");
            Raise(new Trouble(cause, AlertKind.AllDown, $"{Name}: every {Family(type)}endpoint is down", string.Join("; ", reasons), WhenAllDown([type]))
            {
                Since = targets.Select(target => _state.Health[target].FirstFailureAt).Max(),
                Evidence = reasons.ToValueList(),
            });
        }
        else if (targets.Find(target => _state.Health[target].Status == HealthStatus.Up) is { Value: not null } up)
        {
            Clear(cause, condition => $"{up} is up again after {Text.Of(now - condition.Since)} with every {Family(type)}endpoint down");
        }
    }

    private void JudgeRefusal(Decision decision)
    {
        var prefix = RefusedPrefix(decision.Type);
        // What merely waits is a cause of its own: a failback that the same guard holds back must not stand for the failover that it held before, nor keep the next one quiet.
        var cause = decision.Refusal is { } refusal ? $"{prefix}{refusal.Cause}{(refusal.NeedsOperator ? string.Empty : ConditionRaised.Waits)}" : null;
        if (decision.Refusal is { } refused && !AllDown(decision.Type))
        {
            Raise(new Trouble(cause!, AlertKind.Refused, $"{Name} {refused.Title ?? "is not changed"}", refused.Reason, refused.Next)
            {
                Tell = refused.NeedsOperator,
                Guards = GuardSentences([decision]),
                Evidence = Definition.Targets.Where(pair => pair.Target.Type == decision.Type).SelectMany(pair => _state.Health[pair.Target].Evidence).Select(failure => failure.Sentence).ToValueList(),
            });
        }

        var waits = decision.Answer is not null && Copy.Change?.Intent.Change.Changes.All(item => item.After.Type != decision.Type) != false;
        foreach (var over in _state.Conditions.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key != cause && !(waits && IsOfProof(key))).ToList())
        {
            // It is not over while something else holds it back, or nothing works; and the failback, or the switch, says it by itself.
            var silent = decision.Refusal is not null || AllDown(decision.Type) || (over == prefix + "approval" && decision.Kind == DecisionKind.Failback) || (over == prefix + UnansweredCause && decision.Answer is not null);
            Clear(over, _ => $"{Name} is {(decision.Refusal is null ? "no longer" : "still")} held back: {decision.Reason}", silent);
        }
    }

    private void NoProof(List<Decision> moves, List<string> reasons)
    {
        foreach (var move in moves.Where(_ => _at == _state.Lead))
        {
            var cause = RefusedPrefix(move.Type) + NoProofCause;
            Raise(new Trouble(
                cause,
                AlertKind.Refused,
                $"{move.Kind} of {Name} waits for proof",
                $"{move.Reason}; but the fresh probe for it was not conclusive: {string.Join("; ", reasons)}",
                "It is probed and decided again at once.")
            {
                Tell = _state.Conditions.ContainsKey(cause), // the second time in a row; once may be a hiccup of ours
            });
        }
    }

    /// <summary>
    /// True when another service has told that the provider they share cannot be read, for the very same reason: one
    /// cause, one message. A write that failed is told by each, since each name stays where it should not.
    /// </summary>
    private bool IsToldByAnother(Trouble trouble) => IsShareToldByAnother(trouble) || IsFreezeToldByAnother(trouble) || IsUnansweredToldByAnother(trouble) || (trouble.Cause.StartsWith(ReadTroubles, StringComparison.Ordinal) && fleet.Services.Any(other =>
        other.Definition.Name != Name && other.Conditions.TryGetValue(trouble.Cause, out var theirs) && theirs.Told && theirs.Reason == trouble.Reason));

    private void Raise(Trouble raised)
    {
        var trouble = Withheld(raised);
        var known = _state.Conditions.GetValueOrDefault(trouble.Cause);
        var mayTell = trouble.Tell && !trouble.ToldElsewhere && known is not { Told: true }
            && (!_state.ToldAt.TryGetValue(trouble.Cause, out var told) || now - told >= QuietTimeOf(trouble.Kind)) && !IsToldByAnother(trouble);
        if (known is not null && !mayTell && (known.Told || !trouble.ToldElsewhere))
        {
            return;
        }

        var condition = new Condition(trouble.Cause, trouble.Kind, trouble.Reason, known?.Since ?? trouble.Since ?? now, Told: mayTell || trouble.ToldElsewhere);
        _state = _state with { Conditions = _state.Conditions.SetItem(trouble.Cause, condition) };
        _entries.Add(new ConditionRaised { At = now, Service = Name, Cause = trouble.Cause, Alert = trouble.Kind, Reason = trouble.Reason, Since = condition.Since, Told = condition.Told, Evidence = trouble.Evidence, Guards = trouble.Guards });
        if (mayTell)
        {
            _state = _state with { ToldAt = _state.ToldAt.SetItem(trouble.Cause, now) };
            _alerts.Add(new Alert { Kind = trouble.Kind, At = now, Service = Name, Title = trouble.Title, To = Served(), Reason = trouble.Reason, Evidence = trouble.Evidence, DecisionId = trouble.DecisionId, Next = trouble.Next });
        }
    }

    private void Clear(string cause, Func<Condition, string> reason, bool silent = false)
    {
        if (!_state.Conditions.TryGetValue(cause, out var condition))
        {
            return;
        }

        var sentence = reason(condition);
        _state = _state with { Conditions = _state.Conditions.Remove(cause) };
        _entries.Add(new ConditionCleared { At = now, Service = Name, Cause = cause, Reason = sentence });
        if (condition.Told && !silent)
        {
            _alerts.Add(new Alert
            {
                Kind = AlertKind.Recovered,
                At = now,
                Service = Name,
                Title = sentence.StartsWith($"{Name} ", StringComparison.Ordinal) ? sentence : $"{Name}: {sentence}",
                To = Served(),
                Reason = $"before: {condition.Reason}",
                Downtime = now - condition.Since,
                Next = RecoveryNext(),
            });
        }
    }

    /// <summary>The other providers that were last seen to hold a target's value.</summary>
    private List<string> AlsoServedAt(TargetId target) =>
        [.. Definition.Providers.Where(provider => provider != _at && _state.Copies[provider].Live?.Holds(target.Type, target.Value) == true)];

    /// <summary>What is served at present, for people; null while that is not known.</summary>
    private string? Served() => Copy.Live is { } live ? PublishedIn(live, Definition.Types.ToList()) : null;

    /// <summary>Says which endpoints are meant, where a service has them in both families: each is judged by itself.</summary>
    private string Family(RecordType type) => Definition.Types.Count() == 1 ? string.Empty : type == RecordType.AAAA ? "IPv6 " : "IPv4 ";

    /// <summary>What becomes of a name while everything is down, and what stands against that.</summary>
    private string WhenAllDown(IEnumerable<RecordType> types) => Definition.OnAllDown switch
    {
        _ when Orders.Freeze is not null || Orders.Force is not null => "The records stay as they are.",
        OnAllDown.Keep => "onAllDown: keep. The records stay as they are until one of them passes its probes.",
        var other when Copy.Live is null => $"onAllDown: {Text.Of(other)}. That is served as soon as the records can be read, until one of them passes its probes.",
        var other when types.Select(type => _state.Decisions.GetValueOrDefault(type)?.Refusal).OfType<Refusal>().FirstOrDefault() is { } refusal => $"onAllDown: {Text.Of(other)}. That is not served: {refusal.Reason}. {refusal.Next}",
        var other => $"onAllDown: {Text.Of(other)}. That is served until one of them passes its probes.",
    };

    private string RecoveryNext()
    {
        if (Definition.Failback.Mode == FailbackMode.Manual && Definition.Types.Any(IsAwayFromPreferred))
        {
            return ManualFailback;
        }

        return _state.Decisions.Values.Select(decision => decision.Waits(now)).OfType<string>().FirstOrDefault() ?? "Nothing to do.";
    }

    /// <summary>True when an endpoint works that is preferred to the one that has the traffic.</summary>
    private bool IsAwayFromPreferred(RecordType type) => OperatorRules.IsAwayFromPreferred(Definition, type, Copy.Live, _state.Health, Orders);

    /// <summary>When a condition that had to stay quiet may be told.</summary>
    private DateTimeOffset? NextTelling() => _state.Conditions.Values.Where(condition => !condition.Told && _state.ToldAt.ContainsKey(condition.Cause))
        .Select(condition => (DateTimeOffset?)(_state.ToldAt[condition.Cause] + QuietTimeOf(condition.Kind))).Where(time => time > now).Min();

    private bool AllDown(RecordType type) => Definition.Targets.Where(pair => pair.Target.Type == type).All(pair => _state.Health[pair.Target].Status == HealthStatus.Down);

    private bool IsServed(RecordType type) => Definition.Targets.Any(pair => pair.Target.Type == type && IsPublished(pair.Target) && _state.Health[pair.Target].IsFit);

    private static string CauseOf(TargetId target) => $"{ConditionRaised.TargetDown}{target.Endpoint}:{target.Value}";

    private static string RefusedPrefix(RecordType type) => $"refused:{type}:";

    private static string AllDownCause(RecordType type) => $"all-down:{type}";
}
