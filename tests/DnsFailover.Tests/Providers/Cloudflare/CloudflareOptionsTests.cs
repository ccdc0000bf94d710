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
    public void Weights_of_records_are_refused_with_a_word_on_what_has_weights() =>
        Assert.Contains(
            "failover.yaml:9:13: policy: a provider of type cloudflare has no weights as it is, so service 'api.example.com' cannot be weighted; expected failover or multivalue, or mode: loadBalancing in the provider's entry",
            Yaml.Parse(Text.Replace("ttl: 60s", "policy: weighted", StringComparison.Ordinal)).Errors.Select(error => error.ToString()));

    [Fact]
    public void Load_balancers_have_weights_for_host_names_and_a_smallest_TTL_of_their_own()
    {
        var options = Assert.IsType<CloudflareOptions>(Yaml.Valid(Balanced("ttl: 30s")).Providers["cf"].Options);

        Assert.Equal((CloudflareMode.LoadBalancing, true, "023e105f4ecef8ad9ca31a8372d0c353"), (options.Mode, options.CreateOrigins, options.AccountId));
    }

    [Theory]
    [InlineData("ttl: 29s", "failover.yaml:11:10: ttl: 29s is less than a provider of type cloudflare takes; expected at least 30s")]
    [InlineData("ttl: 30s", "failover.yaml:15:58: weight: 100 is more than a provider of type cloudflare keeps exactly; expected 1 to 99 (only the ratio counts)", "weight: 1}", "weight: 100}")]
    [InlineData("ttl: 30s", "failover.yaml:6:11: mode: 'balancing' is not known; expected records or loadBalancing", "mode: loadBalancing", "mode: balancing")]
    [InlineData("ttl: 30s", "failover.yaml:7:16: accountId: '123' is no account id; expected 32 hexadecimal digits", "023e105f4ecef8ad9ca31a8372d0c353", "123")]
    public void A_mistake_about_load_balancers_is_told_with_its_place(string ttl, string problem, string old = "\n", string replacement = "\n") =>
        Assert.Contains(problem, Yaml.Parse(Balanced(ttl).Replace(old, replacement, StringComparison.Ordinal)).Errors.Select(error => error.ToString()));

    [Theory]
    [InlineData("enterprise: false", "enterprise: false\n    mode: loadBalancing", "failover.yaml:6:17: warning: enterprise: has no effect here; expected mode: records with it")]
    [InlineData("enterprise: false", "createOrigins: true", "failover.yaml:6:20: warning: createOrigins: has no effect here; expected mode: loadBalancing with it")]
    public void A_key_of_the_other_mode_is_warned_of(string old, string replacement, string problem) =>
        Assert.Equal(problem, Yaml.OnlyProblem(Text.Replace(old, replacement, StringComparison.Ordinal)));

    private static string Balanced(string ttl) =>
        $$"""
        providers:
          cf:
            type: cloudflare
            zone: example.com
            token: "${TSIG_SECRET}"
            mode: loadBalancing
            accountId: 023e105f4ecef8ad9ca31a8372d0c353
            createOrigins: true
        services:
          - name: api.example.com
            {{ttl}}
            policy: weighted
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, cname: a.up.railway.app, weight: 1}
              - {name: render, cname: x.onrender.com, weight: 3}

        """;
}
