using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Health;
using DnsFailover.Probing;

namespace DnsFailover.Tests.Probing;

/// <summary>On the path of our own.</summary>
public sealed class LeanTcpProbeTests() : TcpProbeTests(lean: true);

/// <summary>On that of the framework's client.</summary>
public sealed class GeneralTcpProbeTests() : TcpProbeTests(lean: false);

public abstract class TcpProbeTests(bool lean) : BothPaths(lean)
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_port_that_accepts_passes(string address)
    {
        await using var endpoint = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop), address);

        var report = await Prober().ProbeVerboseAsync(Sample.Target(address), Sample.Tcp(endpoint.Port), 7, TestContext.Current.CancellationToken);

        var observation = report.Observation;
        Assert.Equal(Verdict.Pass, observation.Verdict);
        Assert.Matches("^connected in [0-9.]+ m?s$", observation.Reason);
        Assert.Equal(7, observation.RequestId);
        Assert.NotNull(observation.Phases.Connect);
        Assert.Null(observation.Phases.Dns);
        Assert.Null(observation.Phases.Tls);
        Assert.Null(observation.Phases.FirstByte);
        Assert.True(observation.Phases.Total >= observation.Phases.Connect);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), endpoint.Port), report.Details.RemoteAddress);
    }

    [Fact]
    public async Task A_closed_port_is_refused_by_name()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound but not listening: nobody else can take it
        var port = ((IPEndPoint)reserved.LocalEndPoint!).Port;

        var observation = await ProbeAsync(Sample.Tcp(port));

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal($"connection refused by 127.0.0.1:{port}", observation.Reason);
    }

    [Fact]
    public async Task Silence_fails_after_the_timeout_and_says_in_which_phase()
    {
        using var hole = await BlackHole.CreateAsync(TestContext.Current.CancellationToken);

        var observation = await ProbeAsync(Sample.Tcp(hole.Port) with { Timeout = Sample.Short });

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Equal($"no answer from 127.0.0.1:{hole.Port} within 400 ms (connecting)", observation.Reason);
        Assert.Null(observation.Phases.Connect);
    }

    [Fact]
    public async Task An_address_this_machine_has_no_route_to_says_nothing_about_the_endpoint()
    {
        // TCP to the broadcast address never leaves the machine.
        var observation = await ProbeAsync(Sample.Tcp(443), "255.255.255.255");

        Assert.Equal(Verdict.Inconclusive, observation.Verdict);
    }

    [Fact]
    public async Task A_timeout_that_this_machine_noticed_much_too_late_is_our_own_fault()
    {
        using var hole = await BlackHole.CreateAsync(TestContext.Current.CancellationToken);
        var prober = Prober(time: new StarvedClock());

        var observation = await prober.ProbeAsync(Sample.Target(), Sample.Tcp(hole.Port) with { Timeout = Sample.Short }, null, TestContext.Current.CancellationToken);

        Assert.Equal(Verdict.Inconclusive, observation.Verdict);
        Assert.StartsWith("this machine was too busy for the probe: its limit of 400 ms was noticed after ", observation.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calling_a_probe_off_is_no_verdict()
    {
        using var hole = await BlackHole.CreateAsync(TestContext.Current.CancellationToken);
        using var off = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var probe = Prober().ProbeAsync(Sample.Target(), Sample.Tcp(hole.Port), null, off.Token);
        await off.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
        Assert.Equal(off.Token, thrown.CancellationToken);
    }

    [Fact]
    public async Task A_pass_over_the_latency_limit_is_a_failure_with_both_figures()
    {
        await using var endpoint = new RawEndpoint((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));

        var observation = await ProbeAsync(Sample.Tcp(endpoint.Port) with { LatencyLimit = TimeSpan.FromTicks(1) });

        Assert.Equal(Verdict.Fail, observation.Verdict);
        Assert.Matches("^took [0-9.]+ m?s, limit <0.1 ms$", observation.Reason);
    }

    public static TheoryData<SocketError, bool, Verdict, string> Faults => new()
    {
        { SocketError.ConnectionRefused, true, Verdict.Fail, "connection refused by 192.0.2.7:443" },
        { SocketError.ConnectionReset, true, Verdict.Fail, "connection reset by 192.0.2.7:443 (connecting)" },
        { SocketError.TimedOut, true, Verdict.Fail, "no answer from 192.0.2.7:443 (connecting)" },
        { SocketError.NetworkUnreachable, false, Verdict.Inconclusive, "this machine has no route to 192.0.2.7" },
        { SocketError.HostUnreachable, false, Verdict.Inconclusive, "this machine has no route to 192.0.2.7" },
        { SocketError.NetworkUnreachable, true, Verdict.Fail, "network of 192.0.2.7:443 is unreachable, a router on the way says" },
        { SocketError.HostUnreachable, true, Verdict.Fail, "host of 192.0.2.7:443 is unreachable, a router on the way says" },
        { SocketError.TooManyOpenSockets, true, Verdict.Inconclusive, "this machine is out of sockets (too many open files)" },
        { SocketError.NoBufferSpaceAvailable, true, Verdict.Inconclusive, "this machine is out of memory for sockets" },
        { SocketError.AddressNotAvailable, true, Verdict.Inconclusive, "this machine has no free local port or address to reach 192.0.2.7:443 from" },
        { SocketError.AddressAlreadyInUse, true, Verdict.Inconclusive, "this machine has no free local port or address to reach 192.0.2.7:443 from" },
        { SocketError.AccessDenied, true, Verdict.Inconclusive, "this machine does not let us connect to 192.0.2.7:443 (firewall or sandbox)" },
        { SocketError.AddressFamilyNotSupported, true, Verdict.Inconclusive, "this machine has no IPv4" },
        { SocketError.NetworkDown, true, Verdict.Inconclusive, "the network of this machine is down" },
        { SocketError.InvalidArgument, true, Verdict.Inconclusive, "the connection to 192.0.2.7:443 failed for an unexpected cause: InvalidArgument" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Every_socket_error_has_somebody_to_blame(SocketError error, bool hasRoute, Verdict verdict, string reason)
    {
        var outcome = TransportFault.Explain(error, IPEndPoint.Parse("192.0.2.7:443"), ProbeStage.Connecting, _ => hasRoute);

        Assert.Equal((verdict, reason), (outcome.Verdict, outcome.Reason));
        Assert.NotEqual(ReasonClass.Other, outcome.Class);
    }
}
