using DnsFailover.Providers.Cloudflare;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareOptionsTests
{
    private const string Text =
        """
        providers:
          cf:
            type: cloudflare
            zone: example.com
            token: "${TSIG_SECRET}"
            enterprise: false
        services:
          - name: api.example.com
            ttl: 60s
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    [Fact]
    public void The_defaults_are_those_of_Cloudflare()
    {
        var options = Assert.IsType<CloudflareOptions>(Yaml.Valid(Text).Providers["cf"].Options);

        Assert.Equal("https://api.cloudflare.com/client/v4", options.BaseUrl.AbsoluteUri);
        Assert.Null(options.ZoneId);
        Assert.Empty(options.NameServers);
        Assert.Equal(TimeSpan.FromSeconds(10), options.Timeout);
        Assert.DoesNotContain(options.Token.Reveal(), options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_file_makes_equal_options_and_another_does_not()
    {
        var (one, same) = (Yaml.Valid(Text).Providers["cf"], Yaml.Valid(Text).Providers["cf"]);
        var other = Yaml.Valid(Text.Replace("enterprise: false", "enterprise: true", StringComparison.Ordinal)).Providers["cf"];

        Assert.Equal(one.Options, same.Options);
        Assert.NotEqual(one.Options, other.Options);
    }

    [Theory]
    [InlineData("ttl: 60s", "ttl: 30s", "failover.yaml:9:10: ttl: 30s is less than a provider of type cloudflare takes; expected at least 1m")]
    [InlineData("enterprise: false", "zoneId: 12345", "failover.yaml:6:13: zoneId: '12345' is no zone id; expected 32 hexadecimal digits")]
    [InlineData("enterprise: false", "baseUrl: ftp://x", "failover.yaml:6:14: baseUrl: 'ftp://x' is no http(s) address; expected an http(s) address without user, query and fragment")]
    [InlineData("enterprise: false", "baseUrl: https://x/?a=b", "failover.yaml:6:14: baseUrl: 'https://x/?a=b' has a query or a fragment; expected an http(s) address without user, query and fragment")]
    [InlineData("token: \"${TSIG_SECRET}\"", "timeout: 5s", "failover.yaml:3:5: cloudflare provider 'cf' has no 'token'; expected an API token")]
    [InlineData("\"${TSIG_SECRET}\"", "\"Bearer x\"", "failover.yaml:5:12: token: the value has characters that no API token has; expected an API token")]
    public void A_mistake_is_told_with_its_place(string old, string replacement, string problem) =>
        Assert.Contains(problem, Yaml.Parse(Text.Replace(old, replacement, StringComparison.Ordinal)).Errors.Select(error => error.ToString()));

    [Fact]
    public void The_enterprise_plan_takes_smaller_TTLs() =>
        Yaml.Valid(Text.Replace("enterprise: false", "enterprise: true", StringComparison.Ordinal).Replace("ttl: 60s", "ttl: 30s", StringComparison.Ordinal));

    [Fact]
    public void A_token_that_would_travel_in_plain_text_is_warned_about() =>
        Assert.Contains("plain text", Yaml.OnlyProblem(Text.Replace("enterprise: false", "baseUrl: http://proxy.example.net/client/v4", StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Weights_are_refused() =>
        Assert.Contains(Yaml.Parse(Text.Replace("ttl: 60s", "policy: weighted", StringComparison.Ordinal)).Errors, error => error.Message.Contains("has no weights", StringComparison.Ordinal));
}
