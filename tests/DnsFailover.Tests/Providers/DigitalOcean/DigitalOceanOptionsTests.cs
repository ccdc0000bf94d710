using DnsFailover.Providers.DigitalOcean;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.DigitalOcean;

public sealed class DigitalOceanOptionsTests
{
    private const string Text =
        """
        providers:
          ocean:
            type: digitalocean
            zone: example.com
            token: "${TSIG_SECRET}"
            timeout: 10s
        services:
          - name: api.example.com
            ttl: 30s
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    [Fact]
    public void The_defaults_are_those_of_DigitalOcean()
    {
        var options = Assert.IsType<DigitalOceanOptions>(Yaml.Valid(Text).Providers["ocean"].Options);

        Assert.Equal("https://api.digitalocean.com/v2", options.BaseUrl.AbsoluteUri);
        Assert.Empty(options.NameServers);
        Assert.Equal(options, Yaml.Valid(Text).Providers["ocean"].Options);
        Assert.DoesNotContain(options.Token.Reveal(), options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ttl: 30s", "ttl: 20s", "failover.yaml:9:10: ttl: 20s is less than a provider of type digitalocean takes; expected at least 30s")]
    [InlineData("\"${TSIG_SECRET}\"", "\"Bearer x\"", "failover.yaml:5:12: token: the value has characters that no API token has; expected an API token")]
    [InlineData("token: \"${TSIG_SECRET}\"", "timeout: 5s", "failover.yaml:3:5: digitalocean provider 'ocean' has no 'token'; expected an API token")]
    public void A_mistake_is_told_with_its_place(string old, string replacement, string problem)
    {
        var text = Text.Replace(old, replacement, StringComparison.Ordinal);
        Assert.Contains(problem, Yaml.Parse(replacement == "timeout: 5s" ? text.Replace("    timeout: 10s\n", string.Empty, StringComparison.Ordinal) : text).Errors.Select(error => error.ToString()));
    }

    [Fact]
    public void Weights_are_refused() =>
        Assert.Contains(Yaml.Parse(Text.Replace("ttl: 30s", "policy: weighted", StringComparison.Ordinal)).Errors, error => error.Message.Contains("has no weights", StringComparison.Ordinal));
}
