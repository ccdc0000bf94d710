using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Rfc2136;

namespace DnsFailover.Tests.Providers.Rfc2136;

/// <summary>What <c>doctor</c> is told about a real BIND; nothing of it changes the zone.</summary>
public sealed class Rfc2136ExaminationTests(NamedFixture named) : IClassFixture<NamedFixture>
{
    private static readonly DnsName Api = DnsName.Parse("api.example.test");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_in_order_has_no_problem_and_its_zone_is_as_before()
    {
        var server = await named.GetAsync(Token);
        var before = await server.DigAsync("example.test", "SOA", Token);

        var (findings, reader) = await ExamineAsync(server.ProviderOptions());

        Assert.All(findings, finding => Assert.Equal(FindingGrade.Good, finding.Grade));
        Assert.Equal(["credential", "zone", "permissions"], findings.Select(finding => finding.Subject));
        Assert.InRange(Assert.NotNull(reader.ClockSkew), TimeSpan.FromSeconds(-2), TimeSpan.FromSeconds(2));
        Assert.Equal(before, await server.DigAsync("example.test", "SOA", Token));
    }

    [Fact]
    public async Task A_clock_that_is_a_little_wrong_shows_as_skew_of_the_server()
    {
        var server = await named.GetAsync(Token);

        var (_, reader) = await ExamineAsync(server.ProviderOptions(), new ShiftedTime(TimeSpan.FromSeconds(-100)));

        Assert.InRange(Assert.NotNull(reader.ClockSkew), TimeSpan.FromSeconds(98), TimeSpan.FromSeconds(102));
    }

    [Theory]
    [InlineData("nobody", null, "credential", "(BADKEY)", "tsig.name")]
    [InlineData("dnsfailover", "bm90IHRoZSBrZXkgb2YgdGhlIHNlcnZlcg==", "credential", "(BADSIG)", "tsig.secret")]
    [InlineData("dnsfailover", "not*base64", "credential", "is not base64", "tsig")]
    public async Task A_key_that_is_not_the_servers_is_told_apart(string name, string? secret, string subject, string sentence, string mend)
    {
        var server = await named.GetAsync(Token);
        var key = new TsigKeyOptions(name, TsigAlgorithm.HmacSha256, Secret.Literal(secret ?? server.KeySecret));

        var (findings, _) = await ExamineAsync(server.ProviderOptions() with { Tsig = key });

        var problem = Assert.Single(findings);
        Assert.Equal((FindingGrade.Problem, subject), (problem.Grade, problem.Subject));
        Assert.Contains(sentence, problem.Sentence, StringComparison.Ordinal);
        Assert.Contains(mend, problem.Mend, StringComparison.Ordinal);
        Assert.DoesNotContain(secret ?? server.KeySecret, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_is_too_wrong_for_the_key_is_told_as_that()
    {
        var server = await named.GetAsync(Token);

        var (findings, _) = await ExamineAsync(server.ProviderOptions(), new ShiftedTime(TimeSpan.FromSeconds(900)));

        var problem = Assert.Single(findings);
        Assert.Equal((FindingGrade.Problem, "clock"), (problem.Grade, problem.Subject));
        Assert.Contains("NTP", problem.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_without_permission_is_told_with_the_grant_it_needs()
    {
        var server = await named.GetAsync(Token);
        var key = new TsigKeyOptions(server.DeniedKeyName, TsigAlgorithm.HmacSha256, Secret.Literal(server.DeniedKeySecret));

        var (findings, _) = await ExamineAsync(server.ProviderOptions() with { Tsig = key });

        var problem = Assert.Single(findings, finding => finding.Grade == FindingGrade.Problem);
        Assert.Equal("permissions", problem.Subject);
        Assert.Contains("grant onlooker. name api.example.test. A AAAA; grant onlooker. name _dnsfailover.api.example.test. TXT;", problem.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A AAAA; grant dnsfailover. name _dnsfailover.api.example.test. TXT", FindingGrade.Good, "nothing stands against")]
    [InlineData("A AAAA", FindingGrade.Advice, "but not the mark of its owner")]
    [InlineData("A", FindingGrade.Problem, "refuses updates of api.example.test AAAA by")]
    public async Task What_the_policy_lacks_is_told_type_by_type(string granted, FindingGrade grade, string sentence)
    {
        await using var server = await NamedServer.StartAsync("example.test", new NamedOptions { UpdatePermission = $"update-policy {{ grant dnsfailover. name api.example.test. {granted}; }};" }, Token);

        var (findings, _) = await ExamineAsync(server.ProviderOptions());

        var permission = Assert.Single(findings, finding => finding.Subject == "permissions");
        Assert.Equal(grade, permission.Grade);
        Assert.Contains(sentence, permission.Sentence, StringComparison.Ordinal);
        Assert.Equal(grade != FindingGrade.Good, permission.Mend is not null);
    }

    [Fact]
    public async Task A_server_that_is_gone_and_a_zone_that_it_does_not_have_are_told_apart()
    {
        var server = await named.GetAsync(Token);

        var (gone, _) = await ExamineAsync(server.ProviderOptions() with { Port = FreePort.Next() });
        var (elsewhere, _) = await ExamineAsync(server.ProviderOptions() with { Zone = DnsName.Parse("elsewhere.test") });

        Assert.Equal("server", Assert.Single(gone).Subject);
        Assert.Contains("connection refused", gone[0].Sentence, StringComparison.Ordinal);
        var zone = Assert.Single(elsewhere, finding => finding.Grade == FindingGrade.Problem);
        Assert.Equal("zone", zone.Subject);
        Assert.Contains("does not serve the zone elsewhere.test", zone.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unsigned_updates_are_advised_against_and_examined_too()
    {
        await using var server = await NamedServer.StartAsync("example.test", new NamedOptions { UpdatePermission = "allow-update { none; };" }, Token);

        var (findings, _) = await ExamineAsync(server.ProviderOptions() with { Tsig = null });

        Assert.Contains(findings, finding => finding is { Grade: FindingGrade.Advice, Subject: "credential" });
        Assert.Contains("allow-update", Assert.Single(findings, finding => finding.Grade == FindingGrade.Problem).Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_ignores_conditions_is_found_out()
    {
        var server = await named.GetAsync(Token);
        await using var proxy = DnsProxy.Start(server.EndPoint, (request, reply) =>
        {
            if (DnsProxy.IsUpdate(request))
            {
                reply[3] &= 0xF0; // NOERROR
            }

            return reply;
        });

        var (findings, _) = await ExamineAsync(server.ProviderOptions() with { Port = proxy.EndPoint.Port, Tsig = null });

        Assert.Contains(findings, finding => finding is { Grade: FindingGrade.Problem, Subject: "permissions" } && finding.Sentence.Contains("does not look at the conditions", StringComparison.Ordinal));
    }

    private static async Task<(IReadOnlyList<Finding> Findings, IRecordReader Reader)> ExamineAsync(Rfc2136Options options, TimeProvider? time = null)
    {
        var reader = Rfc2136UnderTest.Create(options, time, declared: [(Api, RecordType.A), (Api, RecordType.AAAA)]);
        return (await reader.ExamineAsync(Token), reader);
    }
}
