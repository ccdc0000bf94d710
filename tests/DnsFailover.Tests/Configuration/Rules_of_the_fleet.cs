using DnsFailover.Configuration;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Tests.Configuration;

public sealed class Rules_of_the_fleet
{
    private const string Services =
        """
        providers: {local: {type: builtin, zone: example.com}}
        services:
          - name: api.example.com
            check: {type: tcp, port: 443}
            endpoints:
              - {name: x, addresses: [192.0.2.1]}
              - {name: y, addresses: [192.0.2.2]}

        """;

    [Fact]
    public void Without_a_word_there_are_limits_that_a_few_names_never_reach()
    {
        var configuration = Yaml.Valid(Services);

        Assert.Equal(new VelocityRule(10, TimeSpan.FromSeconds(10)), configuration.Rules.Velocity);
        Assert.Equal(new ShareRule(50, 20, TimeSpan.FromMinutes(10)), configuration.Rules.Share);
        var service = configuration.Services[0];
        Assert.Equal((10, 0), (service.SwitchesPerHour, service.Importance));
        Assert.Equal(new FailbackRule(FailbackMode.Auto, TimeSpan.FromSeconds(60)) { FlapWindow = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromHours(1) }, service.Failback);
    }

    [Fact]
    public void Every_limit_can_be_set()
    {
        var configuration = Yaml.Valid(Services.Replace("    check:", "    importance: 7\n    switchesPerHour: 3\n    failback: {mode: approve, delay: 2m, flapWindow: 6h, longestDelay: 20m}\n    check:", StringComparison.Ordinal) + "massChange: {moves: 3, per: 1m}\nswitchShare: {percent: 20, atLeast: 2, within: 1h}\n");

        Assert.Equal(new VelocityRule(3, TimeSpan.FromMinutes(1)), configuration.Rules.Velocity);
        Assert.Equal(new ShareRule(20, 2, TimeSpan.FromHours(1)), configuration.Rules.Share);
        var service = configuration.Services[0];
        Assert.Equal((3, 7), (service.SwitchesPerHour, service.Importance));
        Assert.Equal(new FailbackRule(FailbackMode.Approve, TimeSpan.FromMinutes(2)) { FlapWindow = TimeSpan.FromHours(6), LongestDelay = TimeSpan.FromMinutes(20) }, service.Failback);
    }

    [Fact]
    public void Every_limit_can_be_switched_off()
    {
        var configuration = Yaml.Valid(Services.Replace("    check:", "    switchesPerHour: off\n    failback: {flapWindow: 0s}\n    check:", StringComparison.Ordinal) + "massChange: off\nswitchShare: off\n");

        Assert.Null(configuration.Rules.Velocity);
        Assert.Null(configuration.Rules.Share);
        Assert.Null(configuration.Services[0].SwitchesPerHour);
        Assert.Equal(TimeSpan.Zero, configuration.Services[0].Failback.FlapWindow);
    }

    [Theory]
    [InlineData("massChange: {moves: 0}", "moves: '0' is out of range; expected a whole number from 1 to 100000")]
    [InlineData("massChange: on", "massChange: 'on' is not known; expected off")]
    [InlineData("switchShare: {percent: 101}", "percent: '101' is out of range; expected a whole number from 1 to 100")]
    [InlineData("switchShare: {within: 2d}", "within: '2d' is too long")]
    public void A_limit_that_cannot_be_is_told(string line, string problem)
    {
        var result = Yaml.Parse(Services + line + "\n");
        Assert.Contains(problem, Assert.Single(result.Problems, item => item.Severity == Severity.Error).ToString(), StringComparison.Ordinal);
    }
}
