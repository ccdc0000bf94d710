using System.Net;
using System.Net.Sockets;
using DnsFailover.Core;
using DnsFailover.SelfCheck;

namespace DnsFailover.Tests.SelfCheck;

/// <summary>What keeps the tests from the Internet does notice.</summary>
public sealed class AskedPlacesTests
{
    [Fact]
    public async Task Each_kind_of_control_target_is_noticed_when_it_is_asked()
    {
        using var tcp = new TcpListener(IPAddress.Loopback, 0);
        tcp.Start();
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ValueList<ControlTarget> targets = [.. new[] { $"tcp://{tcp.LocalEndpoint}", $"dns://{udp.LocalEndPoint}/a.test", "resolver://localhost" }.Select(text => ControlTarget.Parse(text).Target!)];
        using var places = new AskedPlaces(targets.Select(target => target.Server).OfType<IPEndPoint>(), ["localhost"]);
        using var controls = new ControlTargets(TimeProvider.System);
        controls.Replace(new SelfCheckOptions(targets, 3, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5)));

        await controls.AskAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, places.Asked.Distinct(StringComparer.Ordinal).Count());
    }
}
