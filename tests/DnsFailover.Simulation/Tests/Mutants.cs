namespace DnsFailover.Simulation.Tests;

public sealed class Mutants
{
    private const int MostSeeds = 100;

    [Fact]
    public void The_first_mutant_of_each_invariant_is_caught_by_it()
    {
        var first = Mutant.All.DistinctBy(mutant => mutant.Invariant).ToList(); // the others take their time: --mutants
        var missed = MutantRuns.Go(first, mutant => mutant.Seed, MostSeeds, told: null, TestContext.Current.CancellationToken).Where(caught => caught.Seed is null).Select(caught => $"{caught.Mutant.Invariant}: {caught.Mutant.What}");
        Assert.Empty(missed);
    }

    [Fact]
    public void Every_mutant_has_its_place_in_the_source() => Assert.All(Mutant.All, mutant => MutatedCore.AssertFits(mutant.Edits));

    [Fact]
    public void Every_invariant_has_a_mutant()
    {
        var world = new World(Scenario.Quiet(1));
        Assert.All(Invariant.All(world), invariant => Assert.Contains(Mutant.All, mutant => invariant.Name.StartsWith(mutant.Invariant, StringComparison.Ordinal)));
    }

    [Fact]
    public void Core_compiled_again_without_an_edit_violates_nothing() => Assert.Null(MutatedCore.Load([])(1, 20, string.Empty));
}
