namespace DnsFailover.Simulation;

/// <summary>One place in the source of Core, and what stands there instead.</summary>
/// <param name="File">Below src/DnsFailover.Core.</param>
/// <param name="Original">Stands there exactly once.</param>
/// <param name="Instead">What the mutant has.</param>
internal sealed record Edit(string File, string Original, string Instead);

/// <summary>Core with one guard switched off, which the simulator must catch: a check that cannot fail is a defect.</summary>
/// <param name="Invariant">How the name of the invariant begins that has to notice.</param>
/// <param name="Seed">One that caught it when it was planted, where the tests begin to look.</param>
/// <param name="What">What is switched off.</param>
/// <param name="Edits">Where.</param>
internal sealed record Mutant(string Invariant, int Seed, string What, params Edit[] Edits)
{
    /// <summary>At least one for every invariant.</summary>
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new(
            "1 ",
            8,
            "with onAllDown: keep nothing is kept, and empty sets may be built",
            new Edit("Decisions/Decide.cs", "return Hold(s, $\"{why} keeps the answer\"); // also where", "return Move(s, DecisionKind.Shift, [], why, changesSides: false); // also where"),
            new Edit("Decisions/Answer.cs", "return sorted.Count > 0 ? new Answer(sorted) : throw", "return sorted.Count >= 0 ? new Answer(sorted) : throw"),
            new Edit("Records/RecordSet.cs", "if (canonical.Count == 0)", "if (canonical.Count < 0)")),
        new("2 ", 5, "control targets that do not answer freeze nothing", new Edit("Control/NetworkTurn.cs", "if (answer.Passed < rule.Needed)", "if (answer.Passed < 0)")),
        new("2 ", 10, "one control target that answers is enough", new Edit("Control/NetworkTurn.cs", "if (answer.Passed < rule.Needed)", "if (answer.Passed < 1)")),
        new("3 ", 1, "no probe is made for a decision", new Edit("Decisions/Decide.cs", "NeedsProof = members.Where(candidate => !candidate.IsPublished).Select(candidate => candidate.Target).ToValueList(),", "NeedsProof = [],")),
        new("4 ", 34, "onAllDown: keep does what primary does", new Edit("Decisions/Decide.cs", "if (s.Service.OnAllDown == OnAllDown.Keep)", "if (s.Now < default(DateTimeOffset))")),
        new("5 ", 5, "a change under way does not keep the next one back", new Edit("Control/ServiceTurn.Advance.cs", "        if (Copy.Change is not null)\n        {\n            Follow();", "        if (Copy.Change is not null && now < default(DateTimeOffset))\n        {\n            Follow();")),
        new("5 ", 1, "the write goes before the record of its intent", new Edit("Control/ServiceTurn.cs", "IEnumerable<Effect> effects = _requests;", "IEnumerable<Effect> effects = _requests.Concat(_writes.ToList());\n        _writes.Clear();")),
        new("9 ", 1, "an answer that says nothing about a write (504) is taken for 'not written'", new Edit("Control/ServiceTurn.Records.cs", "            case ProviderFailure.Ambiguous:\n                Copy = Copy with { Change = change with { Stage = ChangeStage.Resolving, Trouble = failed.Reason } };", "            case ProviderFailure.Ambiguous:\n                NotWritten(change, ChangeResult.Failed, failed.Reason, failed.RetryAfter);")),
        new("6 ", 62, "values that are not ours are replaced without adopt", new Edit("Decisions/Guards.cs", "return s.Strange.Count > 0 && !s.Service.Adopt", "return s.Strange.Count < 0 && !s.Service.Adopt")),
        new("7 ", 1, "minActiveTime holds nothing back", new Edit("Decisions/Guards.cs", "return due <= s.Now", "return due <= DateTimeOffset.MaxValue")),
        new("7 ", 319, "a restart forgets the hold-downs", new Edit("Control/Memory.cs", "            HoldDowns = outcome.HoldDowns,\n", string.Empty)),
        new("7 ", 8, "the switch budget is not counted", new Edit("Decisions/Guards.cs", "if (used.Count < may)", "if (used.Count < int.MaxValue)")),
        new("7 ", 16, "a name that flaps returns after the plain delay", new Edit("Decisions/Damping.cs", "for (var doubled = 1; doubled < failovers", "for (var doubled = 1; doubled < 0")),
        new("8 ", 4, "a failure is not confirmed at the fast interval", new Edit("Control/ServiceTurn.Confirmations.cs", "if (left.AreNeeded(health))", "if (health.Status == HealthStatus.Unknown && left.AreNeeded(health))")),
        new("9 ", 1, "nobody is told of a switch", new Edit("Control/ServiceTurn.Records.cs", "_alerts.Add(SwitchAlert(intent, timings, ended));", "_ = SwitchAlert(intent, timings, ended);")),
        new("9 ", 9, "a restart forgets the change under way", new Edit("Control/Memory.cs", "Unfinished = Unfinished.SetItem(intent.Provider, intent),", string.Empty)),
        new("10 ", 65, "the mark of another controller is passed over", new Edit("Decisions/Guards.cs", "owner != s.Service.Owner && !s.Service.Adopt", "owner != s.Service.Owner && s.Now < default(DateTimeOffset)")),
        new("11 ", 48, "when one provider is left alone for a while, all are", new Edit("Control/ServiceTurn.Advance.cs", "private bool IsWaiting => Copy.RetryAt is { } at && at > now;", "private bool IsWaiting => fleet.Services.Any(other => other.Copies.Values.Any(copy => copy.RetryAt > now));")),
        new("12 ", 1, "the reason of a change of health quotes the check", new Edit("Control/ServiceTurn.cs", "Reason = after.Explain() });", "Reason = after.Explain() + endpoint.CheckFingerprint });")),
        new("13 ", 8, "failures count however close together their probes began", new Edit("Health/Spacing.cs", "(at - other).Duration() < apart - Resolution", "(at - other).Duration() < TimeSpan.Zero")),
        new("13 ", 2, "a failure that began before the newest pass counts in a row", new Edit("Health/TargetHealth.cs", "var isOlder = PassedAt > at;", "var isOlder = PassedAt > now;")),
        new("13 ", 5, "an inconclusive probe counts as a failure", new Edit("Health/TargetHealth.cs", "_ => known with { LastOfAll = observation,", "_ => known.Failed(observation, at, rule, now, apart) with { LastOfAll = observation,")),
        new("The operator's word", 21, "a freeze holds nothing", new Edit("Control/ServiceTurn.Operations.cs", "Orders.Freeze is { } freeze ? Decide.Paused(", "Orders.Freeze is { } freeze && now < default(DateTimeOffset) ? Decide.Paused("), new Edit("Control/ServiceTurn.Copies.cs", "if (Orders.Freeze is not null)", "if (Orders.Freeze is not null && now < default(DateTimeOffset))")),
        new("A canary is written with care", 2, "a drill writes before it has recorded what", new Edit("Drills/DrillTurn.Canary.cs", "_effects.Add(new Effect.Record(_drill.Name, [new DrillIntended { At = now, Service = _drill.Service, Number = _drill.Number, Provider = provider, Change = change }], []));", string.Empty)),
        new("A canary is written with care", 25, "a canary is taken over from somebody else", new Edit("Drills/WhatIf.cs", "Adopt = false,", "Adopt = true,")),
        new("A canary is written with care", 2, "no probe is made for a drill", new Edit("Drills/DrillTurn.Canary.cs", "if (_drill.Leg != DrillLeg.Away || provider != Lead)", "if (now > default(DateTimeOffset))")),
        new("A drill comes to its end", 2, "a restart forgets the drill under way", new Edit("Control/Controller.Drills.cs", "Drill = resumed is { } began ?", "Drill = resumed is { } began && now < default(DateTimeOffset) ?")),
        new("A drill comes to its end", 2, "a drill that is away is over", new Edit("Drills/DrillTurn.Canary.cs", "if (_drill.Leg == DrillLeg.Return)\n        {\n            End(_drill.From);", "if (_drill.Leg != DrillLeg.Settle)\n        {\n            End(_drill.From);")),
        new("A drill comes to its end", 24, "a second drill begins while one is under way", new Edit("Drills/DrillRules.cs", "=> state.Drill is not { } other ? null", "=> state.Drill is not { Number: < 0 } other ? null")),
        new("A drill comes to its end", 2, "the drains of a live drill outlive it", new Edit("Drills/DrillTurn.Report.cs", "_ended.AddRange(Drains);", "_ = Drains;")),
        new("The operator's word", 9, "a restart forgets the overrides", new Edit("Control/Commands.cs", "Expire(state with { Overrides = Fold(journal) }, now,", "Expire(state with { Overrides = Fold([]) }, now,")),
    ];
}
