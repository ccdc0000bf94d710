using DnsFailover.Providers.Google;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Google;

public sealed class GoogleOptionsTests
{
    [Fact]
    public void A_zone_and_a_project_are_enough()
    {
        var options = Read("zone: example.com, project: acme-dns");

        Assert.Equal("https://dns.googleapis.com/", options.BaseUrl.AbsoluteUri);
        Assert.Equal("acme-dns", options.Project);
        Assert.Null(options.ManagedZone);
        Assert.Null(options.Credentials);
        Assert.Equal(options, Read("zone: example.com, project: acme-dns"));
        Assert.NotEqual(options, Read("zone: example.com, project: acme-dns, managedZone: example-com"));
    }

    [Theory]
    [InlineData("zone: example.com", "google provider 'gcp' has no 'project'; expected a project's id")]
    [InlineData("zone: example.com, project: Acme DNS", "project: 'Acme DNS' is none (the id, not the display name)")]
    [InlineData("zone: example.com, project: p, managedZone: example.com", "managedZone: 'example.com' is none; expected a managed zone's name such as example-com, or its id; did you mean 'example-com'?")]
    [InlineData("zone: example.com, project: p, baseUrl: dns.googleapis.com", "baseUrl: 'dns.googleapis.com' is no http(s) address")]
    [InlineData("zone: example.com, project: p, credentials: \"\"", "credentials: '' is no path")]
    public void Mistakes_are_told(string keys, string problem) => Assert.Contains(problem, Yaml.OnlyProblem(File(keys)), StringComparison.Ordinal);

    [Fact]
    public void A_key_in_place_of_its_path_is_told_and_not_repeated()
    {
        var problem = Yaml.OnlyProblem(File("zone: example.com, project: p, credentials: '{\"type\": \"service_account\", \"private_key\": \"MIIE-secret\"}'"));

        Assert.Contains("credentials: the value is no path", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("MIIE", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Weighted_services_are_taken() => Yaml.Valid(File("zone: example.com, project: p").Replace("check:", "policy: weighted\n    check:", StringComparison.Ordinal));

    private static GoogleOptions Read(string keys) => Assert.IsType<GoogleOptions>(Yaml.Valid(File(keys)).Providers["gcp"].Options);

    private static string File(string keys) =>
        $$"""
        providers:
          gcp: {type: google, {{keys}}}
        services:
          - name: api.example.com
            check: {type: https, path: /healthz}
            endpoints:
              - {name: railway, addresses: [192.0.2.10]}
              - {name: render, addresses: [198.51.100.20]}

        """;
}
