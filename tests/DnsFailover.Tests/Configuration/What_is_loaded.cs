using System.Diagnostics;
using System.Net;
using System.Text;
using DnsFailover.Configuration;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Probing;
using DnsFailover.Providers.Builtin;
using DnsFailover.Providers.Rfc2136;

namespace DnsFailover.Tests.Configuration;

public sealed class What_is_loaded
{
    [Fact]
    public void A_dozen_lines_are_enough_and_every_default_is_filled_in()
    {
        var configuration = Yaml.Valid(Yaml.Dozen);

        var service = Assert.Single(configuration.Services);
        Assert.Equal(("api.example.com", "bind", Policy.Failover, null), (service.Name.ToString(), service.Provider, service.Policy, service.Ttl));
        Assert.Equal((new FailbackRule(FailbackMode.Auto, TimeSpan.FromSeconds(60)) { FlapWindow = TimeSpan.FromHours(1) }, TimeSpan.FromSeconds(30), OnAllDown.Keep, false, false), (service.Failback, service.MinActiveTime, service.OnAllDown, service.Adopt, service.Create));
        Assert.Equal(["railway 0 192.0.2.10", "render 1 198.51.100.20"], service.Endpoints.Select(endpoint => $"{endpoint.Name} {endpoint.Priority} {endpoint.Targets[0].Value}"));
        Assert.All(service.Endpoints, endpoint => Assert.Equal((new HealthRule(2, 3), new ProbeTiming(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)), 1), (endpoint.Rule, endpoint.Timing, endpoint.Weight)));
        Assert.Equal(service.Targets.Select(item => item.Target).Order(), configuration.Checks.Keys.Order());
        Assert.All(configuration.Checks.Values, check => Assert.Equal(
            new HttpCheck { Https = true, Port = 443, Host = "api.example.com", Path = "/healthz", Timeout = TimeSpan.FromSeconds(3) },
            check));

        var options = Assert.IsType<Rfc2136Options>(configuration.Providers["bind"].Options);
        Assert.Equal(("192.0.2.53", 53, "example.com", TimeSpan.FromSeconds(10)), (options.Server, options.Port, options.Zone.ToString(), options.Timeout));
        Assert.Equal(("failover", TsigAlgorithm.HmacSha256, FakeSurroundings.TsigSecret), (options.Tsig!.Name, options.Tsig.Algorithm, options.Tsig.Key.Reveal()));
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromDays(30), "./data"), (configuration.ReconcileInterval, configuration.History, configuration.DataDirectory));
        Assert.Empty(configuration.Notifications);
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Every_key_reaches_its_place()
    {
        const string text =
            """
            reconcileInterval: 1m
            history: 90d
            dataDirectory: /var/lib/dnsfailover
            notifications:
              slack: {webhook: "${HOOK}"}
              audit: {type: webhook, url: "https://example.com/a?key=${KEY}", headers: {x-b: "2", X-A: "${KEY}"}}
            providers:
              dns: {type: rfc2136, server: "[2001:DB8::53]:5353", zone: Example.NET., timeout: 2s, nameServers: [192.0.2.53, "[2001:db8::53]:5354"], tsig: {name: Key.example., algorithm: hmac-sha512, secret: "${TSIG_SECRET}"}}
              local: {type: builtin, zone: go.example.com, listen: "[::1]:0", nameServers: [ns1.example.com, NS2.example.com.]}
            services:
              - name: a.example.net
                provider: dns
                policy: multivalue
                ttl: 1m
                adopt: true
                create: true
                onAllDown: all
                minActiveTime: 2m
                failback: manual
                check:
                  type: https
                  port: 8443
                  host: internal.example.net
                  path: /ready?deep=1
                  method: POST
                  headers: {Authorization: "Bearer ${KEY}", Accept: application/json}
                  status: [204, 200-201]
                  bodyContains: ok
                  bodyMatches: "^o"
                  bodyJson: {path: "checks[0].ok", equals: true}
                  maxBody: 1MiB
                  maxRedirects: 2
                  latencyLimit: 900ms
                  minCertificateDays: 14
                  family: ipv6
                endpoints:
                  - {name: x, addresses: ["2001:DB8:0::1", 192.0.2.1], rise: 4, fall: 5, window: {failures: 2, of: 9}}
                  - {name: y, addresses: [192.0.2.2, "2001:db8::2"], check: {type: tls, latencyLimit: 400ms}, interval: 1s, fastInterval: 250ms}
              - name: b.go.example.com
                provider: local
                policy: weighted
                check: {type: http}
                endpoints:
                  - {name: x, cname: X.Example.org., weight: 9}
                  - {name: y, cname: y.example.org}
            """;
        var surroundings = new FakeSurroundings { Variables = { ["HOOK"] = "https://hooks.slack.com/services/T0/B0/x", ["KEY"] = "abc" } };

        var configuration = Yaml.Valid(text, surroundings);

        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromDays(90), "/var/lib/dnsfailover"), (configuration.ReconcileInterval, configuration.History, configuration.DataDirectory));
        Assert.Equal("https://hooks.slack.com/services/T0/B0/x", Assert.IsType<SlackChannel>(configuration.Notifications["slack"]).Webhook.Reveal());
        var audit = Assert.IsType<WebhookChannel>(configuration.Notifications["audit"]);
        Assert.Equal("https://example.com/a?key=abc", audit.Url.Reveal());
        Assert.Equal(["X-A abc", "x-b 2"], audit.Headers.Select(header => $"{header.Name} {header.Value.Reveal()}"));

        var dns = Assert.IsType<Rfc2136Options>(configuration.Providers["dns"].Options);
        Assert.Equal(("2001:db8::53", 5353, "example.net", TimeSpan.FromSeconds(2), "key.example", TsigAlgorithm.HmacSha512), (dns.Server, dns.Port, dns.Zone.ToString(), dns.Timeout, dns.Tsig!.Name, dns.Tsig.Algorithm));
        Assert.Equal([IPEndPoint.Parse("192.0.2.53:53"), IPEndPoint.Parse("[2001:db8::53]:5354")], dns.NameServers);
        var local = Assert.IsType<BuiltinOptions>(configuration.Providers["local"].Options);
        Assert.Equal((new IPEndPoint(IPAddress.IPv6Loopback, 0), "ns1.example.com, ns2.example.com"), (local.Listen, local.NameServers.ToString()));

        var service = configuration.Services[0];
        Assert.Equal((Policy.Multivalue, TimeSpan.FromMinutes(1), true, true, OnAllDown.All, TimeSpan.FromMinutes(2), FailbackMode.Manual), (service.Policy, service.Ttl, service.Adopt, service.Create, service.OnAllDown, service.MinActiveTime, service.Failback.Mode));
        Assert.Equal((new HealthRule(4, 5, new FailureWindow(2, 9)), 0), (service.Endpoints[0].Rule, service.Endpoints[0].Priority));
        Assert.Equal([new EndpointTarget(RecordType.AAAA, "2001:db8::1"), new EndpointTarget(RecordType.A, "192.0.2.1")], service.Endpoints[0].Targets);
        var check = Assert.IsType<HttpCheck>(configuration.Checks[new TargetId(service.Name, "x", RecordType.A, "192.0.2.1")]);
        Assert.Equal(
            new HttpCheck
            {
                Https = true,
                Port = 8443,
                Host = "internal.example.net",
                Path = "/ready?deep=1",
                Method = "POST",
                Headers = check.Headers,
                Statuses = [new StatusRange(204, 204), new StatusRange(200, 201)],
                BodyContains = "ok",
                BodyMatches = "^o",
                BodyJson = new JsonExpectation("checks[0].ok", "true"),
                MaxBodyBytes = 1024 * 1024,
                MaxRedirects = 2,
                LatencyLimit = TimeSpan.FromMilliseconds(900),
                MinimumCertificateValidity = TimeSpan.FromDays(14),
                Family = ProbeFamily.Ipv6,
                Timeout = TimeSpan.FromSeconds(3),
            },
            check);
        Assert.Equal(["Accept application/json", "Authorization Bearer abc"], check.Headers.Select(header => $"{header.Name} {header.Value.Reveal()}"));

        // A short interval shortens the timeout that nobody wrote, and tls keeps what it has in common with https.
        Assert.Equal(
            new TlsCheck { Port = 8443, Host = "internal.example.net", LatencyLimit = TimeSpan.FromMilliseconds(400), MinimumCertificateValidity = TimeSpan.FromDays(14), Family = ProbeFamily.Ipv6, Timeout = TimeSpan.FromMilliseconds(500) },
            configuration.Checks[new TargetId(service.Name, "y", RecordType.A, "192.0.2.2")]);
        Assert.Equal(new ProbeTiming(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(250)), service.Endpoints[1].Timing);

        var weighted = configuration.Services[1];
        Assert.True(weighted.Create);
        Assert.Equal(["x 9 x.example.org", "y 1 y.example.org"], weighted.Endpoints.Select(endpoint => $"{endpoint.Name} {endpoint.Weight} {endpoint.Targets[0].Value}"));
    }

    [Fact]
    public void Endpoints_come_in_order_of_preference()
    {
        var text = Yaml.With("{name: railway, addresses: [192.0.2.10]}", "{name: railway, addresses: [192.0.2.10], priority: 5}");

        Assert.Equal(["render 1", "railway 5"], Yaml.Valid(text).Services[0].Endpoints.Select(endpoint => $"{endpoint.Name} {endpoint.Priority}"));
    }

    [Fact]
    public void A_fingerprint_changes_with_what_a_probe_proves_and_not_with_how_long_it_may_take()
    {
        var surroundings = new FakeSurroundings { Variables = { ["A"] = "1", ["B"] = "1" } };
        var original = Fingerprint("{type: https, path: /healthz, headers: {X-A: \"${A}\"}}");

        Assert.Equal(original, Fingerprint("{headers: {X-A: \"${A}\"}, path: /healthz, type: https, status: 200-299}"));
        Assert.Equal(original, Fingerprint("{type: https, path: /healthz, headers: {X-A: \"${A}\"}}\n    timeout: 2s"));
        Assert.NotEqual(original, Fingerprint("{type: https, path: /health, headers: {X-A: \"${A}\"}}"));
        Assert.NotEqual(original, Fingerprint("{type: https, path: /healthz, headers: {X-A: \"${B}\"}}"));

        string Fingerprint(string check) => Yaml.Valid(Yaml.With("{type: https, path: /healthz}", check), surroundings).Services[0].Endpoints[0].CheckFingerprint;
    }

    [Fact]
    public void The_same_file_read_twice_is_the_same_configuration()
    {
        var (first, second) = (Yaml.Valid(Yaml.Dozen), Yaml.Valid(Yaml.Dozen + "# a comment\n"));

        Assert.Equal(first.Services, second.Services);
        Assert.Equal(first.Checks, second.Checks);
        Assert.Equal(first.Providers, second.Providers);
        Assert.NotEqual(Yaml.Parse(Yaml.Dozen).Hash, Yaml.Parse(Yaml.Dozen + "# a comment\n").Hash);
    }

    [Fact]
    public void Ten_thousand_endpoints_are_read_without_a_noticeable_wait()
    {
        var text = new StringBuilder(Yaml.Dozen[..Yaml.Dozen.IndexOf("services:", StringComparison.Ordinal)]).Append("defaults: {check: {type: https, path: /healthz}}\nservices:\n");
        for (var index = 0; index < 5000; index++)
        {
            text.Append($"  - name: s{index}.example.com\n    endpoints:\n      - {{name: a, addresses: [10.0.{index / 250}.{(index % 250) + 1}]}}\n      - {{name: b, addresses: [10.1.{index / 250}.{(index % 250) + 1}]}}\n");
        }

        var watch = Stopwatch.StartNew();
        var configuration = Yaml.Valid(text.ToString());

        Assert.Equal(10_000, configuration.Checks.Count);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"it took {watch.Elapsed}; about one second is normal");
    }
}
