using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Probing;

namespace DnsFailover.Tests.Configuration;

public sealed class Inheritance
{
    private const string Head =
        """
        providers: {local: {type: builtin, zone: example.com}}
        checks:
          web: {type: https, path: /web, port: 1000, bodyContains: web}
          deep: {type: https, path: /deep, method: POST}
          db: {type: tcp, port: 5432}
        defaults:
          check: {use: web, port: 2000, status: 204}
          interval: 20s
          rise: 5
          failback: {mode: manual, delay: 9m}

        """;

    [Fact]
    public void A_check_is_laid_together_key_by_key_from_the_outside_in()
    {
        var check = Http("{path: /service, headers: {a: s}}", "{path: /endpoint, maxRedirects: 1}");

        // From: check named by defaults, keys of defaults, keys of the service, keys of the endpoint.
        Assert.Equal(("web", 2000, "204", "a", "/endpoint", 1), (check.BodyContains, check.Port, check.Statuses.ToString(), check.Headers[0].Name, check.Path, check.MaxRedirects));
    }

    [Fact]
    public void A_check_named_further_in_outranks_keys_written_further_out()
    {
        var check = Http("{path: /service, maxRedirects: 3}", "deep");

        Assert.Equal(("/deep", "POST", 3, 2000), (check.Path, check.Method, check.MaxRedirects, check.Port));
    }

    [Fact]
    public void Keys_beside_a_named_check_outrank_it()
    {
        var check = Http("{use: deep, path: /service}", null);

        Assert.Equal(("/service", "POST"), (check.Path, check.Method));
    }

    [Fact]
    public void A_type_further_in_leaves_aside_what_it_has_no_use_for()
    {
        var check = Assert.IsType<TcpCheck>(Check("db", null));

        Assert.Equal((5432, TimeSpan.FromSeconds(3)), (check.Port, check.Timeout));
    }

    [Fact]
    public void A_key_further_in_than_the_type_must_fit_it()
    {
        var result = Yaml.Parse(File("db", "{path: /x}"));

        Assert.Equal("failover.yaml:15:57: path: a check of type tcp does not have this key; expected type, port, latencyLimit or family", Assert.Single(result.Errors).ToString());
    }

    [Fact]
    public void Other_keys_go_from_defaults_to_service_to_endpoint()
    {
        var text = File("web", null).Replace("    check: web", "    check: web\n    rise: 6\n    failback: {mode: auto}", StringComparison.Ordinal).Replace("{name: y,", "{name: y, rise: 7, timeout: 2s,", StringComparison.Ordinal);

        var service = Yaml.Usable(text).Services[0];

        Assert.Equal([6, 7], service.Endpoints.Select(endpoint => endpoint.Rule.Rise));
        Assert.Equal([3, 2], service.Endpoints.Select(endpoint => endpoint.Timing.Timeout.TotalSeconds));
        Assert.All(service.Endpoints, endpoint => Assert.Equal(TimeSpan.FromSeconds(20), endpoint.Timing.Interval));

        // failback is one key and is inherited as a whole: the delay is the default again.
        Assert.Equal(new FailbackRule(FailbackMode.Auto, TimeSpan.FromSeconds(60)) { FlapWindow = TimeSpan.FromHours(1) }, service.Failback);
    }

    private static string File(string service, string? endpoint) => Head +
        $$"""
        services:
          - name: api.example.com
            check: {{service}}
            endpoints:
              {{(endpoint is null ? "- {name: x, addresses: [192.0.2.1]}" : $"- {{name: x, addresses: [192.0.2.1], check: {endpoint}}}")}}
              - {name: y, addresses: [192.0.2.2]}

        """;

    private static CheckDefinition Check(string service, string? endpoint) =>
        Yaml.Usable(File(service, endpoint)).Checks[new TargetId(DnsName.Parse("api.example.com"), "x", RecordType.A, "192.0.2.1")];

    private static HttpCheck Http(string service, string? endpoint) => Assert.IsType<HttpCheck>(Check(service, endpoint));
}
