using DnsFailover.Cli;
using DnsFailover.Core.Definitions;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.SelfCheck;

/// <summary>What failover.yaml may say of our own network.</summary>
public sealed class NetworkKeysTests
{
    private static readonly string Public = Yaml.Dozen.Replace("198.51.100.20", "52.0.0.1", StringComparison.Ordinal);

    [Fact]
    public void Endpoints_on_the_Internet_have_well_known_targets_by_default()
    {
        var configuration = Yaml.Valid(Public);
        Assert.Equal(["tcp://1.1.1.1:443", "tcp://8.8.8.8:443", "dns://9.9.9.9/example.com", "resolver://example.com"], configuration.SelfCheck!.Targets.Select(target => target.Text));
        Assert.Equal(new SelfCheckRule(4, 2, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)), configuration.Rules.SelfCheck);
        Assert.Equal(new MassFailureRule(3, 2, TimeSpan.FromSeconds(30)), configuration.Rules.MassFailure);
    }

    [Theory]
    [InlineData("addresses: [127.0.0.1]", "addresses: [127.0.0.2]")]
    [InlineData("addresses: [10.1.2.3]", "addresses: [192.168.1.1]")]
    [InlineData("addresses: [\"fd00::1\"]", "addresses: [\"fd00::2\"]")]
    [InlineData("cname: app.cluster.internal", "cname: standby.local")]
    public void A_private_network_is_not_judged_by_the_Internet(string first, string second) =>
        Assert.Null(Yaml.Usable(Yaml.With("addresses: [192.0.2.10]", first).Replace("addresses: [198.51.100.20]", second, StringComparison.Ordinal)).SelfCheck);

    [Fact]
    public void A_host_name_on_the_Internet_is_public() => Assert.NotNull(Yaml.Usable(Yaml.With("addresses: [192.0.2.10]", "cname: app.example.net").Replace("addresses: [198.51.100.20]", "cname: b.example.net", StringComparison.Ordinal)).SelfCheck);

    [Fact]
    public void Both_can_be_switched_off_and_set()
    {
        var off = Yaml.Valid(Public + "selfCheck: off\nmassFailure: off\n");
        Assert.Null(off.SelfCheck);
        Assert.Null(off.Rules.SelfCheck);
        Assert.Null(off.Rules.MassFailure);

        var set = Yaml.Valid(Yaml.Dozen + "selfCheck: {targets: [\"tcp://10.0.0.1:22\", \"dns://[fd00::53]:5353/a.test\", \"resolver://a.test\"], timeout: 1s, recheck: 3s}\nmassFailure: {endpoints: 7, vendors: 3, window: 1m}\n");
        Assert.Equal(new SelfCheckRule(3, 2, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)), set.Rules.SelfCheck);
        Assert.Equal(new MassFailureRule(7, 3, TimeSpan.FromMinutes(1)), set.Rules.MassFailure);
    }

    [Fact]
    public void The_vendor_is_the_endpoints_name_unless_it_is_written() =>
        Assert.Equal(["fly", "render"], Yaml.Valid(Yaml.With("name: railway,", "name: railway, vendor: fly,")).Services[0].Endpoints.Select(endpoint => endpoint.Vendor));

    [Theory]
    [InlineData("selfCheck: of", "13:12: selfCheck: 'of' is not known; expected off; did you mean 'off'?")]
    [InlineData("selfCheck: {targets: [1.1.1.1]}", "13:23: targets: '1.1.1.1' has no kind in front; expected tcp://address:port, dns://address/name or resolver://name, such as tcp://192.0.2.1:443")]
    [InlineData("selfCheck: {targets: [\"tcp://10.0.0.1:1\", \"tcp://10.0.0.2:1\", \"tcp://example.com:443\"]}", "13:63: targets: 'tcp://example.com:443' has no address and port (a name would have to be looked up first); expected tcp://address:port, dns://address/name or resolver://name, such as tcp://192.0.2.1:443")]
    [InlineData("selfCheck: {targets: [\"resolver://a.test\", \"resolver://b.test\"], needed: 3}", "13:74: needed: 3 of 2 control targets can never answer; expected 1 to 2")]
    [InlineData("massFailure: {vendors: 0}", "13:24: vendors: '0' is out of range; expected a whole number from 1 to 100")]
    public void Mistakes_are_told_with_their_place(string line, string problem) => Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(Yaml.Dozen.TrimEnd() + "\n" + line + "\n"));

    [Fact]
    public void No_more_than_a_few_targets_are_asked()
    {
        var many = string.Join(", ", Enumerable.Range(1, 17).Select(i => $"\"tcp://10.0.0.{i}:1\""));
        Assert.Contains("there are 17 control targets; expected 16 at the most", Yaml.OnlyProblem(Yaml.Dozen + $"selfCheck: {{targets: [{many}]}}\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_more_endpoints_there_are_the_more_have_to_fail_at_once()
    {
        var service = Public[Public.IndexOf("  - name: api", StringComparison.Ordinal)..];
        var many = Public + string.Concat(Enumerable.Range(1, 29).Select(i => service.Replace("api.example.com", $"s{i}.example.com", StringComparison.Ordinal)));
        Assert.Equal(6, Yaml.Usable(many).Rules.MassFailure!.Endpoints); // of 60
    }

    [Fact]
    public void The_rules_are_told_in_words()
    {
        Assert.Equal(
            [
                "Our own network counts as working when 2 of 4 control targets answer within 2 s at the moment of a failure: tcp://1.1.1.1:443, tcp://8.8.8.8:443, dns://9.9.9.9/example.com, resolver://example.com. Else nothing is written.",
                "When 3 endpoints of 2 vendors and 2 services go down within 30 s, nothing is written until that has lasted for 30 s.",
            ],
            NetworkRules.InWords(Yaml.Valid(Public)));
        Assert.Equal(
            ["Our own network is not checked, since no endpoint has a public address: name targets in your own network under selfCheck to have it.", "However many endpoints go down at once, each is acted on."],
            NetworkRules.InWords(Yaml.Valid(Yaml.Dozen + "massFailure: off\n")));
    }
}
