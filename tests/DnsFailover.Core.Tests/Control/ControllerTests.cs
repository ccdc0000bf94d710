using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Control;

/// <summary>What the state machine does for all services together: in which order, when, and how often.</summary>
public sealed class ControllerTests
{
    private static readonly FleetRules OneAtATime = new() { Velocity = new VelocityRule(1, Seconds(10)) };

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public void Of_what_becomes_free_at_one_moment_the_most_important_goes_first(int first, int second)
    {
        ServiceDefinition[] services = [TwoEndpoints with { Importance = first }, NetworkTests.Other("www", 1) with { Importance = second }];
        var watch = NetworkTests.Over(services, OneAtATime).Says(OverrideKind.Freeze, ofAll: true).Fails(P, "192.0.2.10").Run(40);
        watch.TakesBack(OverrideKind.Freeze, ofAll: true).Run(60);

        var important = services.MaxBy(service => service.Importance)!.Name;
        Assert.Equal([important, services.Single(service => service.Name != important).Name], watch.Intents.Select(intent => intent.Service!.Value));
    }

    [Fact]
    public void Each_override_ends_when_its_own_time_is_over()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var begun = watch.Now;
        watch.Says(OverrideKind.Drain, "standby", forSeconds: 3600).Says(OverrideKind.Freeze, forSeconds: 20).Run(60);

        Assert.Equal(begun + Seconds(20), Assert.Single(watch.Journal.OfType<OverrideEnded>()).At);
        Assert.Equal(OverrideKind.Drain, Assert.Single(watch.State.Overrides).Kind);
    }

    [Fact]
    public void A_freeze_of_everything_is_of_no_endpoint()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        var said = new Override(OverrideKind.Freeze, Service: null, "primary", "release", "alice", watch.Now, watch.Now + Seconds(60));
        var (state, _) = Controller.Step(watch.State, new ControllerEvent.OperatorCommanded(new OperatorCommand.Begin(said)), watch.Now);
        Assert.Null(Assert.Single(state.Overrides).Endpoint);
    }

    [Fact]
    public void The_journal_of_a_start_may_be_read_only_once()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze).Fails(P).Run(60);
        var journal = new Queue<JournalEntry>(watch.Journal);
        var (state, _) = Controller.Start(Watch.Configured(TwoEndpoints), Drained(), watch.Now);

        Assert.Single(state.Overrides);
        Assert.NotEmpty(state.Services[Name].Conditions);

        IEnumerable<JournalEntry> Drained()
        {
            while (journal.TryDequeue(out var entry))
            {
                yield return entry;
            }
        }
    }

    [Fact]
    public void A_configuration_is_journalled_as_taken_or_not()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("a"));
        watch.Post(Seconds(60), new ControllerEvent.ConfigurationRejected("b"));
        watch.Run(120).Reload(TwoEndpoints);

        Assert.Equal([("a", false), ("b", false), ("failover.yaml changed", true)], watch.Journal.OfType<ConfigurationChanged>().Select(entry => (entry.Reason, entry.Accepted)));
        Assert.Equal([AlertKind.ReloadRejected, AlertKind.ReloadRejected, AlertKind.Recovered], watch.AlertKinds);
        Assert.Equal(Seconds(120), watch.Alerts[^1].Downtime); // since the first
    }

    [Fact]
    public void What_the_journal_owes_of_the_daemon_as_a_whole_is_tried_every_five_seconds()
    {
        var watch = Watch.Settled(TwoEndpoints, P);
        watch.JournalFails = () => true;
        watch.Post(Seconds(0), new ControllerEvent.ConfigurationRejected("a"));
        watch.Run(1);
        watch.Effects.Clear();
        watch.Run(60);

        Assert.Equal(12, watch.Effects.Count(effect => effect.Contains(nameof(ConfigurationChanged), StringComparison.Ordinal)));
    }

    [Fact]
    public void The_end_of_a_freeze_of_everything_is_recorded_in_front_of_what_follows_from_it()
    {
        var watch = Watch.Settled(TwoEndpoints, P).Says(OverrideKind.Freeze, ofAll: true).Fails(P).Run(40).TakesBack(OverrideKind.Freeze, ofAll: true).Run(10);

        var ended = watch.Journal.FindIndex(entry => entry is OverrideEnded);
        Assert.InRange(watch.Journal.FindIndex(entry => entry is ConditionCleared), ended + 1, watch.Journal.Count);
    }
}
