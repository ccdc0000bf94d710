using DnsFailover.Core.Definitions;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Definitions;

public sealed class HoldBackTests
{
    private static readonly FleetRules Rules = new() { Velocity = new VelocityRule(10, Seconds(10)), Share = new ShareRule(50, 20, TimeSpan.FromMinutes(10)) };

    [Fact]
    public void A_few_names_are_held_back_by_what_they_do_themselves() =>
        Assert.Equal(["if it just moved", "if it keeps moving"], HoldBack.Of(TwoEndpoints with { SwitchesPerHour = 10 }, Rules, services: 3).Select(holdBack => holdBack.When));

    [Fact]
    public void Without_limits_nothing_holds_back() => Assert.Empty(HoldBack.Of(TwoEndpoints with { MinActiveTime = TimeSpan.Zero }, new FleetRules(), services: 1000));

    [Theory]
    [InlineData(10, 0, 0)]
    [InlineData(11, 10, 0)]
    [InlineData(20, 10, 0)]
    [InlineData(21, 20, 600)]
    [InlineData(40, 30, 600)]
    [InlineData(41, 40, 600)]
    [InlineData(100, 90, 600)]
    public void Many_names_wait_for_each_other(int services, double velocity, double share)
    {
        var holdBacks = HoldBack.Of(TwoEndpoints with { MinActiveTime = TimeSpan.Zero }, Rules, services).ToList();
        Assert.Equal(Seconds(velocity), holdBacks.Find(holdBack => holdBack.When == "if all names move")?.Longest ?? TimeSpan.Zero);
        Assert.Equal(Seconds(share), holdBacks.Find(holdBack => holdBack.When == "if most names move")?.Longest ?? TimeSpan.Zero);
        Assert.All(holdBacks, holdBack => Assert.Contains($"{services}", holdBack.Why, StringComparison.Ordinal));
    }
}
