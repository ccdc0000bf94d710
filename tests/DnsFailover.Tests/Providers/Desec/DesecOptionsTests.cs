using DnsFailover.Providers.Desec;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Desec;

public sealed class DesecOptionsTests
{
    private const string Text =
        """
        providers:
          desec:
            type: desec
            zone: example.com
            token: "${TSIG_SECRET}"
            smallestTtl: 60s
        services:
          - name: api.example.com
            ttl: 60s
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    [Fact]
    public void The_defaults_are_those_of_deSEC()
    {
        var options = Assert.IsType<DesecOptions>(Yaml.Valid(Text).Providers["desec"].Options);

        Assert.Equal("https://desec.io/api/v1", options.BaseUrl.AbsoluteUri);
        Assert.Equal(TimeSpan.FromMinutes(1), options.SmallestTtl);
        Assert.DoesNotContain(options.Token.Reveal(), options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("    smallestTtl: 60s\n", "", "ttl: 1m is less than a provider of type desec takes; expected at least 1h")]
    [InlineData("ttl: 60s\n    check", "ttl: 30s\n    check", "ttl: 30s is less than a provider of type desec takes; expected at least 1m")]
    [InlineData("    token: \"${TSIG_SECRET}\"\n", "", "desec provider 'desec' has no 'token'; expected an API token")]
    [InlineData("\"${TSIG_SECRET}\"", "\"Token x\"", "token: the value has characters that no API token has (the word 'Token' before it is not part of it); expected an API token")]
    [InlineData("ttl: 60s\n    check", "policy: weighted\n    check", "policy: a provider of type desec has no weights, so service 'api.example.com' cannot be weighted; expected failover or multivalue")]
    public void A_mistake_is_told(string old, string replacement, string problem) =>
        Assert.Contains(problem, Yaml.Parse(Text.Replace(old, replacement, StringComparison.Ordinal)).Errors.Select(error => error.Message));
}
