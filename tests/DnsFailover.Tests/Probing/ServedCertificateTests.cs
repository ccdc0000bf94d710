using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DnsFailover.Core.Health;
using DnsFailover.Probing;

namespace DnsFailover.Tests.Probing;

/// <summary>Which certificate users of the served name get, where the check asks for another name.</summary>
public sealed class ServedCertificateTests : IDisposable
{
    private const string Own = "api.up.railway.app";

    private readonly TestAuthority _authority = new();
    private readonly Moved _time = new();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_certificate_that_does_not_cover_the_served_name_passes_the_check_and_is_reported()
    {
        using var own = _authority.Issue(Own);
        await using var endpoint = new TlsEndpoint(_ => own);

        var observation = await ProbeAsync(Check(endpoint));

        Assert.Equal(Verdict.Pass, observation.Verdict);
        Assert.Equal($"certificate is for {Own}, not {Sample.Host}", observation.CertificateTrouble);
        Assert.Equal([Own, Sample.Host], endpoint.Asked);
    }

    [Fact]
    public async Task The_certificate_is_chosen_by_the_served_name()
    {
        using var own = _authority.Issue(Own);
        using var served = _authority.Issue(endsInDays: 5.5);
        await using var endpoint = new TlsEndpoint(name => name == Own ? own : served);

        Assert.Null((await ProbeAsync(Check(endpoint))).CertificateTrouble);
        var strict = await ProbeAsync(Check(endpoint) with { MinimumCertificateValidity = TimeSpan.FromDays(14) });
        Assert.Equal(Verdict.Pass, strict.Verdict);
        Assert.Equal("certificate expires in 5 days, 14 required", strict.CertificateTrouble);
    }

    [Theory]
    [InlineData(true, "certificate expired 3 days ago")]
    [InlineData(false, "certificate is not trusted: self-signed")]
    public async Task One_that_users_do_not_take_is_reported(bool expired, string trouble)
    {
        using var own = _authority.Issue(Own);
        using var served = expired ? _authority.Issue(endsInDays: -3.2) : TestAuthority.SelfSigned();
        await using var endpoint = new TlsEndpoint(name => name == Own ? own : served);

        Assert.Equal(trouble, (await ProbeAsync(Check(endpoint))).CertificateTrouble);
    }

    [Fact]
    public async Task An_endpoint_that_refuses_the_served_name_is_reported_and_one_that_hangs_up_when_it_does_so_again()
    {
        using var own = _authority.Issue(Own);
        await using var refusing = new TlsEndpoint(name => name == Own ? own : null, refusal: [21, 3, 3, 0, 2, 2, 112]); // alert: unrecognized_name
        await using var hangingUp = new TlsEndpoint(name => name == Own ? own : null, refusal: []);

        Assert.Matches($"^TLS handshake with 127.0.0.1:{refusing.Port} failed: .*unrecognized name$", (await ProbeAsync(Check(refusing))).CertificateTrouble!);

        var (prober, check) = (Prober(), Check(hangingUp));
        Assert.Null((await prober.ProbeAsync(Sample.Target(), check, null, Ended)).CertificateTrouble);
        _time.Pass(TimeSpan.FromSeconds(61));
        Assert.Equal($"127.0.0.1:{hangingUp.Port} ends the TLS handshake for {Sample.Host} without a word", (await prober.ProbeAsync(Sample.Target(), check, null, Ended)).CertificateTrouble);
    }

    [Fact]
    public async Task It_is_asked_for_once_a_minute_and_never_while_a_decision_waits_for_the_probe()
    {
        using var own = _authority.Issue(Own);
        using var served = _authority.Issue();
        X509Certificate2 shown = own;
        await using var endpoint = new TlsEndpoint(name => name == Own ? own : shown);
        var (prober, check) = (Prober(), Check(endpoint));

        Assert.Null((await prober.ProbeAsync(Sample.Target(), check, 7, Ended)).CertificateTrouble);
        Assert.Equal([Own], endpoint.Asked);

        var first = (await prober.ProbeAsync(Sample.Target(), check, null, Ended)).CertificateTrouble;
        shown = served;
        Assert.NotNull(first);
        Assert.Equal(first, (await prober.ProbeAsync(Sample.Target(), check, null, Ended)).CertificateTrouble);
        Assert.Equal(first, (await prober.ProbeAsync(Sample.Target(), check, 8, Ended)).CertificateTrouble);
        Assert.Equal([Own, Own, Sample.Host, Own, Own], endpoint.Asked);

        _time.Pass(TimeSpan.FromSeconds(61));
        Assert.Null((await prober.ProbeAsync(Sample.Target(), check, null, Ended)).CertificateTrouble);
        Assert.Equal(Sample.Host, endpoint.Asked[^1]);
    }

    [Fact]
    public async Task A_check_that_asks_for_the_served_name_or_does_not_speak_tls_asks_nothing_more()
    {
        using var served = _authority.Issue();
        await using var endpoint = new TlsEndpoint(_ => served);

        Assert.Null((await ProbeAsync(Check(endpoint) with { Host = "API.example.com" })).CertificateTrouble);
        Assert.Single(endpoint.Asked);
        Assert.Null((await Sample.ProbeAsync(Sample.Tcp(endpoint.Port) with { Host = Own })).CertificateTrouble);
        Assert.Single(endpoint.Asked);
    }

    [Fact]
    public async Task A_failed_probe_does_not_ask()
    {
        using var other = _authority.Issue("other.example.com");
        await using var endpoint = new TlsEndpoint(_ => other);

        var observation = await ProbeAsync(Check(endpoint));

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Null(observation.CertificateTrouble);
        Assert.Equal([Own], endpoint.Asked);
    }

    [Fact]
    public async Task A_handshake_that_hangs_costs_no_more_than_the_timeout_and_says_nothing()
    {
        using var own = _authority.Issue(Own);
        await using var endpoint = new TlsEndpoint(name => name == Own ? own : null, refusal: null);

        var observation = await ProbeAsync(Check(endpoint) with { Timeout = TimeSpan.FromSeconds(2) });

        Assert.Equal(Verdict.Pass, observation.Verdict);
        Assert.Null(observation.CertificateTrouble);
        Assert.True(observation.Phases.Total < TimeSpan.FromSeconds(2), "what came after the probe is no part of it");
    }

    private TlsCheck Check(TlsEndpoint endpoint) => Sample.Tls(endpoint.Port, _authority.RootsFile) with { Host = Own };

    private Prober Prober() => new(new FixedResolver(NameStatus.NotFound), _time);

    private Task<Observation> ProbeAsync(CheckDefinition check) => Prober().ProbeAsync(Sample.Target(), check, null, Ended);

    /// <summary>The machine's clock, except that timestamps can be moved on.</summary>
    private sealed class Moved : TimeProvider
    {
        private long _passed;

        public void Pass(TimeSpan time) => _passed += (long)(time.TotalSeconds * TimestampFrequency);

        public override long GetTimestamp() => base.GetTimestamp() + _passed;
    }

    /// <summary>Speaks TLS with the certificate that a name calls for; a name that calls for none is refused with these bytes, or left hanging.</summary>
    private sealed class TlsEndpoint : IAsyncDisposable
    {
        private readonly Func<string?, X509Certificate2?> _choose;
        private readonly byte[]? _refusal;
        private readonly List<string> _asked = [];
        private readonly RawEndpoint _endpoint;

        public TlsEndpoint(Func<string?, X509Certificate2?> choose, byte[]? refusal = null)
        {
            (_choose, _refusal) = (choose, refusal);
            _endpoint = new RawEndpoint(ServeAsync);
        }

        public int Port => _endpoint.Port;

        public string[] Asked
        {
            get
            {
                lock (_asked)
                {
                    return [.. _asked];
                }
            }
        }

        public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

        private async Task ServeAsync(Socket socket, CancellationToken stop)
        {
            var network = new NetworkStream(socket, ownsSocket: false);
            await using var tls = new SslStream(network);
            try
            {
                await tls.AuthenticateAsServerAsync(async (_, hello, _, _) =>
                {
                    lock (_asked)
                    {
                        _asked.Add(hello.ServerName ?? string.Empty);
                    }

                    if (_choose(hello.ServerName) is { } certificate)
                    {
                        return new SslServerAuthenticationOptions { ServerCertificate = certificate };
                    }

                    if (_refusal is null)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                    }

                    await socket.SendAsync(_refusal, stop);
                    socket.Shutdown(SocketShutdown.Send);
                    throw new AuthenticationException("no such name");
                }, state: null, stop);
                while (await tls.ReadAsync(new byte[100], stop) > 0)
                {
                    // What the check asks for is not answered.
                }
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                // The prober does not take the certificate, or hangs up after it.
            }
        }
    }
}
