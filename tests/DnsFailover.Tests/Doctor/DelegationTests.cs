using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Doctor;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Doctor;

/// <summary>Whether the name's delegation really points at the provider.</summary>
public sealed class DelegationTests
{
    private static readonly DnsName Zone = DnsName.Parse("example.com");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_zone_that_is_delegated_to_its_provider_is_good_whatever_port_the_provider_says()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.net", "192.0.2.1"), ("ns2.example.net", "2001:db8::2"));

        var finding = await JudgeAsync(resolver, ["192.0.2.1:53", "[2001:db8::2]:5353"]);

        Assert.Equal(FindingGrade.Good, finding.Grade);
        Assert.Contains("ns1.example.net (192.0.2.1), ns2.example.net (2001:db8::2)", finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_is_delegated_elsewhere_is_a_problem_that_names_where()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.other.example", "198.51.100.1"));

        var finding = await JudgeAsync(resolver, ["192.0.2.1:53"]);

        Assert.Equal(FindingGrade.Problem, finding.Grade);
        Assert.Contains("delegated to ns1.other.example (198.51.100.1), none of which is a server of this provider (192.0.2.1:53): what is written at it is not seen by anyone", finding.Sentence, StringComparison.Ordinal);
        Assert.Contains("registrar", finding.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_the_delegation_that_is_nobodys_is_advice_that_names_it()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.net", "192.0.2.1"), ("old.example.org", "198.51.100.9"));

        var finding = await JudgeAsync(resolver, ["192.0.2.1:53"]);

        Assert.Equal(FindingGrade.Advice, finding.Grade);
        Assert.Contains("also to old.example.org (198.51.100.9), which is no server of this provider", finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_two_providers_share_may_be_delegated_to_both()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.net", "192.0.2.1"), ("ns1.example.org", "198.51.100.9"));

        var finding = await JudgeAsync(resolver, ["192.0.2.1:53"], ("aws", "198.51.100.9:53"));
        var neither = await JudgeAsync(resolver, ["192.0.2.77:53"], ("aws", "198.51.100.9:53"));

        Assert.Equal(FindingGrade.Good, finding.Grade);
        Assert.EndsWith("and shared with 'aws'", finding.Sentence, StringComparison.Ordinal);
        Assert.Equal(FindingGrade.Problem, neither.Grade);
    }

    [Theory]
    [InlineData("192.168.1.53:53")]
    [InlineData("127.0.0.1:5300")]
    [InlineData("[fd00::53]:53")]
    [InlineData("172.20.0.1:53")]
    public async Task A_provider_inside_of_a_network_is_no_problem_when_the_public_delegation_leads_outside(string server)
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.other.example", "198.51.100.1"));

        var finding = await JudgeAsync(resolver, [server]);

        Assert.Equal(FindingGrade.Advice, finding.Grade);
        Assert.StartsWith("it cannot be found out", finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_private_addresses_one_is_wrong()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.internal.test", "10.0.0.2"));

        Assert.Equal(FindingGrade.Problem, (await JudgeAsync(resolver, ["10.0.0.1:53"])).Grade);
    }

    [Fact]
    public async Task A_name_that_is_no_zone_is_a_problem_and_one_that_nobody_knows_cannot_be_found_out()
    {
        await using var parent = new FakeResolver().Delegates("sub.example.com", ("ns1.example.net", "192.0.2.1"));
        await using var nothing = new FakeResolver();

        var undelegated = await JudgeAsync(parent, ["192.0.2.1:53"]);
        var unknown = await JudgeAsync(nothing, ["192.0.2.1:53"]);

        Assert.Equal(FindingGrade.Problem, undelegated.Grade);
        Assert.Contains("example.com is not delegated", undelegated.Sentence, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1", undelegated.Mend, StringComparison.Ordinal);
        Assert.Equal(FindingGrade.Advice, unknown.Grade);
        Assert.Contains("knows no name example.com", unknown.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_servers_without_addresses_cannot_be_judged()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.gone.example", string.Empty));

        Assert.Equal(FindingGrade.Advice, (await JudgeAsync(resolver, ["192.0.2.1:53"])).Grade);
    }

    [Fact]
    public async Task The_next_resolver_is_asked_when_one_fails_and_the_last_ones_trouble_is_told()
    {
        await using var broken = new FakeResolver { Trouble = DnsRcode.SERVFAIL };
        await using var good = new FakeResolver().Delegates("example.com", ("ns1.example.net", "192.0.2.1"));

        var found = await Delegation.FindAsync(new RecursiveResolver([broken.EndPoint, good.EndPoint], TimeSpan.FromSeconds(5), TimeProvider.System), Zone, Token);
        var trouble = await Assert.ThrowsAsync<DnsClientException>(() => Delegation.FindAsync(broken.Client(), Zone, Token));
        var none = await Assert.ThrowsAsync<DnsClientException>(() => Delegation.FindAsync(new RecursiveResolver([], TimeSpan.FromSeconds(5), TimeProvider.System), Zone, Token));

        Assert.Equal("ns1.example.net", Assert.Single(found.Servers).Host);
        Assert.Equal($"{broken.EndPoint} answers SERVFAIL for example.com NS", trouble.Message);
        Assert.Contains("no resolver", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_resolvers_of_the_machine_are_read_as_the_C_library_reads_them()
    {
        string[] lines = ["# nameserver 192.0.2.1", "search example.com", "nameserver\t192.0.2.2", "nameserver fe80::1%2 ", "nameserver nonsense", "nameserver ::1", "nameserver 192.0.2.9"];

        Assert.Equal(["192.0.2.2:53", "[fe80::1%2]:53", "[::1]:53"], RecursiveResolver.ServersIn(lines).Select(server => server.ToString()));
    }

    private static async Task<Finding> JudgeAsync(FakeResolver resolver, string[] own, params (string Name, string Server)[] others)
    {
        var found = await Delegation.FindAsync(resolver.Client(), Zone, Token);
        return DelegationFinding.Of(found, "the resolver", [.. own.Select(IPEndPoint.Parse)], others.ToDictionary(other => other.Name, other => (IReadOnlyList<IPEndPoint>)[IPEndPoint.Parse(other.Server)]));
    }
}
