using System.Security.Cryptography.X509Certificates;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Tests.Probing;

/// <summary>What the framework is given for the chain that it builds in each handshake, and nobody looks at.</summary>
public sealed class IdleChainTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly IdleChains _chains = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void The_issuer_that_was_seen_is_offered_as_a_root_that_cannot_have_signed()
    {
        using var leaf = _authority.Issue();
        Assert.Empty(Offered(Sample.Host));

        _chains.Saw(Sample.Host, leaf, DateTimeOffset.UtcNow);

        var root = Assert.Single(Offered(Sample.Host));
        Assert.Equal(leaf.IssuerName.RawData, root.SubjectName.RawData);
        Assert.Equal(root.SubjectName.RawData, root.IssuerName.RawData);
        Assert.False(root.HasPrivateKey);
        Assert.Empty(Offered("other.example.com"));
        using var chain = new X509Chain { ChainPolicy = _chains.PolicyFor(Sample.Host, DateTimeOffset.UtcNow) };
        Assert.False(chain.Build(leaf));
        Assert.Equal(X509ChainTrustMode.CustomRootTrust, chain.ChainPolicy.TrustMode);
    }

    [Fact]
    public void Another_issuer_takes_its_place()
    {
        using var leaf = _authority.Issue();
        using var others = new TestAuthority();
        using var other = others.Issue();
        _chains.Saw(Sample.Host, leaf, DateTimeOffset.UtcNow);
        var first = Assert.Single(Offered(Sample.Host));
        _chains.Saw(Sample.Host, leaf, DateTimeOffset.UtcNow);
        Assert.Same(first, Assert.Single(Offered(Sample.Host)));

        _chains.Saw(Sample.Host, other, DateTimeOffset.UtcNow);

        Assert.Equal(other.IssuerName.RawData, Assert.Single(Offered(Sample.Host)).SubjectName.RawData);
    }

    [Fact]
    public async Task What_is_offered_to_the_framework_makes_nobody_trusted()
    {
        using var others = new TestAuthority();
        using var trusted = _authority.Issue();
        using var untrusted = others.Issue();
        await using var good = await ServeAsync(trusted);
        await using var bad = await ServeAsync(untrusted);
        var prober = Sample.Prober();

        foreach (var (endpoint, verdict) in new[] { (good, Verdict.Pass), (bad, Verdict.Fail), (bad, Verdict.Fail), (good, Verdict.Pass) })
        {
            var observation = await prober.ProbeAsync(Sample.Target(), Sample.Https(endpoint.Port, _authority.RootsFile), null, TestContext.Current.CancellationToken);
            Assert.True(observation.Verdict == verdict, observation.Reason);
            if (verdict == Verdict.Fail)
            {
                Assert.StartsWith("certificate is not trusted: ", observation.Reason, StringComparison.Ordinal);
            }
        }
    }

    private static Task<WebEndpoint> ServeAsync(X509Certificate2 certificate) => WebEndpoint.StartAsync(context => context.Response.WriteAsync("ok"), certificate);

    private X509Certificate2Collection Offered(string host) => _chains.PolicyFor(host, DateTimeOffset.UtcNow).CustomTrustStore;
}
