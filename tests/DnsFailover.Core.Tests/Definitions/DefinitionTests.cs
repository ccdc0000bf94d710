using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Definitions;

public sealed class DefinitionTests
{
    [Fact]
    public void The_declared_provider_is_the_first_of_all() => Assert.Equal(["dns", "aws", "azure"], (TwoEndpoints with { AlsoAt = ["aws", "azure"] }).Providers);

    [Fact]
    public void The_record_types_of_a_service_are_those_of_its_endpoints_each_once_and_sorted() =>
        Assert.Equal([RecordType.A, RecordType.AAAA], Service(Endpoint("primary", 0, P6, P), Standby).Types);

    [Fact]
    public void Who_runs_an_endpoint_is_called_like_it_unless_failover_yaml_says_otherwise()
    {
        Assert.Equal("primary", Primary.Vendor);
        Assert.Equal("railway", (Primary with { Vendor = "railway" }).Vendor);
    }

    [Fact]
    public void Targets_are_ordered_by_service_endpoint_type_and_value()
    {
        var other = DnsName.Parse("www.example.com");
        TargetId[] sorted =
        [
            new(Name, "a", RecordType.A, S), new(Name, "b", RecordType.A, P), new(Name, "b", RecordType.A, S), new(Name, "b", RecordType.AAAA, P6), new(other, "a", RecordType.A, P),
        ];

        Assert.Equal(sorted, sorted.Reverse().Order());
        for (var i = 1; i < sorted.Length; i++)
        {
            Assert.True(sorted[i - 1] < sorted[i] && sorted[i - 1] <= sorted[i] && sorted[i] > sorted[i - 1] && sorted[i] >= sorted[i - 1]);
            Assert.False(sorted[i] < sorted[i - 1] || sorted[i] <= sorted[i - 1] || sorted[i - 1] > sorted[i] || sorted[i - 1] >= sorted[i]);
        }

        var twin = sorted[0];
        Assert.True(sorted[0] <= twin && sorted[0] >= twin);
        Assert.False(sorted[0] < twin || sorted[0] > twin);
    }
}
