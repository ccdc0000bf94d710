using System.Security.Cryptography.X509Certificates;
using DnsFailover.Probing;

namespace DnsFailover.Tests.Probing;

/// <summary>An unchanged certificate is not validated with every handshake; whatever may make a difference is judged at once.</summary>
public sealed class ValidatedChainTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly TestAuthority _authority = new();
    private readonly StoppedClock _clock = new();
    private readonly ValidatedChains _chains;

    public ValidatedChainTests() => _chains = new ValidatedChains(_clock);

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void An_unchanged_certificate_is_validated_once_in_five_minutes()
    {
        using var certificate = _authority.Issue();
        var roots = Roots();

        for (var i = 0; i < 10; i++)
        {
            Assert.Null(Judge(certificate, roots));
        }

        Assert.Equal(1, _chains.Built);
        _clock.Pass(ValidatedChains.Lifetime);
        Assert.Null(Judge(certificate, roots));
        Assert.Equal(2, _chains.Built);
    }

    [Fact]
    public void Another_certificate_another_name_and_other_roots_are_judged_at_once()
    {
        using var certificate = _authority.Issue();
        using var selfSigned = TestAuthority.SelfSigned();
        using var other = new TestAuthority();
        var roots = Roots();
        Assert.Null(Judge(certificate, roots));

        Assert.Equal("certificate is not trusted: self-signed", Judge(selfSigned, roots));
        Assert.Equal("certificate is for api.example.com, not other.example.com", Judge(certificate, roots, "other.example.com", isNamed: false));
        var others = new X509Certificate2Collection();
        others.ImportFromPemFile(other.RootsFile);
        Assert.StartsWith("certificate is not trusted: ", Judge(certificate, others), StringComparison.Ordinal);
        Assert.StartsWith("certificate is not trusted: ", Judge(certificate, roots: null), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_good_is_judged_again_each_time()
    {
        using var selfSigned = TestAuthority.SelfSigned();
        var roots = Roots();

        Assert.Equal("certificate is not trusted: self-signed", Judge(selfSigned, roots));
        Assert.Equal("certificate is not trusted: self-signed", Judge(selfSigned, roots));

        Assert.Equal(2, _chains.Built);
    }

    [Fact]
    public void Its_times_are_held_against_the_clock_at_every_probe()
    {
        using var certificate = _authority.Issue(beginsInDays: -1, endsInDays: 1);
        var roots = Roots();
        Assert.Null(Judge(certificate, roots));

        Assert.Equal("certificate expired 2 days ago", Judge(certificate, roots, now: Now.AddDays(3.5)));
        Assert.Equal("certificate is not valid yet: it begins in 2 days", Judge(certificate, roots, now: Now.AddDays(-3.5)));
        Assert.Null(Judge(certificate, roots));
    }

    private X509Certificate2Collection Roots()
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(_authority.RootsFile);
        return roots;
    }

    private string? Judge(X509Certificate2 certificate, X509Certificate2Collection? roots, string host = Sample.Host, bool isNamed = true, DateTimeOffset? now = null) =>
        _chains.Judge(certificate, [], isNamed, host, roots, now ?? Now).Complaint;

    /// <summary>A clock that stands still unless somebody winds it.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        private long _timestamp;

        public void Pass(TimeSpan time) => _timestamp += (long)(time.TotalSeconds * TimestampFrequency);

        public override long GetTimestamp() => _timestamp;
    }
}
