using System.Xml.Linq;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>That requests and replies are what the vendor's description allows is checked in every test before the fake; here it is asked for.</summary>
public sealed class ServiceContractTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_is_sent_and_answered_is_what_the_service_describes()
    {
        ServiceContract.Require();
        await using var test = await Route53UnderTest.StartAsync(Token);
        var name = DnsName.Parse("api.example.test");
        var simple = RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.1");
        var weighted = RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), [new RecordValue("192.0.2.1", 1), new RecordValue("192.0.2.2", 255)]);
        test.Put(name.ToString(), "A", FakeZone.Set(name.ToString(), "A", 60, ["192.0.2.1"], FakeZone.With("HealthCheckId", "hc-1")));
        test.Fake.LargestPage = 1;

        await test.Provider.ApplyAsync(new ChangeSet(1, name, [new RecordChange(simple, weighted)]) { Owner = "eu" }, Token);
        await test.Provider.ApplyAsync(new ChangeSet(2, name, [new RecordChange(weighted, simple), new RecordChange(null, RecordSet.Create(name, RecordType.AAAA, TimeSpan.Zero, "2001:db8::1"))]) { Owner = "us" }, Token);

        Assert.Empty(test.Fake.Violations);
        Assert.NotEmpty(test.Fake.Count("ChangeResourceRecordSets"));
    }

    [Theory]
    [InlineData("<Weight>256</Weight><TTL>60</TTL>", "Weight: 256 is not between 0 and 255")]
    [InlineData("<TTL>60</TTL><Weight>1</Weight>", "Weight is repeated or not in its place")]
    [InlineData("<TTL>soon</TTL>", "'soon' is no number")]
    [InlineData("<Wait>1</Wait>", "Wait is not known")]
    [InlineData("<Failover>THIRD</Failover>", "'THIRD' is not among the words")]
    [InlineData("<TTL>60</TTL><ResourceRecords><ResourceRecord/></ResourceRecords>", "Value is missing")]
    [InlineData("<TTL>60</TTL><ResourceRecords/>", "so many elements: 0 is not between 1")]
    public void What_the_service_does_not_describe_is_found(string members, string complaint)
    {
        var contract = ServiceContract.Require();
        var body = XElement.Parse(
            "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes><Change><Action>CREATE</Action><ResourceRecordSet>"
            + $"<Name>a.</Name><Type>A</Type>{members}</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");

        Assert.Contains(contract.Request("ChangeResourceRecordSets", [KeyValuePair.Create("Id", "Z1")], body), found => found.Contains(complaint, StringComparison.Ordinal));
    }

    [Fact]
    public void Another_namespace_and_a_missing_parameter_are_found()
    {
        var contract = ServiceContract.Require();

        Assert.NotEmpty(contract.Request("ChangeResourceRecordSets", [KeyValuePair.Create("Id", "Z1")], XElement.Parse("<ChangeResourceRecordSetsRequest><ChangeBatch/></ChangeResourceRecordSetsRequest>")));
        Assert.Contains(contract.Request("ListResourceRecordSets", [], body: null), found => found.Contains("HostedZoneId is missing", StringComparison.Ordinal));
        Assert.Contains(contract.Request("ListResourceRecordSets", [KeyValuePair.Create("Id", "Z1"), KeyValuePair.Create("start", "a")], body: null), found => found.Contains("the parameter start is not known", StringComparison.Ordinal));
    }
}
