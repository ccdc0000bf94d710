using System.Net;
using System.Net.Sockets;
using DnsFailover.Core;
using DnsFailover.Core.Network;
using DnsFailover.Doctor;
using DnsFailover.Providers;
using DnsFailover.SelfCheck;
using DnsFailover.Tests.Doctor;

namespace DnsFailover.Tests.SelfCheck;

/// <summary>Control targets on loopback that answer, refuse and hang.</summary>
public sealed class ControlTargetsTests : IDisposable
{
    private readonly TcpListener _listening = new(IPAddress.Loopback, 0);
    private readonly Socket _silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public ControlTargetsTests()
    {
        _listening.Start();
        _silent.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // takes datagrams and says nothing
    }

    public void Dispose()
    {
        _listening.Dispose();
        _silent.Dispose();
    }

    private string Answering => $"tcp://{_listening.LocalEndpoint}";

    private string Hanging => $"dns://{_silent.LocalEndPoint}/example.test";

    [Fact]
    public async Task Each_kind_says_how_it_answered()
    {
        await using var server = new FakeResolver();
        var results = await AskAsync(needed: 3, TimeSpan.FromSeconds(10), Answering, $"dns://{server.EndPoint}/no.such.test", "resolver://localhost");

        Assert.All(results, result => Assert.True(result.Passed, result.Sentence));
        Assert.Equal([Answering, $"dns://{server.EndPoint}/no.such.test", "resolver://localhost"], results.Select(result => result.Target));
        Assert.StartsWith("replied ", results[1].Reason, StringComparison.Ordinal);
        Assert.Equal("3 of 3 control targets answered", new ControlAnswer(default, results).Sentence.Split(',')[0]);
    }

    [Fact]
    public async Task Who_refuses_or_says_nothing_has_not_answered()
    {
        var refusing = $"tcp://{FreePort.EndPoint()}";

        var results = await AskAsync(needed: 2, TimeSpan.FromMilliseconds(300), Answering, refusing, Hanging);

        Assert.Equal([true, false, false], results.Select(result => result.Passed));
        Assert.Equal("connection refused", results[1].Reason);
        Assert.Matches(@"^(no answer within|no reply from) ", results[2].Reason);
    }

    [Fact]
    public async Task Once_enough_have_answered_the_one_that_hangs_is_not_waited_for()
    {
        var results = await AskAsync(needed: 1, TimeSpan.FromMinutes(10), Answering, Hanging).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal([true, false], results.Select(result => result.Passed));
    }

    [Fact]
    public async Task Doctor_says_what_would_hold_every_switch_up()
    {
        Finding Judge(int needed, ValueList<ControlResult> results) => SelfCheckFinding.Of(Options(needed, TimeSpan.FromMilliseconds(300), Answering, Hanging), results);
        var results = await AskAsync(needed: 2, TimeSpan.FromMilliseconds(300), Answering, Hanging);

        var problem = Judge(2, results);
        Assert.Equal(FindingGrade.Problem, problem.Grade);
        Assert.StartsWith("1 of 2 control targets answered, 2 are needed, so that no failover could be written from here: dns://127.0.0.1:", problem.Sentence, StringComparison.Ordinal);
        Assert.Contains("selfCheck", problem.Mend, StringComparison.Ordinal);
        Assert.Equal(FindingGrade.Advice, Judge(1, results).Grade);
        Assert.Equal(FindingGrade.Good, Judge(1, [.. results.Take(1)]).Grade);
    }

    private static SelfCheckOptions Options(int needed, TimeSpan timeout, params string[] targets) =>
        new(targets.Select(text => ControlTarget.Parse(text).Target!).ToValueList(), needed, timeout, TimeSpan.FromSeconds(5));

    private static async Task<ValueList<ControlResult>> AskAsync(int needed, TimeSpan timeout, params string[] targets)
    {
        using var controls = new ControlTargets(TimeProvider.System);
        controls.Replace(Options(needed, timeout, targets));
        return await controls.AskAsync(TestContext.Current.CancellationToken);
    }
}
