using System.Collections.Concurrent;
using System.Diagnostics;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Metrics;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Metrics;

public sealed class DecisionTracesTests
{
    private const string Name = "api.traces.test";

    [Fact]
    public async Task A_failover_is_one_trace_with_a_span_for_each_of_its_parts()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DecisionTraces.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write($$"""
            providers: {local: {type: builtin, listen: "127.0.0.1:0", zone: traces.test} }
            selfCheck: off
            massFailure: off
            services:
              - {name: {{Name}}, provider: local, {{Workplace.Quick}}, endpoints: [{{primary.Yaml("primary")}}, {{standby.Yaml("standby")}}]}
            """);
        await using var daemon = await RunningDaemon.StartAsync(place.Config, data: null);
        await daemon.VerifiedAsync(1);
        await daemon.IsAsync(Name, "standby", HealthStatus.Up);
        await primary.KillAsync();
        await Eventually.HoldsAsync(() => ended.Any(span => span.DisplayName == $"failover {Name}"), () => $"a trace; there are {string.Join(", ", ended.Select(span => span.DisplayName))}");

        var whole = ended.Single(span => span.DisplayName == $"failover {Name}");
        var intent = daemon.Intents.Single(one => one.Reason == (string)whole.GetTagItem("dnsfailover.decision.reason")!);
        var outcome = daemon.Entries.OfType<OutcomeRecorded>().Single(one => one.ChangeId == intent.Change.Id);
        var parts = ended.Where(span => span.TraceId == whole.TraceId && span != whole).OrderBy(span => span.StartTimeUtc).ThenBy(span => span.Duration).ToList();
        Assert.Equal(["decide", "detect", "read", "verify", "write"], parts.Select(span => span.DisplayName).Order());
        Assert.All(parts, part => Assert.Equal(whole.SpanId, part.ParentSpanId));
        Assert.All(parts, part => Assert.InRange(part.StartTimeUtc + part.Duration, whole.StartTimeUtc, whole.StartTimeUtc + whole.Duration));
        Assert.Equal(default, whole.ParentSpanId);
        Assert.Equal(intent.FirstFailureAt!.Value.UtcDateTime, whole.StartTimeUtc);
        Assert.Equal(outcome.At - intent.FirstFailureAt.Value, whole.Duration);
        Assert.Equal((intent.VerdictAt - intent.FirstFailureAt, outcome.Timings!.Write, outcome.Timings.Verification), (Took("detect"), Took("write"), Took("verify")));
        Assert.Equal(outcome.DecisionId, whole.GetTagItem("dnsfailover.decision.id"));
        Assert.Equal($"{Name}#{outcome.ChangeId}", outcome.DecisionId);
        Assert.Equal("verified", whole.GetTagItem("dnsfailover.outcome"));

        TimeSpan? Took(string part) => parts.Single(span => span.DisplayName == part).Duration;
    }
}
