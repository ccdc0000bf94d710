namespace DnsFailover.Simulation.Tests;

public sealed class Mutants
{
    private const int MostSeeds = 400;

    [Fact]
    public void Every_mutant_is_caught_by_the_invariant_that_it_is_planted_for()
    {
        var missed = MutantRuns.Go(Mutant.All, MostSeeds, told: null, TestContext.Current.CancellationToken).Where(caught => caught.Seeds is null).Select(caught => $"{caught.Mutant.Invariant}: {caught.Mutant.What}");
        Assert.Empty(missed);
    }

    [Fact]
    public void Every_invariant_has_a_mutant()
    {
        var world = new World(Scenario.Quiet(1));
        Assert.All(Invariant.All(world), invariant => Assert.Contains(Mutant.All, mutant => invariant.Name.StartsWith(mutant.Invariant, StringComparison.Ordinal)));
    }

    [Fact]
    public void Core_compiled_again_without_an_edit_violates_nothing() => Assert.Null(MutatedCore.Load([])(1, 20, string.Empty));
}
