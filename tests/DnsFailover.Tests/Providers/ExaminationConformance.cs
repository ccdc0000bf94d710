using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers;

/// <summary>What every provider that is reached over HTTP must tell when it is examined.</summary>
public abstract class ExaminationConformance
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The provider under test; called once per test.</summary>
    protected abstract Task<HttpProviderUnderTest> CreateAsync();

    [Fact]
    public async Task Examining_a_provider_that_is_in_order_finds_no_problem_and_writes_nothing()
    {
        await using var test = await CreateAsync();
        var name = DnsName.Parse($"t{Guid.NewGuid():n}.{test.Zone}");
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        test.Answer(new OddReply(Writes: true, 500)); // a write would be seen

        var findings = await test.Provider.ExamineAsync(Token);

        Assert.DoesNotContain(findings, finding => finding.Grade == FindingGrade.Problem);
        Assert.Contains(findings, finding => finding.Subject == "credential");
        Assert.Contains(findings, finding => finding.Subject == "zone");
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task Examining_finds_wrong_credentials_and_says_how_to_mend_them()
    {
        await using var test = await CreateAsync();

        var findings = await test.WithWrongCredentials().ExamineAsync(Token);

        var problem = Assert.Single(findings, finding => finding.Grade == FindingGrade.Problem && finding.Subject == "credential");
        Assert.NotNull(problem.Mend);
        Assert.All(findings, finding => Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, finding.ToString(), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Examining_what_cannot_be_reached_ends_with_a_problem_and_not_with_an_exception()
    {
        await using var test = await CreateAsync();

        var findings = await test.Unreachable().ExamineAsync(Token);

        Assert.Contains(findings, finding => finding.Grade == FindingGrade.Problem);
    }
}
