using System.Net.Sockets;
using DnsFailover.Core.Health;
using DnsFailover.Probing;

namespace DnsFailover.Tests.Probing;

/// <summary>On the path of our own.</summary>
public sealed class LeanNameProbeTests() : NameProbeTests(lean: true);

/// <summary>On that of the framework's client.</summary>
public sealed class GeneralNameProbeTests() : NameProbeTests(lean: false);

public abstract class NameProbeTests(bool lean) : BothPaths(lean)
{
    private const string Alias = "x.up.railway.app";

    [Theory]
    [InlineData(ProbeFamily.Auto, AddressFamily.Unspecified, "127.0.0.1")]
    [InlineData(ProbeFamily.Ipv4, AddressFamily.InterNetwork, "127.0.0.1")]
    [InlineData(ProbeFamily.Ipv6, AddressFamily.InterNetworkV6, "::1")]
    public async Task A_cname_target_is_resolved_once_and_dialled_in_one_family(ProbeFamily family, AddressFamily asked, string dialled)
    {
        await using var four = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop), dialled);
        var resolver = new FixedResolver(NameStatus.Found, "::1", "127.0.0.1", "127.0.0.9");
        var check = Sample.Tcp(four.Port) with { Family = family };

        var report = await Prober(resolver).ProbeVerboseAsync(Sample.Alias(Alias), check, null, TestContext.Current.CancellationToken);

        Assert.Equal(Verdict.Pass, report.Observation.Verdict);
        Assert.Equal((Alias, asked), Assert.Single(resolver.Asked));
        Assert.Equal(dialled, report.Details.RemoteAddress!.Address.ToString());
        Assert.NotNull(report.Observation.Phases.Dns);
        await Eventually.HoldsAsync(() => four.Accepted == 1, "the endpoint was not dialled once");
    }

    [Fact]
    public async Task Without_an_address_of_the_first_family_the_other_is_taken()
    {
        await using var endpoint = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop), "::1");

        var observation = await ProbeAsync(new FixedResolver(NameStatus.Found, "::1"), Sample.Tcp(endpoint.Port));

        Assert.Equal(Verdict.Pass, observation.Verdict);
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again_in_the_other_family()
    {
        await using var endpoint = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop), "::1");

        var observation = await ProbeAsync(new FixedResolver(NameStatus.Found, "127.0.0.1", "::1"), Sample.Tcp(endpoint.Port));

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal(0, endpoint.Accepted);
    }

    [Theory]
    [InlineData(ProbeFamily.Auto, "cname target x.up.railway.app does not exist")]
    [InlineData(ProbeFamily.Ipv6, "cname target x.up.railway.app does not exist or has no IPv6 address")]
    public async Task A_name_that_does_not_exist_is_the_endpoints_fault(ProbeFamily family, string reason)
    {
        var observation = await ProbeAsync(new FixedResolver(NameStatus.NotFound), Sample.Tcp(443) with { Family = family });

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal(reason, observation.Reason);
    }

    [Fact]
    public async Task A_resolver_that_is_down_is_our_own_fault()
    {
        var observation = await ProbeAsync(new FixedResolver(NameStatus.Unavailable), Sample.Tcp(443));

        Assert.Equal(Verdict.Inconclusive, observation.Verdict);
        Assert.Equal($"the resolver cannot tell the address of {Alias}: Temporary failure in name resolution", observation.Reason);
    }

    [Fact]
    public async Task A_silent_resolver_is_our_own_fault()
    {
        var observation = await ProbeAsync(new SilentResolver(), Sample.Tcp(443) with { Timeout = Sample.Short });

        Assert.Equal(Verdict.Inconclusive, observation.Verdict);
        Assert.Equal($"no answer from the resolver about {Alias} within 400 ms", observation.Reason);
    }

    [Fact]
    public async Task The_system_resolver_finds_localhost()
    {
        using var resolver = new SystemNameResolver();
        var token = TestContext.Current.CancellationToken;

        var found = await resolver.ResolveAsync("localhost", AddressFamily.InterNetwork, token);

        Assert.Equal(NameStatus.Found, found.Status);
        Assert.Equal("127.0.0.1", Assert.Single(found.Addresses.Distinct()).ToString());
    }

    private Task<Observation> ProbeAsync(INameResolver resolver, CheckDefinition check) =>
        Prober(resolver).ProbeAsync(Sample.Alias(Alias), check, null, TestContext.Current.CancellationToken);
}
