using DnsFailover.Providers.Hetzner;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Hetzner;

public sealed class HetznerOptionsTests
{
    private const string Text =
        """
        providers:
          hz:
            type: hetzner
            zone: example.com
            token: "${TSIG_SECRET}"
            timeout: 10s
        services:
          - name: api.example.com
            ttl: 60s
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    [Fact]
    public void The_defaults_are_those_of_Hetzner()
    {
        var options = Assert.IsType<HetznerOptions>(Yaml.Valid(Text).Providers["hz"].Options);

        Assert.Equal("https://api.hetzner.cloud/v1", options.BaseUrl.AbsoluteUri);
        Assert.Empty(options.NameServers);
        Assert.Equal(options, Yaml.Valid(Text).Providers["hz"].Options);
        Assert.DoesNotContain(options.Token.Reveal(), options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ttl: 60s", "ttl: 20s", "failover.yaml:9:10: ttl: 20s is less than a provider of type hetzner takes; expected at least 1m")]
    [InlineData("\"${TSIG_SECRET}\"", "\"Bearer x\"", "failover.yaml:5:12: token: the value has characters that no API token has; expected an API token")]
    [InlineData("token: \"${TSIG_SECRET}\"", "timeout: 5s", "failover.yaml:3:5: hetzner provider 'hz' has no 'token'; expected an API token")]
    public void A_mistake_is_told_with_its_place(string old, string replacement, string problem)
    {
        var text = Text.Replace(old, replacement, StringComparison.Ordinal);
        Assert.Contains(problem, Yaml.Parse(replacement == "timeout: 5s" ? text.Replace("    timeout: 10s\n", string.Empty, StringComparison.Ordinal) : text).Errors.Select(error => error.ToString()));
    }

    [Fact]
    public void Weights_are_refused() =>
        Assert.Contains(Yaml.Parse(Text.Replace("ttl: 60s", "policy: weighted", StringComparison.Ordinal)).Errors, error => error.Message.Contains("has no weights", StringComparison.Ordinal));
}
