using System.Globalization;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>
/// The daemon is killed hundreds of times, wherever it happens to be, while a real BIND serves the zone and endpoints
/// fail and recover. Several daemons are killed side by side, each with names, a journal and endpoints of its own.
/// DNSFAILOVER_KILLS asks for more kills; DNSFAILOVER_KILL_SEED repeats what was chosen at random (the moments of a real
/// process are never quite the same).
/// </summary>
public sealed class ManyKillsTests
{
    private const int Kills = 200;

    /// <summary>From a switch to the next, for each lane: with none there are most switches, with the longest several starts fall into one.</summary>
    private static readonly TimeSpan[] MinActiveTimes = [TimeSpan.Zero, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];

    [Fact]
    public async Task Killed_at_random_moments_again_and_again_it_never_empties_the_name_and_loses_no_switch_and_no_alert()
    {
        var ended = TestContext.Current.CancellationToken;
        var seed = Asked("DNSFAILOVER_KILL_SEED") ?? Random.Shared.Next();
        var kills = Asked("DNSFAILOVER_KILLS") ?? Kills;
        await using var named = await NamedServer.StartAsync("example.test", new NamedOptions { Records = KilledName.Records(MinActiveTimes.Length * KilledLane.Names) }, ended);
        var began = System.Diagnostics.Stopwatch.StartNew();

        var figures = await Task.WhenAll(MinActiveTimes.Select((minActiveTime, number) => Task.Run(() => LaneAsync(named, number, minActiveTime, seed), ended)));

        var told = $"seed {seed}, {began.Elapsed.TotalSeconds:0} s: {string.Join("; ", figures.Select(figure => figure.ToString()))}";
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.True(figures.Sum(figure => figure.Kills) >= kills, told);
        Assert.True(figures.Sum(figure => figure.Switches) >= kills / 10, $"hardly anything was switched, {told}");
        Assert.True(figures.Sum(figure => figure.Interrupted) > 0, $"no kill fell between an intent and its outcome, {told}");

        async Task<KilledLane.Figures> LaneAsync(NamedServer named, int number, TimeSpan minActiveTime, int seed)
        {
            await using var lane = await KilledLane.StartAsync(named, number, minActiveTime, new Random(unchecked(seed + number)));
            try
            {
                for (var kill = number; kill < kills; kill += MinActiveTimes.Length)
                {
                    await lane.LiveAndDieAsync();
                }

                await lane.EndInPeaceAsync();
                return await lane.JudgeAsync();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Assert.Fail($"DNSFAILOVER_KILL_SEED={seed}, lane {number}: {e.Message}\n{lane.Story}\n{e.StackTrace}");
                throw;
            }
        }
    }

    private static int? Asked(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
