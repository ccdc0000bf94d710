using DnsFailover.Providers.Route53;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Route53;

public sealed class Route53OptionsTests
{
    [Fact]
    public void A_zone_is_enough()
    {
        var options = Read("zone: example.com");

        Assert.Equal("https://route53.amazonaws.com/", options.BaseUrl.AbsoluteUri);
        Assert.Equal("us-east-1", options.Region);
        Assert.Null(options.Key);
        Assert.Null(options.ZoneId);
    }

    [Theory]
    [InlineData("us-gov-west-1", "https://route53.us-gov.amazonaws.com/")]
    [InlineData("cn-northwest-1", "https://route53.amazonaws.com.cn/")]
    public void Each_partition_has_its_address(string region, string address) => Assert.Equal(address, Read($"zone: example.com, region: {region}").BaseUrl.AbsoluteUri);

    [Fact]
    public void The_variable_of_AWS_own_clients_gives_the_address_and_the_file_goes_before_it()
    {
        var surroundings = new FakeSurroundings { Variables = { ["AWS_ENDPOINT_URL_ROUTE_53"] = "http://localhost:4566/" } };

        Assert.Equal("http://localhost:4566/", Read("zone: example.com", surroundings).BaseUrl.AbsoluteUri);
        Assert.Equal("http://127.0.0.1:1/x", Read("zone: example.com, baseUrl: http://127.0.0.1:1/x/", surroundings).BaseUrl.AbsoluteUri);
    }

    [Fact]
    public void A_variable_that_is_no_address_is_told()
    {
        var surroundings = new FakeSurroundings { Variables = { ["AWS_ENDPOINT_URL_ROUTE_53"] = "localhost:4566" } };

        Assert.Contains("the environment variable AWS_ENDPOINT_URL_ROUTE_53 is no address", Yaml.OnlyProblem(File("zone: example.com"), surroundings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_may_have_its_path_before_it() => Assert.Equal("Z0123", Read("zone: example.com, zoneId: /hostedzone/Z0123").ZoneId);

    [Fact]
    public void A_key_is_looked_up_when_it_is_used()
    {
        var surroundings = new FakeSurroundings { Variables = { ["ID"] = "AKIA1", ["KEY"] = "one" } };
        var options = Read("zone: example.com, accessKeyId: \"${ID}\", secretAccessKey: \"${KEY}\"", surroundings);

        surroundings.Variables["KEY"] = "two";

        Assert.Equal("two", options.Key!.SecretAccessKey.Reveal());
        Assert.DoesNotContain("two", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zone: example.com, region: eu-west-1", "region: 'eu-west-1' is not known")]
    [InlineData("zone: example.com, zoneId: example.com", "zoneId: 'example.com' is none; expected a hosted zone's id")]
    [InlineData("zone: example.com, accessKeyId: \"AKIA1\"", "accessKeyId: its secret half is missing")]
    [InlineData("zone: example.com, secretAccessKey: \"${TSIG_SECRET}\"", "secretAccessKey: whose it is, is missing")]
    [InlineData("zone: example.com, sessionToken: \"${TSIG_SECRET}\"", "sessionToken: it belongs to a key")]
    [InlineData("zone: example.com, profile: dns, accessKeyId: \"AKIA1\", secretAccessKey: \"${TSIG_SECRET}\"", "profile: a key is written too")]
    [InlineData("zone: example.com, baseUrl: route53.amazonaws.com", "baseUrl: 'route53.amazonaws.com' is no http or https address")]
    [InlineData("zone: example.com, baseUrl: \"https://user:word@aws.example\"", "has more than host, port and path")]
    public void Mistakes_are_told(string keys, string problem) => Assert.Contains(problem, Yaml.OnlyProblem(File(keys)), StringComparison.Ordinal);

    [Fact]
    public void A_key_in_plain_text_is_warned_of() =>
        Assert.Contains("secretAccessKey: a secret stands in the file in plain text", Yaml.OnlyProblem(File("zone: example.com, accessKeyId: AKIA1, secretAccessKey: plain")), StringComparison.Ordinal);

    [Fact]
    public void Weighted_services_are_taken() => Yaml.Valid(File("zone: example.com").Replace("check:", "policy: weighted\n    check:", StringComparison.Ordinal));

    private static Route53Options Read(string keys, FakeSurroundings? surroundings = null) => Assert.IsType<Route53Options>(Yaml.Valid(File(keys), surroundings).Providers["aws"].Options);

    private static string File(string keys) =>
        $$"""
        providers:
          aws: {type: route53, {{keys}}}
        services:
          - name: api.example.com
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;
}
