using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Route53;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>What <c>doctor</c> is told.</summary>
public sealed class Route53ExaminationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_in_order_is_told_and_what_cannot_be_found_out_without_writing_too()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var findings = await test.Provider.ExamineAsync(Token);

        Assert.Equal(
            [
                $"Good credential: the access key {test.Fake.Key.Id} from accessKeyId in failover.yaml is used; it does not expire",
                "Good zone: the hosted zone example.test (Z0123456789EXAMPLE01) is public and holds example.test; its name servers are localhost",
                "Good permissions: the credential may route53:ListHostedZonesByName, route53:GetHostedZone and route53:ListResourceRecordSets",
                "Advice permissions: whether it may route53:ChangeResourceRecordSets cannot be found out without writing",
                "Good permissions: the credential may route53:GetChange",
            ],
            findings.Select(Told));
        Assert.Equal(["ListHostedZonesByName", "GetHostedZone", "ListResourceRecordSets", "GetChange"], test.Fake.Calls.Select(call => call.Operation));
    }

    [Theory]
    [InlineData("ListHostedZonesByName", FindingGrade.Problem, "route53:ListHostedZonesByName on *")]
    [InlineData("GetHostedZone", FindingGrade.Problem, "route53:GetHostedZone on arn:aws:route53:::hostedzone/Z0123456789EXAMPLE01")]
    [InlineData("ListResourceRecordSets", FindingGrade.Problem, "route53:ListResourceRecordSets on arn:aws:route53:::hostedzone/Z0123456789EXAMPLE01")]
    [InlineData("GetChange", FindingGrade.Advice, "route53:GetChange on arn:aws:route53:::change/")]
    [InlineData("ListHealthChecks", FindingGrade.Problem, "route53:ListHealthChecks on *")]
    public async Task A_missing_permission_is_named_with_its_action_and_how_to_mend_it(string operation, FindingGrade grade, string permission)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var key = new FakeKey("AKIALACKING", "lacking/secret") { Denied = [operation] };
        test.Fake.Keys.Add(key);

        var findings = await test.Open(test.Options with { Key = Route53UnderTest.KeyOptions(key), ManagesHealthChecks = true }).ExamineAsync(Token);

        var finding = Assert.Single(findings, finding => finding.Sentence.Contains(permission, StringComparison.Ordinal));
        Assert.Equal((grade, "permissions"), (finding.Grade, finding.Subject));
        Assert.Contains("policy", finding.Mend, StringComparison.Ordinal);
        Assert.Single(findings, other => other.Grade == FindingGrade.Problem || other == finding);
    }

    [Fact]
    public async Task A_credential_that_is_unknown_expired_or_not_there_is_a_problem_of_the_credential()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var unknown = test.Open(test.Options with { Key = Route53UnderTest.KeyOptions(new FakeKey("AKIAUNKNOWN", "unknown-secret-of-nobody")) });

        foreach (var (provider, sentence) in new[]
        {
            (unknown, "the access key is not known to AWS"),
            (test.WithKey(key => key with { Token = "session/token==", TokenExpired = true }), "the temporary credentials have expired"),
            (test.Open(test.Options with { Key = null, Profile = "no-such-profile-here" }), "there are no AWS credentials in the profile 'no-such-profile-here'"),
        })
        {
            var problem = Assert.Single(await provider.ExamineAsync(Token), finding => finding.Grade == FindingGrade.Problem);
            Assert.Equal("credential", problem.Subject);
            Assert.Contains(sentence, problem.Sentence, StringComparison.Ordinal);
            Assert.Contains("give the daemon a role, or an active key", problem.Mend, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_temporary_key_of_which_nobody_knows_the_end_is_advice()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var findings = await test.WithKey(key => key with { Token = "session/token==" }).ExamineAsync(Token);

        var credential = Assert.Single(findings, finding => finding.Subject == "credential");
        Assert.Equal(FindingGrade.Advice, credential.Grade);
        Assert.DoesNotContain("session/token", credential.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_is_not_there_is_told_with_near_names_and_a_private_one_as_such()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Fake.Zones.Add(new FakeZone("ZPRIVATE", "example.test", isPrivate: true));

        var missing = await test.Open(test.Options with { Zone = DnsName.Parse("exmaple.test") }).ExamineAsync(Token);
        var hidden = await test.Open(test.Options with { ZoneId = "ZPRIVATE" }).ExamineAsync(Token);

        Assert.Contains("did you mean 'example.test'?", Assert.Single(missing, finding => finding is { Grade: FindingGrade.Problem, Subject: "zone" }).Sentence, StringComparison.Ordinal);
        Assert.Contains("is private", Assert.Single(hidden, finding => finding is { Grade: FindingGrade.Advice, Subject: "zone" }).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_reached_is_told_with_what_to_look_at()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var problem = Assert.Single(await test.Unreachable().ExamineAsync(Token), finding => finding.Grade == FindingGrade.Problem);

        Assert.Equal(("zone", "try again; if it stays, see whether this machine reaches baseUrl"), (problem.Subject, problem.Mend));
    }

    [Fact]
    public async Task How_far_the_clocks_differ_is_known_after_a_reply()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        test.Fake.Time = new ManualTime(now);
        var provider = test.Open(test.Options, new ManualTime(now.AddSeconds(-90)));

        Assert.Null(provider.ClockSkew);
        await provider.ExamineAsync(Token);

        Assert.Equal(TimeSpan.FromSeconds(90), provider.ClockSkew);
    }

    [Fact]
    public async Task What_Route_53_cannot_watch_over_is_advice()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var services = DeclaredService.At(Yaml.Usable(File("{name: railway, addresses: [10.0.0.1]}", "{name: render, addresses: [52.0.0.2]}")), "aws");
        await using var provider = new Route53Provider(test.Options with { ManagesHealthChecks = true }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Route53Provider>.Instance) { Services = services };

        var findings = await provider.ExamineAsync(Token);

        Assert.Equal("railway (10.0.0.1) of api.example.test gets no health check: Route 53's checkers cannot reach 10.0.0.1, which is no public address", Assert.Single(findings, finding => finding.Subject == "health checks").Sentence);
        Assert.Empty(test.Fake.HealthChecks.All);
    }

    [Theory]
    [InlineData("{name: a, addresses: [127.0.0.1]}", "no public address")]
    [InlineData("{name: a, addresses: [172.31.0.1]}", "no public address")]
    [InlineData("{name: a, addresses: [100.64.0.1]}", "no public address")]
    [InlineData("{name: a, addresses: [\"fd00::1\"]}", "no public address")]
    [InlineData("{name: a, addresses: [\"2001:db8::1\"]}", "no public address")]
    [InlineData("{name: a, addresses: [52.0.0.1], check: {bodyJson: {path: $.status, equals: ok}}}", "does not know bodyJson")]
    [InlineData("{name: a, addresses: [52.0.0.1], check: {bodyMatches: ok}}", "does not know bodyMatches")]
    [InlineData("{name: a, addresses: [52.0.0.1], check: {headers: {x-key: \"1\"}}}", "sends no headers")]
    [InlineData("{name: a, addresses: [52.0.0.1], check: {method: POST}}", "sends GET, and its check sends POST")]
    [InlineData("{name: a, addresses: [52.0.0.1], check: {status: 401}}", "200 to 399 pass")]
    [InlineData("{name: a, addresses: [52.0.0.1], check: {path: \"/h?key=${TSIG_SECRET}\"}}", "its check holds a reference")]
    public void What_Route_53_cannot_check_is_warned_of_when_the_file_is_read(string endpoint, string why)
    {
        var problem = Assert.Single(Yaml.Parse(File(endpoint, "{name: b, addresses: [52.0.0.2]}")).Problems, problem => problem.Message.StartsWith("healthChecks:", StringComparison.Ordinal));

        Assert.Contains("of api.example.test gets no health check: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains(why, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_values_in_one_set_are_warned_of()
    {
        Assert.Contains("api.example.test is multivalue", Yaml.OnlyProblem(File("{name: a, addresses: [52.0.0.1]}", "{name: b, addresses: [52.0.0.2]}").Replace("check:", "policy: multivalue\n    check:", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("a (52.0.0.1), a (52.0.0.3) of api.example.test are served together", Yaml.OnlyProblem(File("{name: a, addresses: [52.0.0.1, 52.0.0.3]}", "{name: b, addresses: [52.0.0.2]}")), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_health_checks_nothing_is_warned_of() => Yaml.Valid(File("{name: a, addresses: [10.0.0.1]}", "{name: b, addresses: [52.0.0.2]}").Replace(", healthChecks: managed", string.Empty, StringComparison.Ordinal));

    private static string Told(Finding finding) => $"{finding.Grade} {finding.Subject}: {finding.Sentence}";

    private static string File(params string[] endpoints) =>
        $$"""
        providers:
          aws: {type: route53, zone: example.test, healthChecks: managed}
        services:
          - name: api.example.test
            check: {type: https, path: /healthz}
            endpoints:
              - {{string.Join("\n      - ", endpoints)}}

        """;
}
