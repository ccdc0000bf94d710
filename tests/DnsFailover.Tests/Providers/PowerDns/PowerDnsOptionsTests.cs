using DnsFailover.Providers.PowerDns;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.PowerDns;

public sealed class PowerDnsOptionsTests
{
    private const string Text =
        """
        providers:
          dns:
            type: powerdns
            zone: example.com
            apiKey: "${TSIG_SECRET}"
            timeout: 10s
        services:
          - name: api.example.com
            ttl: 5s
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    [Fact]
    public void The_defaults_are_those_of_PowerDNS()
    {
        var options = Assert.IsType<PowerDnsOptions>(Yaml.Valid(Text).Providers["dns"].Options);

        Assert.Equal("http://127.0.0.1:8081/", options.BaseUrl.AbsoluteUri);
        Assert.Equal("localhost", options.ServerId);
        Assert.Empty(options.NameServers);
        Assert.DoesNotContain(options.ApiKey.Reveal(), options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_file_makes_equal_options_and_another_does_not()
    {
        var (one, same) = (Yaml.Valid(Text).Providers["dns"], Yaml.Valid(Text).Providers["dns"]);
        var other = Yaml.Valid(Text.Replace("timeout: 10s", "serverId: west", StringComparison.Ordinal)).Providers["dns"];

        Assert.Equal(one.Options, same.Options);
        Assert.NotEqual(one.Options, other.Options);
    }

    [Theory]
    [InlineData("apiKey: \"${TSIG_SECRET}\"", "serverId: x", "failover.yaml:3:5: powerdns provider has no 'apiKey'; expected an API key")]
    [InlineData("\"${TSIG_SECRET}\"", "\"k\u00e9y\"", "failover.yaml:5:13: apiKey: the value has characters that no HTTP header can carry; expected an API key")]
    [InlineData("timeout: 10s", "serverId: a/b", "failover.yaml:6:15: serverId: 'a/b' has characters other than letters, digits, '-', '_' and '.'; expected a name of letters, digits, '-', '_' and '.'")]
    public void A_mistake_is_told_with_its_place(string old, string replacement, string problem) =>
        Assert.Contains(problem, Yaml.Parse(Text.Replace(old, replacement, StringComparison.Ordinal)).Errors.Select(error => error.ToString()));

    [Fact]
    public void A_key_that_would_travel_in_plain_text_to_another_machine_is_warned_about() =>
        Assert.Contains("plain text", Yaml.OnlyProblem(Text.Replace("timeout: 10s", "baseUrl: http://ns1.example.net:8081", StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Weights_are_refused() =>
        Assert.Contains(Yaml.Parse(Text.Replace("ttl: 5s", "policy: weighted", StringComparison.Ordinal)).Errors, error => error.Message.Contains("has no weights", StringComparison.Ordinal));
}
