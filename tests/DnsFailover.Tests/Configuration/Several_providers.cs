using DnsFailover.Core.Definitions;

namespace DnsFailover.Tests.Configuration;

/// <summary><c>providers: [a, b]</c>: one name at several providers.</summary>
public sealed class Several_providers
{
    private const string Two =
        """
        providers:
          one: {type: builtin, zone: example.com, listen: "127.0.0.1:5301"}
          two: {type: builtin, zone: example.com, listen: "127.0.0.1:5302"}
        defaults: {providers: [one, two], check: {type: tcp, port: 443}}
        services:
          - name: api.example.com
            endpoints: [{name: x, addresses: [192.0.2.1]}, {name: y, addresses: [192.0.2.2]}]

        """;

    [Fact]
    public void They_are_inherited_and_the_first_leads()
    {
        var service = Yaml.Valid(Two).Services[0];

        Assert.Equal(["one", "two"], service.Providers);
        Assert.Equal("one", service.Provider);
        Assert.Equal(OnDrift.Alert, service.OnDrift);
    }

    [Fact]
    public void A_service_may_say_that_it_is_at_one_of_them()
    {
        var service = Yaml.Usable(Two.Replace("example.com\n    endpoints", "example.com\n    provider: two\n    endpoints", StringComparison.Ordinal)).Services[0];

        Assert.Equal(["two"], service.Providers);
    }

    [Fact]
    public void Each_of_them_is_held_against_the_service()
    {
        var text = Two.Replace("two: {type: builtin, zone: example.com,", "two: {type: builtin, zone: example.net,", StringComparison.Ordinal);

        Assert.Equal("failover.yaml:6:11: name: 'api.example.com' is not in its provider's zone; expected the zone itself or a name below it, or another provider", Yaml.OnlyProblem(text));
    }

    [Fact]
    public void One_place_under_two_names_is_told()
    {
        var text = Two.Replace("127.0.0.1:5302", "127.0.0.1:5301", StringComparison.Ordinal);

        Assert.Contains(Yaml.Parse(text).Errors, error => error.ToString() == "failover.yaml:4:23: providers: 'one' and 'two' are the same place under several names (service 'api.example.com'), which would take each other's writes for somebody else's; expected one of them");
    }
}
