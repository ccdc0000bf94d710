using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Providers;
using DnsFailover.Providers.Builtin;

namespace DnsFailover.Tests.Configuration;

public sealed class Mistakes_between_keys
{
    [Theory]
    [InlineData("timeout: 10s", "10:14: timeout: 10s is not shorter than the default interval of 10s; expected that a probe ends before the next begins")]
    [InlineData("interval: 5s\n    timeout: 7s", "11:14: timeout: 7s is not shorter than the interval of 5s; expected that a probe ends before the next begins")]
    [InlineData("fastInterval: 11s", "10:19: fastInterval: 11s is longer than the default interval of 10s; expected that confirmations come sooner than scheduled probes")]
    [InlineData("ttl: 10m", "10:10: warning: ttl: clients keep the old answer for up to 10m after a switch; expected 30s to 5m for a name that fails over")]
    [InlineData("policy: weighted", "10:13: policy: a provider of type rfc2136 has no weights, so service 'api.example.com' cannot be weighted; expected failover or multivalue")]
    [InlineData("providers: [bind, bidn]", "10:23: providers: there is no provider 'bidn'; expected bind; did you mean 'bind'?")]
    [InlineData("providers: [bind, bind]", "10:23: providers: 'bind' is listed twice in service 'api.example.com'; expected each provider once")]
    [InlineData("provider: bind\n    providers: [bind]", "11:16: providers: 'provider' is written too (service 'api.example.com'); expected one of them")]
    [InlineData("onDrift: undo", "10:14: onDrift: 'undo' is not known; expected alert, restore or pause")]
    [InlineData("provider: bidn", "10:15: provider: there is no provider 'bidn'; expected bind; did you mean 'bind'?")]
    [InlineData("rise: 2\n    rise: 3", "11:5: key 'rise' is written twice in one map; the first is in line 10")]
    public void In_a_service(string lines, string problem) =>
        Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(Yaml.With("    endpoints:", $"    {lines}\n    endpoints:")));

    [Fact]
    public void A_mistake_in_defaults_is_told_once_where_it_stands()
    {
        var text = "defaults:\n  timeout: 20s\n" + Yaml.Dozen;

        Assert.Equal("failover.yaml:2:12: timeout: 20s is not shorter than the default interval of 10s; expected that a probe ends before the next begins", Yaml.OnlyProblem(text));
    }

    [Fact]
    public void Of_two_keys_that_clash_the_inner_one_is_told()
    {
        var text = "defaults:\n  timeout: 5s\n" + Yaml.With("{name: render,", "{name: render, interval: 4s,");

        Assert.Equal("failover.yaml:14:34: timeout: 5s is not shorter than the interval of 4s; expected that a probe ends before the next begins", Yaml.OnlyProblem(text));
    }

    [Theory]
    [InlineData("{name: RAILWAY, addresses: [198.51.100.20]}", "12:16: endpoint 'RAILWAY' is declared twice in service 'api.example.com'; the first is in line 11")]
    [InlineData("{name: render, addresses: [192.0.2.10]}", "12:36: addresses: '192.0.2.10' is declared twice in service 'api.example.com'; the first is endpoint 'railway' in line 11, and one value cannot be two endpoints")]
    [InlineData("{name: render}", "12:9: endpoint 'render' has neither 'addresses' nor 'cname'; expected one of them, for example addresses: [192.0.2.10]")]
    [InlineData("{name: render, addresses: [198.51.100.20], cname: x.onrender.com}", "12:59: cname: endpoint 'render' has addresses too; expected one of the two, as a CNAME stands alone at its name")]
    [InlineData("{name: render, cname: x.onrender.com}", "12:31: cname: service 'api.example.com' also has addresses (endpoint 'railway', line 11); expected a cname for every endpoint or for none, as a CNAME stands alone at its name")]
    [InlineData("{name: render, addresses: [198.51.100.20], weight: 2}", "12:60: warning: weight: has no effect here; expected the policy weighted with it")]
    [InlineData("{name: render, addresses: [2001:DB8::1, 198.51.100.20, \"2001:db8:0::1\"]}", "12:64: addresses: '2001:db8:0::1' is declared twice in service 'api.example.com'; the first is endpoint 'render' in line 12, and one value cannot be two endpoints")]
    public void Between_endpoints(string endpoint, string problem) =>
        Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(Yaml.With("{name: render, addresses: [198.51.100.20]}", endpoint)));

    [Fact]
    public void One_name_in_two_spellings_is_one_service()
    {
        var text = Yaml.Dozen + "  - {name: API.Example.com., check: {type: tcp, port: 1}, endpoints: [{name: a, addresses: [192.0.2.1]}, {name: b, addresses: [192.0.2.2]}]}\n";

        Assert.Equal("failover.yaml:13:12: service 'API.Example.com.' is declared twice; the first is in line 8 (case and a trailing dot make no difference)", Yaml.OnlyProblem(text));
    }

    [Theory]
    [InlineData("www.example.org")]
    [InlineData("badexample.com")]
    public void A_name_is_in_its_providers_zone(string name) =>
        Assert.Equal($"failover.yaml:8:11: name: '{name}' is not in its provider's zone; expected the zone itself or a name below it, or another provider", Yaml.OnlyProblem(Yaml.With("api.example.com", name)));

    [Fact]
    public void The_top_of_a_zone_cannot_be_a_cname() =>
        Assert.Equal(
            "failover.yaml:11:32: cname: service 'example.com' is the top of its zone, where a CNAME is not allowed; expected 'addresses', or a service below it such as www.example.com",
            Yaml.OnlyProblem(Cnames().Replace("api.example.com", "example.com", StringComparison.Ordinal)));

    [Fact]
    public void A_name_cannot_be_an_alias_of_itself() =>
        Assert.Equal("failover.yaml:11:32: cname: endpoint 'railway' points service 'api.example.com' at itself; expected another host name", Yaml.OnlyProblem(Cnames().Replace("a.up.railway.app", "API.example.com", StringComparison.Ordinal)));

    [Theory]
    [InlineData("policy: multivalue", "10:13: policy: multivalue is not possible with 'cname' (service 'api.example.com'), as a CNAME has one value; expected failover or weighted")]
    [InlineData("onAllDown: all", "10:16: onAllDown: all is not possible with 'cname' (service 'api.example.com'), as a CNAME has one value; expected keep or primary")]
    public void A_cname_has_one_value(string line, string problem) =>
        Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(Cnames().Replace("    endpoints:", $"    {line}\n    endpoints:", StringComparison.Ordinal)));

    [Fact]
    public void Two_cnames_are_not_served_together() =>
        Assert.Equal(
            "failover.yaml:12:57: priority: endpoint 'railway' and endpoint 'render' would be served together, but a CNAME has one value; expected different priorities",
            Yaml.OnlyProblem(Cnames().Replace("cname: x.onrender.com", "cname: x.onrender.com, priority: 0", StringComparison.Ordinal)));

    [Fact]
    public void With_several_providers_a_service_says_which() =>
        Assert.Equal(
            "failover.yaml:9:5: service 'api.example.com' has no 'provider' and there are several; expected one of bind or local, here or in defaults",
            Assert.Single(Yaml.Parse(Yaml.With("services:", "  local: {type: builtin, zone: example.net}\nservices:")).Errors).ToString());

    [Fact]
    public void What_nothing_refers_to_is_warned_of()
    {
        var text = "checks:\n  web: {type: http}\n" + Yaml.With("services:", "  local: {type: builtin, zone: example.net}\nservices:").Replace("    check:", "    provider: bind\n    check:", StringComparison.Ordinal);

        Assert.Equal(
            ["failover.yaml:2:3: warning: check 'web' is not used by any service, endpoint or defaults", "failover.yaml:9:3: warning: provider 'local' is not used by any service"],
            Yaml.Parse(text).Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void A_lonely_endpoint_is_warned_of() =>
        Assert.Equal(
            "failover.yaml:11:9: warning: service 'api.example.com' has one endpoint, so there is nothing to fail over to; expected at least two",
            Yaml.OnlyProblem(Yaml.With("      - {name: render, addresses: [198.51.100.20]}\n", string.Empty)));

    [Theory]
    [InlineData("192.0.2.10, \"2001:db8::10\"", "IPv6", "AAAA")]
    [InlineData("\"2001:db8::10\"", "IPv6", "AAAA")]
    public void A_standby_without_the_primarys_family_is_warned_of(string addresses, string family, string type) =>
        Assert.Equal(
            $"failover.yaml:12:35: warning: addresses: endpoint 'render' has no {family} address but endpoint 'railway' has; after a failover the {type} record would still point at the dead endpoint; expected both families at both, or one family",
            Yaml.OnlyProblem(Yaml.With("192.0.2.10", addresses)));

    [Fact]
    public void A_providers_limits_are_held_against_the_policy()
    {
        var limited = new ProviderKind(
            "single",
            BuiltinOptions.Capabilities with { SeveralValues = false, Weights = false, SmallestTtl = TimeSpan.FromMinutes(1), OwnsRecords = false },
            new Section("single provider", "A test's own.", ProviderKeys.Type("single"), ProviderKeys.Zone),
            (values, _) => values.TryGet(ProviderKeys.Zone, out var zone) ? new BuiltinOptions { Zone = zone, Listen = new(0, 0), NameServers = [] } : null,
            (_, _, _) => throw new InvalidOperationException("it is only validated"),
            (_, _) => throw new InvalidOperationException("it is only validated"));
        const string text =
            """
            providers: {one: {type: single, zone: example.com}}
            defaults: {check: {type: tcp, port: 1}}
            services:
              - {name: a.example.com, policy: multivalue, ttl: 30s, endpoints: [{name: x, addresses: [192.0.2.1]}, {name: y, addresses: [192.0.2.2]}]}
              - {name: b.example.com, onAllDown: all, endpoints: [{name: x, addresses: [192.0.2.1, 192.0.2.3]}, {name: y, addresses: [192.0.2.2], priority: 0}]}
            """;

        var result = ConfigurationLoader.Parse("failover.yaml", System.Text.Encoding.UTF8.GetBytes(text), new FakeSurroundings(), [limited]);

        Assert.Equal(
            [
                "failover.yaml:4:35: policy: a provider of type single holds one address per name, so service 'a.example.com' cannot be multivalue; expected failover",
                "failover.yaml:4:52: ttl: 30s is less than a provider of type single takes; expected at least 1m",
                "failover.yaml:5:38: onAllDown: a provider of type single holds one address per name; expected keep or primary",
                "failover.yaml:5:88: addresses: endpoint 'x' has several A values, but a provider of type single holds one; expected one",
                "failover.yaml:5:145: priority: endpoint 'x' and endpoint 'y' would be served together, but a provider of type single holds one address per name; expected different priorities",
            ],
            result.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void What_a_provider_cannot_do_is_told_where_it_matters()
    {
        var slow = new ProviderKind(
            "slow",
            BuiltinOptions.Capabilities with { AtomicBatch = false, SmallestTtl = TimeSpan.FromHours(1), OwnsRecords = false },
            new Section("slow provider", "A test's own.", ProviderKeys.Type("slow"), ProviderKeys.Zone),
            (values, _) => values.TryGet(ProviderKeys.Zone, out var zone) ? new BuiltinOptions { Zone = zone, Listen = new(0, 0), NameServers = [] } : null,
            (_, _, _) => throw new InvalidOperationException("it is only validated"),
            (_, _) => throw new InvalidOperationException("it is only validated"));
        const string text =
            """
            providers: {one: {type: slow, zone: example.com}}
            defaults: {check: {type: tcp, port: 1}, owner: blue}
            services:
              - {name: a.example.com, create: true, endpoints: [{name: x, addresses: [192.0.2.1, "2001:db8::1"]}, {name: y, addresses: [192.0.2.2, "2001:db8::2"]}]}
              - {name: b.example.com, create: true, ttl: 1h, endpoints: [{name: x, addresses: [192.0.2.1]}, {name: y, addresses: [192.0.2.2]}]}
            """;

        var result = ConfigurationLoader.Parse("failover.yaml", System.Text.Encoding.UTF8.GetBytes(text), new FakeSurroundings(), [slow]);

        Assert.Equal(
            [
                "failover.yaml:2:48: warning: owner: names are not marked at this provider of type slow, so that another controller which steers them is not noticed; expected that no other one writes there",
                "failover.yaml:4:35: create: records that are created without 'ttl' get 1m, less than a provider of type slow takes; expected ttl: 1h or more in service 'a.example.com'",
                "failover.yaml:4:86: warning: addresses: a provider of type slow changes the A and the AAAA records of service 'a.example.com' one after the other, so that for a moment, or until a failed write is mended, they point at different endpoints; expected one family, or a provider that changes both as one",
                "failover.yaml:5:46: warning: ttl: clients keep the old answer for up to 1h after a switch, and a provider of type slow takes no less than 1h; expected another provider for a name that fails over",
            ],
            result.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void An_owner_without_marks_is_warned_of_and_with_them_not()
    {
        Yaml.Valid(Yaml.With("    check:", "    owner: blue\n    check:"));
        Assert.StartsWith(
            "failover.yaml:10:12: warning: owner: names are not marked at this provider of type rfc2136",
            Yaml.OnlyProblem(Yaml.With("    check:", "    owner: blue\n    check:").Replace("    zone:", "    ownerMark: false\n    zone:", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    private static string Cnames() => Yaml.With("addresses: [192.0.2.10]", "cname: a.up.railway.app").Replace("addresses: [198.51.100.20]", "cname: x.onrender.com", StringComparison.Ordinal);
}
