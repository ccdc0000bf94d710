namespace DnsFailover.Simulation.Tests;

public sealed class Seeds
{
    /// <summary>As many as two cores get through in a few seconds, and enough for every kind of fault; <c>--seeds</c> runs more.</summary>
    private const int Count = 120;

    [Fact]
    public void No_invariant_is_violated()
    {
        var runs = new SeedRuns();
        runs.Go(first: 1, Count, most: 3, told: null, TestContext.Current.CancellationToken);
        Assert.True(runs.Violations.Count == 0, string.Join("\n\n", runs.Violations.Take(1).Select(pair => Report.Of(pair.Key, pair.Value))));
        Assert.True(runs.Commits > Count, $"only {runs.Commits} writes in {runs.Runs} runs: next to nothing was tried");
    }

    [Fact]
    public void Every_kind_of_fault_is_among_them()
    {
        var faults = Enumerable.Range(1, Count).SelectMany(seed => Scenario.Of(seed).Faults).ToList();

        Assert.Equal(typeof(Fault).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Fault))).Select(type => type.Name).Order(), faults.Select(fault => fault.GetType().Name).Distinct().Order());
        Assert.Equal(Enum.GetValues<Ailment>(), faults.OfType<EndpointFails>().Select(fault => fault.Ailment).Distinct().Order());
        Assert.Equal(Enum.GetValues<Illness>(), faults.OfType<ProviderFails>().Select(fault => fault.Illness).Distinct().Order());
        Assert.Equal(Enum.GetValues<Outage>(), faults.OfType<NetworkFails>().Select(fault => fault.Outage).Distinct().Order());
        Assert.Equal(Enum.GetValues<DiskTrouble>(), faults.OfType<DiskFails>().Select(fault => fault.Trouble).Distinct().Order());
        Assert.Equal(Enum.GetValues<Meddling>(), faults.OfType<SomebodyMeddles>().Select(fault => fault.How).Distinct().Order());
        Assert.Equal([false, true], faults.OfType<DrillIsAsked>().Select(fault => fault.Live).Distinct().Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_same_seed_goes_the_same_way(int seed)
    {
        var first = Run.Of(Scenario.Of(seed), tells: true);
        var second = Run.Of(Scenario.Of(seed), tells: true);
        Assert.NotEmpty(first.Story);
        Assert.Equal(first.Story, second.Story);
        Assert.Equal((first.Violation, first.Events, first.Simulated), (second.Violation, second.Events, second.Simulated));
    }

    [Fact]
    public void A_run_that_is_told_goes_the_same_way_as_one_that_is_not()
    {
        var (told, untold) = (Run.Of(Scenario.Of(4), tells: true), Run.Of(Scenario.Of(4)));
        Assert.Equal((untold.Events, untold.Simulated, untold.Commits), (told.Events, told.Simulated, told.Commits));
    }
}
