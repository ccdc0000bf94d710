using DnsFailover.Providers.Webhook;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Webhook;

public sealed class WebhookOptionsTests
{
    private const string Text =
        """
        providers:
          own:
            type: webhook
            zone: example.com
            baseUrl: https://dns.example.net/hooks
            token: "${TSIG_SECRET}"
            weights: true
            smallestTtl: 30s
        services:
          - name: api.example.com
            ttl: 30s
            policy: weighted
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    [Fact]
    public void What_the_server_can_do_is_said_by_the_file()
    {
        var options = Assert.IsType<WebhookOptions>(Yaml.Valid(Text).Providers["own"].Options);

        Assert.True(options.OwnCapabilities is { Weights: true, SeveralValues: true, OwnerMarks: true, ConditionalWrite: true, AtomicBatch: true });
        Assert.Null(options.SigningSecret);
        Assert.DoesNotContain(options.Token!.Reveal(), options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("weights: true", "weights: false", "policy: a provider of type webhook has no weights")]
    [InlineData("ttl: 30s\n    policy: weighted", "ttl: 20s\n    policy: weighted", "ttl: 20s is less than a provider of type webhook takes; expected at least 30s")]
    [InlineData("policy: weighted", "policy: multivalue", null)]
    [InlineData("weights: true", "signingSecret: \"${SHORT}\"", "signingSecret: the value is shorter than 16 characters; expected a secret of at least 16 characters")]
    [InlineData("    baseUrl: https://dns.example.net/hooks\n", "", "webhook provider 'own' has no 'baseUrl'; expected an http(s) address")]
    public void A_mistake_is_told(string old, string replacement, string? problem)
    {
        var surroundings = new FakeSurroundings { Variables = { ["SHORT"] = "short" } };
        var errors = Yaml.Parse(Text.Replace(old, replacement, StringComparison.Ordinal), surroundings).Errors.Select(error => error.Message).ToList();

        Assert.True(problem is null ? errors.Count == 0 : errors.Exists(error => error.Contains(problem, StringComparison.Ordinal)), string.Join(Environment.NewLine, errors));
    }

    [Fact]
    public void One_value_per_name_rules_multivalue_out() =>
        Assert.Contains(
            Yaml.Parse(Text.Replace("weights: true", "severalValues: false", StringComparison.Ordinal).Replace("policy: weighted", "policy: multivalue", StringComparison.Ordinal)).Errors,
            error => error.Message.Contains("holds one address per name", StringComparison.Ordinal));

    [Fact]
    public void A_token_that_would_travel_in_plain_text_is_warned_about() =>
        Assert.Contains("plain text", Yaml.OnlyProblem(Text.Replace("https://dns", "http://dns", StringComparison.Ordinal)), StringComparison.Ordinal);
}
