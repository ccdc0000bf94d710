using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Doctor;
using DnsFailover.Providers;
using DnsFailover.Providers.Builtin;
using DnsFailover.Tests.Builtin;
using DnsFailover.Tests.Control;

namespace DnsFailover.Tests.Doctor;

/// <summary>What is found about one provider and its names, with a provider that says what a test wants.</summary>
public sealed class ProviderExaminationTests
{
    private static readonly DnsName Api = DnsName.Parse("api.example.com");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_in_order_is_good_all_through()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.com", "127.0.0.1"));
        await using var server = await ServerAsync(Sample.Active);
        var reader = new FakeReader { Records = Holds("blue", Sample.Active), Servers = () => [server.EndPoint], ClockSkew = TimeSpan.FromSeconds(1) };

        var report = await RunAsync(reader, resolver);

        Assert.All(report.Everything, finding => Assert.Equal(FindingGrade.Good, finding.Grade));
        Assert.Equal(["credential", "clock", "name servers", "delegation"], report.Findings.Select(finding => finding.Subject));
        Assert.Equal(["record", "owner", "answers"], report.Services[0].Findings.Select(finding => finding.Subject));
    }

    [Theory]
    [InlineData(0, FindingGrade.Good, "agrees")]
    [InlineData(-2, FindingGrade.Good, "agrees")]
    [InlineData(3, FindingGrade.Advice, "clock is 3 s behind the provider's")]
    [InlineData(-60, FindingGrade.Advice, "clock is 1 min ahead of the provider's")]
    [InlineData(61, FindingGrade.Problem, "clock is 1 min 1 s behind the provider's: signatures are refused")]
    public void Clocks_that_are_apart_are_judged_by_what_they_break(int seconds, FindingGrade grade, string sentence)
    {
        var finding = ClockFinding.Of(TimeSpan.FromSeconds(seconds))!;

        Assert.Equal(grade, finding.Grade);
        Assert.Contains(sentence, finding.Sentence, StringComparison.Ordinal);
        Assert.Equal(grade != FindingGrade.Good, finding.Mend?.Contains("NTP", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Name_servers_that_answer_something_else_are_told_with_what_they_answer()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.com", "127.0.0.1"));
        await using var server = await ServerAsync(Sample.Standby);
        var reader = new FakeReader { Records = Holds(null, Sample.Active), Servers = () => [server.EndPoint] };

        var problem = Assert.Single((await RunAsync(reader, resolver)).Everything, finding => finding.Grade == FindingGrade.Problem);

        Assert.Equal("answers", problem.Subject);
        Assert.Contains($"{server.EndPoint} still answers {Sample.Standby}", problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_proxy_hides_is_not_held_against_the_name_servers()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.com", "127.0.0.1"));
        await using var server = await ServerAsync(Sample.Standby);
        var reader = new FakeReader { Records = Holds(null, Sample.Active), Servers = () => [server.EndPoint], NotVerifiable = "the name is proxied" };

        var report = await RunAsync(reader, resolver);

        Assert.Contains(report.Services[0].Findings, finding => finding is { Grade: FindingGrade.Advice, Subject: "answers" } && finding.Sentence.EndsWith("the name is proxied", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Everything, finding => finding.Grade == FindingGrade.Problem);
    }

    [Fact]
    public async Task A_name_that_is_delegated_away_below_the_zone_is_found()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.com", "127.0.0.1")).Delegates("eu.example.com", ("ns1.other.example", "127.0.0.99"));
        await using var server = await ServerAsync(Sample.Active);
        var reader = new FakeReader { Servers = () => [server.EndPoint] };

        var report = await RunAsync(reader, resolver, Service("api.eu.example.com") with { Create = true }, Service() with { Create = true });

        var problem = Assert.Single(report.Everything, finding => finding.Grade == FindingGrade.Problem);
        Assert.Contains("eu.example.com is delegated to ns1.other.example (127.0.0.99), none of which", problem.Sentence, StringComparison.Ordinal);
        Assert.Same(problem, report.Services[0].Findings[^1]);
    }

    [Fact]
    public async Task A_provider_that_hangs_or_fails_is_bounded_and_the_rest_is_still_examined()
    {
        await using var resolver = new FakeResolver().Delegates("example.com", ("ns1.example.com", "127.0.0.1"));
        var reader = new FakeReader
        {
            Findings = async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return [];
            },
            Records = name => name == Api ? throw new ProviderException(ProviderFailure.Rejected, "the token is unknown") : Task.FromResult(NameRecords.Create(name, [])),
            Servers = () => throw new InvalidOperationException("hunter2"),
        };

        var report = await RunAsync(reader, resolver, Service(), Service("b.example.com") with { Create = true });

        Assert.Contains(report.Findings, finding => finding is { Grade: FindingGrade.Problem, Subject: "provider" } && finding.Sentence.Contains("no reply within", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding is { Grade: FindingGrade.Problem, Subject: "name servers" });
        Assert.Contains("the token is unknown", Assert.Single(report.Services[0].Findings, finding => finding.Grade == FindingGrade.Problem).Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Services[1].Findings, finding => finding.Grade == FindingGrade.Problem);
        Assert.DoesNotContain(report.Everything, finding => finding.ToString().Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "192.0.2.99", false, FindingGrade.Problem, "192.0.2.99, which no endpoint declares")]
    [InlineData(null, "192.0.2.99", true, FindingGrade.Advice, "is replaced because of adopt: true")]
    [InlineData("green", Sample.Active, false, FindingGrade.Problem, "owned by the controller 'green'")]
    [InlineData("green", Sample.Active, true, FindingGrade.Advice, "taken over by 'blue'")]
    [InlineData(null, "", false, FindingGrade.Problem, "has no A record at dns")]
    public async Task What_keeps_a_record_from_being_touched_is_told(string? owner, string value, bool adopt, FindingGrade grade, string sentence)
    {
        await using var resolver = new FakeResolver();
        var reader = new FakeReader { Records = value.Length == 0 ? name => Task.FromResult(NameRecords.Create(name, [])) : Holds(owner, value), NotVerifiable = "it is not asked for here" };

        var report = await RunAsync(reader, resolver, Service() with { Adopt = adopt, Provider = "first", AlsoAt = ["dns"] });

        var finding = Assert.Single(report.Services[0].Findings, finding => finding.Sentence.Contains(sentence, StringComparison.Ordinal));
        Assert.Equal(grade, finding.Grade);
        Assert.NotNull(finding.Mend);
    }

    [Fact]
    public async Task An_alias_in_the_way_of_addresses_is_one_problem_however_many_families_there_are()
    {
        await using var resolver = new FakeResolver();
        var reader = new FakeReader { Records = name => Task.FromResult(NameRecords.Create(name, [RecordSet.Create(name, RecordType.CNAME, TimeSpan.FromSeconds(60), "x.example.net")])) };
        var service = Service();
        var six = service.Endpoints[0] with { Targets = [.. service.Endpoints[0].Targets, new EndpointTarget(RecordType.AAAA, "2001:db8::1")] };

        var report = await RunAsync(reader, resolver, service with { Endpoints = [six, service.Endpoints[1]] });

        Assert.Contains("is a CNAME", Assert.Single(report.Services[0].Findings, finding => finding.Grade == FindingGrade.Problem).Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(900, null, "for up to 15m after a switch")]
    [InlineData(60, 30, "has a TTL of 1m, and failover.yaml says 30s")]
    [InlineData(10, null, "less than the 30s that the provider takes")]
    [InlineData(60, null, null)]
    [InlineData(60, 60, null)]
    public async Task A_TTL_that_does_not_fit_is_advised_against(int live, int? wanted, string? sentence)
    {
        await using var resolver = new FakeResolver();
        var reader = new FakeReader { Records = name => Task.FromResult(NameRecords.Create(name, [RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(live), Sample.Active)])) };

        var report = await RunAsync(reader, resolver, Service() with { Ttl = wanted is { } seconds ? TimeSpan.FromSeconds(seconds) : null });

        var advice = report.Services[0].Findings.Where(finding => finding.Subject == "ttl").ToList();
        Assert.Equal(sentence is null ? 0 : 1, advice.Count);
        Assert.All(advice, finding => Assert.Contains(sentence!, finding.Sentence, StringComparison.Ordinal));
        Assert.All(advice, finding => Assert.Equal(FindingGrade.Advice, finding.Grade));
    }

    private static async Task<ProviderReport> RunAsync(IRecordReader reader, FakeResolver resolver, params ServiceDefinition[] services)
    {
        var provider = new ProviderDefinition { Name = "dns", Type = "fake", Options = new BuiltinOptions { Zone = DnsName.Parse("example.com"), Listen = new IPEndPoint(IPAddress.Loopback, 0), NameServers = [], Timeout = TimeSpan.FromSeconds(1) } };
        var examination = new ProviderExamination(provider, reader, resolver.Client(), TimeProvider.System);
        return await examination.RunAsync(services.Length == 0 ? [Service()] : services, await examination.ServersAsync(Token), new Dictionary<string, IReadOnlyList<IPEndPoint>>(StringComparer.Ordinal), Token);
    }

    private static ServiceDefinition Service(string name = "api.example.com") => Sample.Service(name) with { Owner = "blue" };

    private static Func<DnsName, Task<NameRecords>> Holds(string? owner, string value) => name => Task.FromResult(Sample.Records(name, value) with { Owner = owner });

    /// <summary>A name server of example.com that answers this for api.</summary>
    private static async Task<BuiltinProvider> ServerAsync(string value)
    {
        var server = await Zone.StartAsync(new BuiltinOptions { Zone = DnsName.Parse("example.com"), Listen = new IPEndPoint(IPAddress.Loopback, 0), NameServers = [] });
        await Zone.WriteAsync(server, Zone.Set("api.example.com", RecordType.A, value));
        return server;
    }
}
