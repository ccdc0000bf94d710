using System.Security.Cryptography.X509Certificates;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DnsFailover.Tests.Probing;

public sealed class TlsProbeTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_valid_certificate_passes_and_its_end_is_recorded()
    {
        using var certificate = _authority.Issue(endsInDays: 90.5);
        await using var endpoint = await Serve(certificate);

        var report = await Sample.Prober().ProbeVerboseAsync(Sample.Target(), Sample.Tls(endpoint.Port, _authority.RootsFile), null, TestContext.Current.CancellationToken);

        Assert.Equal(Verdict.Pass, report.Observation.Verdict);
        Assert.Matches("^TLS handshake in [0-9.]+ m?s, certificate valid for 90 days$", report.Observation.Reason);
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), report.Observation.CertificateExpiresAt!.Value.UtcDateTime);
        Assert.NotNull(report.Observation.Phases.Tls);
        Assert.Equal(Sample.Host, Assert.Single(endpoint.ServerNames));
        Assert.Equal(14, report.Details.Certificate!.DaysLeft(new DateTimeOffset(certificate.NotAfter) - TimeSpan.FromDays(14.5)));
        Assert.Equal(-1, report.Details.Certificate.DaysLeft(new DateTimeOffset(certificate.NotAfter) + TimeSpan.FromHours(1)));
        Assert.Equal("CN=api.example.com", report.Details.Certificate!.Subject);
        Assert.Equal($"CN={_authority.Name}", report.Details.Certificate.Issuer);
        Assert.Equal([Sample.Host], report.Details.Certificate.Names);
        Assert.StartsWith("Tls1", report.Details.TlsProtocol, StringComparison.Ordinal);
        Assert.StartsWith("TLS_", report.Details.TlsCipher, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_says_since_when()
    {
        using var certificate = _authority.Issue(endsInDays: -3.2);

        var observation = await ProbeAsync(certificate);

        Assert.Equal("certificate expired 3 days ago", observation.Reason);
    }

    [Fact]
    public async Task A_certificate_from_the_future_says_when_it_begins()
    {
        using var certificate = _authority.Issue(beginsInDays: 2.5);

        var observation = await ProbeAsync(certificate);

        Assert.Equal("certificate is not valid yet: it begins in 2 days", observation.Reason);
    }

    [Fact]
    public async Task A_certificate_for_another_name_says_both_names()
    {
        using var certificate = _authority.Issue("other.example.com");

        var observation = await ProbeAsync(certificate);

        Assert.Equal("certificate is for other.example.com, not api.example.com", observation.Reason);
    }

    [Fact]
    public async Task A_self_signed_certificate_is_not_trusted()
    {
        using var certificate = TestAuthority.SelfSigned();

        var observation = await ProbeAsync(certificate);

        Assert.Equal("certificate is not trusted: self-signed", observation.Reason);
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_issuer_is_not_trusted()
    {
        using var stranger = new TestAuthority();
        using var certificate = stranger.Issue();

        var observation = await ProbeAsync(certificate);

        Assert.Equal($"certificate is not trusted: its issuer CN={stranger.Name} is unknown", observation.Reason);
    }

    [Fact]
    public async Task The_system_roots_do_not_trust_the_test_authority()
    {
        using var certificate = _authority.Issue();
        await using var endpoint = await Serve(certificate);

        var observation = await Sample.ProbeAsync(Sample.Tls(endpoint.Port, roots: null));

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal($"certificate is not trusted: its issuer CN={_authority.Name} is unknown", observation.Reason);
    }

    [Fact]
    public async Task A_certificate_with_less_validity_left_than_required_fails()
    {
        using var certificate = _authority.Issue(endsInDays: 5.5);
        await using var endpoint = await Serve(certificate);
        var check = Sample.Tls(endpoint.Port, _authority.RootsFile) with { MinimumCertificateValidity = TimeSpan.FromDays(14) };

        var observation = await Sample.ProbeAsync(check);

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal("certificate expires in 5 days, 14 required", observation.Reason);
        Assert.NotNull(observation.CertificateExpiresAt);
        Assert.Equal(Verdict.Pass, (await Sample.ProbeAsync(check with { MinimumCertificateValidity = TimeSpan.FromDays(5) })).Verdict);
    }

    [Fact]
    public async Task An_untrusted_endpoint_never_sees_the_request()
    {
        using var certificate = TestAuthority.SelfSigned();
        await using var endpoint = await Serve(certificate);

        var observation = await Sample.ProbeAsync(Sample.Https(endpoint.Port, _authority.RootsFile) with { Headers = [Sample.Header("Authorization", "Bearer hush-hush")] });

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Empty(endpoint.Requests);
    }

    [Fact]
    public async Task A_missing_file_of_roots_is_our_own_fault()
    {
        using var certificate = _authority.Issue();
        await using var endpoint = await Serve(certificate);

        var missing = await Sample.ProbeAsync(Sample.Tls(endpoint.Port, _authority.PathOf("none.pem")));
        await File.WriteAllTextAsync(_authority.PathOf("empty.pem"), "nothing here", TestContext.Current.CancellationToken);
        var empty = await Sample.ProbeAsync(Sample.Tls(endpoint.Port, _authority.PathOf("empty.pem")));

        Assert.Equal(Verdict.Inconclusive, missing.Verdict);
        Assert.StartsWith($"the trusted roots {_authority.PathOf("none.pem")} cannot be read: ", missing.Reason, StringComparison.Ordinal);
        Assert.Equal(Verdict.Inconclusive, empty.Verdict);
        Assert.Equal($"there is no certificate in the trusted roots {_authority.PathOf("empty.pem")}", empty.Reason);
    }

    [Fact]
    public async Task Roots_are_read_again_when_the_file_changes()
    {
        using var stranger = new TestAuthority();
        using var certificate = stranger.Issue();
        await using var endpoint = await Serve(certificate);
        var prober = Sample.Prober();
        var check = Sample.Tls(endpoint.Port, _authority.RootsFile);

        var before = await prober.ProbeAsync(Sample.Target(), check, null, TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(_authority.RootsFile, "\n" + await File.ReadAllTextAsync(stranger.RootsFile, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        var after = await prober.ProbeAsync(Sample.Target(), check, null, TestContext.Current.CancellationToken);

        Assert.Equal(Verdict.Fail, before.Verdict);
        Assert.Equal(Verdict.Pass, after.Verdict);
    }

    [Fact]
    public async Task A_port_without_tls_says_so()
    {
        await using var endpoint = new RawEndpoint(async (socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[4096], stop);
            await socket.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), stop);
        });

        var observation = await Sample.ProbeAsync(Sample.Tls(endpoint.Port, null));

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal($"127.0.0.1:{endpoint.Port} does not speak TLS", observation.Reason);
    }

    [Fact]
    public async Task A_refused_handshake_says_why()
    {
        await using var endpoint = new RawEndpoint(async (socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[4096], stop);
            await socket.SendAsync(new byte[] { 21, 3, 3, 0, 2, 2, 112 }, stop); // alert: unrecognized_name
            await socket.ReceiveAsync(new byte[4096], stop);
        });

        var observation = await Sample.ProbeAsync(Sample.Tls(endpoint.Port, null));

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Matches($"^TLS handshake with 127.0.0.1:{endpoint.Port} failed: .*unrecognized name$", observation.Reason);
    }

    [Fact]
    public async Task A_handshake_that_hangs_ends_or_is_reset_names_the_phase()
    {
        await using var hanging = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));
        await using var closing = new RawEndpoint(async (socket, stop) => await socket.ReceiveAsync(new byte[4096], stop));
        await using var resetting = new RawEndpoint(async (socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[10], stop);
            RawEndpoint.Reset(socket);
        });

        var hung = await Sample.ProbeAsync(Sample.Tls(hanging.Port, null) with { Timeout = Sample.Short });
        var closed = await Sample.ProbeAsync(Sample.Tls(closing.Port, null));
        var reset = await Sample.ProbeAsync(Sample.Tls(resetting.Port, null));

        Assert.Equal($"no answer from 127.0.0.1:{hanging.Port} within 400 ms (TLS handshake)", hung.Reason);
        Assert.Equal($"connection closed by 127.0.0.1:{closing.Port} (TLS handshake)", closed.Reason);
        Assert.Equal($"connection reset by 127.0.0.1:{resetting.Port} (TLS handshake)", reset.Reason);
        Assert.All([hung, closed, reset], observation => Assert.Equal(Verdict.Fail, observation.Verdict));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData(HttpProtocols.Http2, "HTTP/2")]
    public async Task Https_speaks_the_protocol_that_the_endpoint_chooses(HttpProtocols offered, string spoken)
    {
        using var certificate = _authority.Issue();
        await using var endpoint = await Serve(certificate, offered);

        var report = await Sample.Prober().ProbeVerboseAsync(Sample.Target(), Sample.Https(endpoint.Port, _authority.RootsFile), null, TestContext.Current.CancellationToken);

        Assert.Matches("^status 200 in [0-9.]+ m?s$", report.Observation.Reason);
        var request = Assert.Single(endpoint.Requests);
        Assert.Equal(spoken, request.Protocol);
        Assert.Equal($"{Sample.Host}:{endpoint.Port}", request.Host);
        Assert.Equal(Sample.Host, Assert.Single(endpoint.ServerNames));
        Assert.StartsWith(spoken, report.Details.HttpVersion, StringComparison.Ordinal);
        Assert.NotNull(report.Observation.Phases.Tls);
        Assert.NotNull(report.Observation.Phases.FirstByte);
        Assert.NotNull(report.Observation.CertificateExpiresAt);
    }

    [Fact]
    public async Task A_host_that_is_an_address_is_matched_as_one()
    {
        using var certificate = _authority.Issue("127.0.0.1");
        await using var endpoint = await Serve(certificate);

        var observation = await Sample.ProbeAsync(Sample.Https(endpoint.Port, _authority.RootsFile) with { Host = "127.0.0.1" });

        Assert.Equal(Verdict.Pass, observation.Verdict);
    }

    [Fact]
    public async Task The_warm_up_ends_by_itself_and_leaves_the_prober_working()
    {
        using var certificate = _authority.Issue();
        await using var endpoint = await Serve(certificate);
        var prober = Sample.Prober();

        await ProbeWarmUp.RunAsync(prober, TestContext.Current.CancellationToken);
        var observation = await prober.ProbeAsync(Sample.Target(), Sample.Tls(endpoint.Port, _authority.RootsFile), null, TestContext.Current.CancellationToken);

        Assert.Equal(Verdict.Pass, observation.Verdict);
    }

    private static Task<WebEndpoint> Serve(X509Certificate2 certificate, HttpProtocols protocols = HttpProtocols.Http1AndHttp2) =>
        WebEndpoint.StartAsync(context => context.Response.WriteAsync("ok"), certificate, protocols: protocols);

    // Probes an endpoint with a certificate that must not pass.
    private async Task<Observation> ProbeAsync(X509Certificate2 certificate)
    {
        await using var endpoint = await Serve(certificate);
        var observation = await Sample.ProbeAsync(Sample.Tls(endpoint.Port, _authority.RootsFile));
        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), observation.CertificateExpiresAt!.Value.UtcDateTime);
        return observation;
    }
}
