namespace DnsFailover.Simulation;

/// <summary>One run of one scenario.</summary>
/// <param name="Violation">What was violated; null when nothing was.</param>
/// <param name="Simulated">How much time passed in it.</param>
/// <param name="Events">How much happened in it.</param>
/// <param name="Commits">How often records were changed.</param>
/// <param name="Story">What happened, where it was asked for.</param>
internal sealed record Run(Violation? Violation, TimeSpan Simulated, long Events, int Commits, IReadOnlyList<string> Story)
{
    /// <summary>Lives through a scenario. The same one always goes the same way.</summary>
    public static Run Of(Scenario scenario, bool tells = false)
    {
        var world = new World(scenario, tells);
        Violation? violation;
        try
        {
            violation = world.Live();
        }
        catch (Exception e) when (world.Watch.Violation is null)
        {
            violation = new Violation("No defect", $"the simulation itself failed: {e}", world.Clock.Now);
        }

        return new Run(violation, world.Clock.Now, world.Agenda.Count, world.Ledger.Commits.Count, world.Story.Lines);
    }
}
