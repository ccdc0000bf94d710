using System.Xml.Linq;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Route53;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>A <c>cname</c> that is listed under <c>aliases</c> is written as an alias.</summary>
public sealed class Route53AliasTests
{
    private const string One = "lb-1.eu-west-1.elb.amazonaws.com";
    private const string Two = "lb-2.us-east-1.elb.amazonaws.com";

    private static readonly DnsName Apex = DnsName.Parse("example.test");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task At_the_top_of_the_zone_an_alias_is_created_switched_and_read_as_the_cname_that_it_stands_for()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var provider = Open(test);

        var created = await provider.ApplyAsync(Change(Apex, null, One) with { Owner = "eu" }, Token);
        var switched = await provider.ApplyAsync(Change(Apex, created[RecordType.CNAME], Two) with { Owner = "eu" }, Token);

        Assert.Equal(NameRecords.Create(Apex, [Cname(Apex, One)]) with { Owner = "eu" }, created);
        Assert.Equal(NameRecords.Create(Apex, [Cname(Apex, Two)]) with { Owner = "eu" }, switched);
        Assert.Equal(2, test.Fake.Count("ChangeResourceRecordSets").Count);
        Assert.Equal(
            [$"A Z35SXDOTRQ7X7K {Two}. false", $"AAAA Z35SXDOTRQ7X7K {Two}. false"],
            test.Fake.Locked(() => test.Fake.Zone.Sets.Where(set => Text(set, "Name") == "example.test." && set.Elements().Any(element => element.Name.LocalName == "AliasTarget"))
                .Select(set => $"{Text(set, "Type")} {string.Join(' ', set.Elements().Last().Elements().Select(element => element.Value))}").ToArray()));
    }

    [Fact]
    public async Task An_alias_and_a_plain_cname_replace_each_other_in_one_batch()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var (provider, name) = (Open(test), DnsName.Parse("api.example.test"));
        await test.SeedAsync("api.example.test", "CNAME", 60, "api.onrender.com.");
        var before = (await provider.ReadAsync(name, Token))[RecordType.CNAME];

        var alias = await provider.ApplyAsync(Change(name, before, One), Token);
        var why = provider.WhyNotVerifiable(name);
        var plain = await provider.ApplyAsync(Change(name, alias[RecordType.CNAME], "api.onrender.com"), Token);

        Assert.Equal(Cname(name, One), Assert.Single(alias.Sets));
        Assert.Contains($"the addresses of {One}", why, StringComparison.Ordinal);
        Assert.Equal(Cname(name, "api.onrender.com"), Assert.Single(plain.Sets));
        Assert.Null(provider.WhyNotVerifiable(name));
        Assert.Equal(2, test.Fake.Count("ChangeResourceRecordSets").Count);
    }

    [Fact]
    public async Task The_consoles_dualstack_alias_is_the_same_and_another_target_is_somebody_elses()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Put("one.example.test", "A", FakeZone.Alias("one.example.test", "A", $"dualstack.{One}"));
        test.Put("other.example.test", "A", FakeZone.Alias("other.example.test", "A", "lb-9.eu-west-1.elb.amazonaws.com"));

        var one = await Open(test).ReadAsync(DnsName.Parse("one.example.test"), Token);
        var other = await Open(test).ReadAsync(DnsName.Parse("other.example.test"), Token);

        Assert.Equal(Cname(DnsName.Parse("one.example.test"), One), Assert.Single(one.Sets));
        Assert.True(Assert.Single(other.Sets).IsDescribed);
    }

    [Fact]
    public async Task An_alias_that_was_edited_behind_our_back_makes_the_write_a_conflict()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var provider = Open(test);
        var created = await provider.ApplyAsync(Change(Apex, null, One), Token);
        test.Put("example.test", "AAAA"); // taken away

        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Change(Apex, created[RecordType.CNAME], Two), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
    }

    [Fact]
    public async Task An_alias_with_a_weight_is_rejected_and_nothing_is_sent()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var weighted = RecordSet.Create(Apex, RecordType.CNAME, TimeSpan.FromSeconds(60), [new RecordValue(One, 1), new RecordValue("api.onrender.com", 1)]);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => Open(test).ApplyAsync(new ChangeSet(1, Apex, [new RecordChange(null, weighted)]), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("an alias is written without weights", failure.Message, StringComparison.Ordinal);
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public void The_file_takes_an_alias_at_the_top_of_the_zone_and_no_other_cname()
    {
        var options = Assert.IsType<Route53Options>(Yaml.Valid(File(Two)).Providers["aws"].Options);

        Assert.Equal([new AliasEntry(One, "Z32O12XQLNTSW2"), new AliasEntry(Two, "Z35SXDOTRQ7X7K")], options.Aliases);
        Assert.Contains("where a CNAME is not allowed", Yaml.OnlyProblem(File("api.onrender.com")), StringComparison.Ordinal);
        Assert.Contains("has a ttl, and an alias has that of its target", Yaml.OnlyProblem(File(Two).Replace("check:", "ttl: 30s\n    check:", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("aliases: 'not a name' is no host name", Yaml.OnlyProblem(File(Two, $"{{not a name: Z1, {One}: Z2, {Two}: Z3}}")), StringComparison.Ordinal);
    }

    private static Route53Provider Open(Route53UnderTest test) => test.Open(test.Options with { Aliases = [new AliasEntry(One, "Z35SXDOTRQ7X7K"), new AliasEntry(Two, "Z35SXDOTRQ7X7K")] });

    private static RecordSet Cname(DnsName name, string target) => RecordSet.Create(name, RecordType.CNAME, TimeSpan.FromSeconds(60), target);

    private static ChangeSet Change(DnsName name, RecordSet? before, string target) => new(1, name, [new RecordChange(before, Cname(name, target))]);

    private static string? Text(XElement set, string name) => set.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;

    private static string File(string second, string aliases = $"{{LB-1.eu-west-1.elb.amazonaws.com: Z32O12XQLNTSW2, {Two}: Z35SXDOTRQ7X7K}}") =>
        $$"""
        providers:
          aws: {type: route53, zone: example.test, aliases: {{aliases}}}
        services:
          - name: example.test
            check: {type: https, path: /healthz}
            endpoints:
              - {name: a, cname: {{One}}}
              - {name: b, cname: {{second}}}

        """;
}
