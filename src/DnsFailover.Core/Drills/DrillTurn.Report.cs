using DnsFailover.Core.Alerts;

namespace DnsFailover.Core.Drills;

/// <summary>What a drill showed, held against what validate promises.</summary>
internal sealed partial class DrillTurn
{
    /// <summary>The steps of the leg that ends. One that took longer than its bound fails the drill.</summary>
    private void EndPhases()
    {
        var phases = (_drill.Leg switch
        {
            DrillLeg.Away => AwayPhases(),
            DrillLeg.Return => ReturnPhases(),
            _ => [],
        }).ToList();
        _drill = _drill with { Phases = _drill.Phases.Concat(phases).ToValueList(), To = _drill.Leg == DrillLeg.Away ? Reached() : _drill.To };
        if (phases.Find(phase => !phase.Ok) is { } late && _drill.Failure is null)
        {
            Fail(new DrillFailure(late.Sentence, late.What switch
            {
                "decide" or "read" => "Find out which is slow, the probe of the standby or the reading of the records: `dnsfailover check` and `dnsfailover doctor` show both.",
                "write" => "The provider is slower than it is given time for: raise its timeout, which raises what validate promises, or look at its status page.",
                _ => "The name servers follow too late: look at NOTIFY and at transfers between them.",
            }));
        }
    }

    private string? Reached() => _drill.Copies.Values.FirstOrDefault(copy => copy is { WrittenAt: not null, Live: not null }) is { Live: { } live } ? Named(_drill.Definition, live) : null;

    private IEnumerable<DrillPhase> AwayPhases()
    {
        var (copies, since, bound) = (_drill.Copies, _drill.LegSince, _drill.Bound);
        var intended = copies.Values.Select(copy => copy.IntentAt).Where(at => at is not null).Min();
        var proofs = string.Join("; ", _drill.Probes.Select(pair => $"{pair.Key}: {pair.Value.Result?.Reason ?? "no answer"}"));
        yield return Phase("decide", where: null, intended - since, bound.Decision, proofs.Length > 0 ? proofs : intended is null ? "nothing was decided" : "the standby is proven");
        foreach (var (provider, copy) in copies)
        {
            yield return Phase("read", provider, copy.ReadAt - since, bound.Decision, copy.Trouble ?? "the records were read");
            yield return Phase("write", provider, copy.WrittenAt - copy.IntentAt, DrillRules.TimeoutOf(state, provider), copy.Trouble ?? copy.Change?.ToString() ?? "nothing was written");
            foreach (var phase in Verifications(provider, copy))
            {
                yield return phase;
            }
        }

        yield return Phase("answered", where: null, copies.Values.All(IsAnswered) ? copies.Values.Max(AnsweredAt) - since : null, bound.Decision + bound.Write, "all of this together");
    }

    private static IEnumerable<DrillPhase> Verifications(string provider, DrillCopy copy) =>
        copy.Verification is not { } verification ? [new DrillPhase("verify", provider, Took: null, Bound: null, Ok: false, "nothing was verified")]
        : verification.Servers.Count == 0 ? [new DrillPhase("verify", provider, copy.EndedAt - copy.WrittenAt, Bound: null, verification.Verified, verification.Reason)]
        : verification.Servers.Select(server => new DrillPhase("verify", server.Server, server.Took, Bound: null, server.Verified, server.Sentence));

    private IEnumerable<DrillPhase> ReturnPhases()
    {
        var moved = _drill.Copies.Values.Where(copy => copy.Change is not null || copy.EndedAt is null).ToList();
        if (moved.Count > 0)
        {
            var bound = _drill.Bound.Decision + _drill.Bound.Write;
            yield return Phase("return", where: null, moved.TrueForAll(IsAnswered) ? moved.Max(AnsweredAt) - _drill.LegSince : null, bound, moved.Select(copy => copy.Trouble ?? (copy.Verification is { Verified: false } late ? late.Reason : null)).OfType<string>().FirstOrDefault() ?? $"back to {_drill.From}");
        }
    }

    private static bool IsAnswered(DrillCopy copy) => copy is { WrittenAt: not null, Verification.Verified: true };

    /// <summary>When the last name server answered it.</summary>
    private static DateTimeOffset? AnsweredAt(DrillCopy copy) => copy.Verification!.Servers is { Count: > 0 } servers ? copy.WrittenAt + servers.Max(server => server.Took) : copy.EndedAt;

    private static DrillPhase Phase(string what, string? where, TimeSpan? took, TimeSpan bound, string says) => new(what, where, took, bound, took <= bound, says);

    /// <summary>It is over.</summary>
    private void End(string? from)
    {
        var answered = _drill.Phases.FirstOrDefault(phase => phase.What == "answered")?.Took;
        var bound = _drill.Bound;
        var what = _drill.Live ? _drill.Service.ToString() : $"{_drill.Name}, in place of {_drill.Service},";
        _ended.AddRange(Drains);
        Report = new DrillReport
        {
            Number = _drill.Number,
            Live = _drill.Live,
            Name = _drill.Name,
            Actor = _drill.Actor,
            BeganAt = _drill.BeganAt,
            Took = now - _drill.BeganAt,
            Result = _drill.Failure is null && from is not null ? DrillResult.Passed : DrillResult.Failed,
            From = _drill.From,
            To = _drill.To,
            Phases = _drill.Phases,
            Reason = _drill.Failure?.Reason
                ?? $"{what} was answered with {_drill.To} everywhere {Text.Of(answered ?? TimeSpan.Zero)} after the decision began (at most {Text.Of(bound.Decision + bound.Write)}), and with {_drill.From} again at the end. To notice a failure takes up to {Text.Of(bound.Detection)} more: {Text.Of(bound.Detection + (answered ?? TimeSpan.Zero))} in all, of at most {Text.Of(bound.ToAnswer)}",
            Next = _drill.Failure?.Next ?? "Nothing to do.",
        };
        Say($"{(Report.Result == DrillResult.Passed ? "PASS" : "FAIL")}: {Report.Reason}");
    }

    /// <summary>What people are told at the end: one message.</summary>
    public static Alert AlertOf(Records.DnsName service, DrillReport report, DateTimeOffset now) => new()
    {
        Kind = report.Result == DrillResult.Passed ? AlertKind.DrillPassed : AlertKind.DrillFailed,
        At = now,
        Service = service,
        Title = $"{(report.Live ? "the live drill" : "the drill")} of {service} {(report.Result == DrillResult.Passed ? "passed" : "failed")}",
        From = report.From,
        To = report.To,
        Reason = report.Reason,
        Evidence = report.Phases.Select(phase => phase.Sentence).ToValueList(),
        Next = report.Next,
    };
}
