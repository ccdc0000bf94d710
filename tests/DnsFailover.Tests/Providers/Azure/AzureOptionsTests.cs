using DnsFailover.Providers.Azure;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Azure;

public sealed class AzureOptionsTests
{
    private const string Text =
        """
        providers:
          az:
            type: azure
            zone: example.com
            subscription: 12345678-1234-1234-1234-123456789ABC
            resourceGroup: dns-rg
            cloud: public
        services:
          - name: api.example.com
            ttl: 60s
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;

    private const string Application = "clientId: 12345678-1234-1234-1234-123456789abc\n    tenantId: contoso.onmicrosoft.com\n    clientSecret: \"${TSIG_SECRET}\"";

    [Fact]
    public void The_defaults_are_those_of_the_public_cloud()
    {
        var options = Options(Text);

        Assert.Equal("https://management.azure.com/", options.BaseUrl.AbsoluteUri);
        Assert.Equal("https://management.azure.com/.default", options.Cloud.Scope);
        Assert.Equal("12345678-1234-1234-1234-123456789abc", options.Subscription);
        Assert.Null(options.ClientId);
        Assert.Null(options.Secret);
        Assert.Empty(options.NameServers);
        Assert.Equal(TimeSpan.FromSeconds(10), options.Timeout);
    }

    [Theory]
    [InlineData("usgovernment", "https://management.usgovcloudapi.net/", "https://login.microsoftonline.us/")]
    [InlineData("china", "https://management.chinacloudapi.cn/", "https://login.chinacloudapi.cn/")]
    public void A_cloud_has_its_own_addresses(string cloud, string manager, string authority)
    {
        var options = Options(Text.Replace("cloud: public", $"cloud: {cloud}", StringComparison.Ordinal));

        Assert.Equal((manager, authority), (options.BaseUrl.AbsoluteUri, options.Cloud.Authority!.AbsoluteUri));
        Assert.Equal($"{manager}.default", options.Cloud.Scope);
    }

    [Fact]
    public void BaseUrl_outranks_the_clouds_address_and_leaves_the_scope()
    {
        var options = Options(Text.Replace("cloud: public", "cloud: china\n    baseUrl: https://proxy.example.net/arm", StringComparison.Ordinal));

        Assert.Equal(("https://proxy.example.net/arm", "https://management.chinacloudapi.cn/.default"), (options.BaseUrl.AbsoluteUri, options.Cloud.Scope));
    }

    [Fact]
    public void A_client_secret_is_looked_up_later_and_never_shown()
    {
        var options = Options(Text.Replace("cloud: public", Application, StringComparison.Ordinal));

        Assert.Equal("contoso.onmicrosoft.com", options.Secret!.TenantId);
        Assert.DoesNotContain(options.Secret.ClientSecret.Reveal(), options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_file_makes_equal_options_and_another_does_not()
    {
        Assert.Equal(Options(Text), Options(Text));
        Assert.NotEqual(Options(Text), Options(Text.Replace("dns-rg", "other", StringComparison.Ordinal)));
        Assert.NotEqual(Options(Text), Options(Text.Replace("cloud: public", Application, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("cloud: public", "cloud: germany", "failover.yaml:7:12: cloud: 'germany' is not known; expected public, usgovernment or china")]
    [InlineData("cloud: public", "clientSecret: \"${TSIG_SECRET}\"", "failover.yaml:7:19: clientSecret: the tenant of its application is missing; expected tenantId too")]
    [InlineData("cloud: public", "clientSecret: \"${TSIG_SECRET}\"", "failover.yaml:7:19: clientSecret: the application it is of is missing; expected clientId too")]
    [InlineData("cloud: public", "tenantId: contoso.onmicrosoft.com", "failover.yaml:7:15: tenantId: it belongs to a client secret; expected clientSecret too, or neither")]
    [InlineData("cloud: public", "clientId: myapp", "failover.yaml:7:15: clientId: 'myapp' is none; expected a client id such as 12345678-1234-1234-1234-123456789abc")]
    [InlineData("cloud: public", "baseUrl: ftp://x", "failover.yaml:7:14: baseUrl: 'ftp://x' is no http(s) address; expected an http(s) address without user, query and fragment")]
    [InlineData("dns-rg", "a/b", "failover.yaml:6:20: resourceGroup: 'a/b' is none: it has 1 to 90 letters, digits, '-', '_', '.' and brackets, and no '.' at its end; expected a resource group's name")]
    [InlineData("    resourceGroup: dns-rg\n", "", "failover.yaml:3:5: azure provider 'az' has no 'resourceGroup'; expected a resource group's name")]
    public void A_mistake_is_told_with_its_place(string old, string replacement, string problem) =>
        Assert.Contains(problem, Yaml.Parse(Text.Replace(old, replacement, StringComparison.Ordinal)).Errors.Select(error => error.ToString()));

    [Fact]
    public void Weights_are_refused() =>
        Assert.Contains(Yaml.Parse(Text.Replace("ttl: 60s", "policy: weighted", StringComparison.Ordinal)).Errors, error => error.Message.Contains("has no weights", StringComparison.Ordinal));

    [Fact]
    public void A_token_that_would_travel_in_plain_text_is_warned_about() =>
        Assert.Contains("plain text", Yaml.OnlyProblem(Text.Replace("cloud: public", "baseUrl: http://proxy.example.net", StringComparison.Ordinal)), StringComparison.Ordinal);

    private static AzureOptions Options(string text) => Assert.IsType<AzureOptions>(Yaml.Valid(text).Providers["az"].Options);
}
