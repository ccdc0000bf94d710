using DnsFailover.Core.Definitions;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Definitions;

public sealed class HoldBackTests
{
    private static readonly FleetRules Rules = new() { Velocity = new VelocityRule(10, Seconds(10)), Share = new ShareRule(50, 20, TimeSpan.FromMinutes(10)) };

    [Fact]
    public void A_few_names_are_held_back_by_what_they_do_themselves() =>
        Assert.Equal(["if it just moved", "if it keeps moving"], HoldBack.Of(TwoEndpoints with { SwitchesPerHour = 10 }, Rules, services: 3, Seconds(12)).Select(holdBack => holdBack.When));

    [Fact]
    public void Without_limits_nothing_holds_back() => Assert.Empty(HoldBack.Of(TwoEndpoints with { MinActiveTime = TimeSpan.Zero }, new FleetRules(), services: 1000, Seconds(12)));

    [Theory]
    [InlineData(10, 0, 0)]
    [InlineData(11, 23, 0)]
    [InlineData(20, 23, 0)]
    [InlineData(21, 46, 612)]
    [InlineData(40, 69, 612)]
    [InlineData(41, 92, 612)]
    [InlineData(100, 207, 612)]
    public void Many_names_wait_for_each_other(int services, double velocity, double share)
    {
        var holdBacks = HoldBack.Of(TwoEndpoints with { MinActiveTime = TimeSpan.Zero }, Rules, services, Seconds(12)).ToList();
        Assert.Equal(Seconds(velocity), holdBacks.Find(holdBack => holdBack.When == "if all names move")?.Longest ?? TimeSpan.Zero);
        Assert.Equal(Seconds(share), holdBacks.Find(holdBack => holdBack.When == "if most names move")?.Longest ?? TimeSpan.Zero);
        Assert.All(holdBacks, holdBack => Assert.Contains($"{services}", holdBack.Why, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 0)] // several endpoints of one service may well fail together
    [InlineData(2, (5 * 30) + (3 * 1) + 2)]
    public void What_is_taken_for_a_fault_of_ours_is_held_for_so_long(int services, double longest)
    {
        var rules = new FleetRules { MassFailure = new MassFailureRule(3, 2, Seconds(30)) };
        var held = HoldBack.Of(TwoEndpoints with { MinActiveTime = TimeSpan.Zero }, rules, services, Seconds(12)).SingleOrDefault();
        Assert.Equal(Seconds(longest), held?.Longest ?? TimeSpan.Zero);
        Assert.True(held is null || held.Why == "massFailure: until nothing more has failed for 30 s, 2 min at the most, after up to 30 s until it is noticed; then 5 s for new probes", held?.Why);
    }
}
