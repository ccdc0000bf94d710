using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Shipping;

/// <summary><c>config/dnsfailover.service</c> by systemd's own tools.</summary>
public sealed class SystemdUnitTests
{
    private static string Unit => Repository.Path("config", "dnsfailover.service");

    [Fact]
    public async Task Systemd_finds_nothing_to_complain_of()
    {
        // The program is not installed where the tests run: another one stands in for it.
        using var folder = new TemporaryFolder();
        var text = await File.ReadAllTextAsync(Unit, TestContext.Current.CancellationToken);
        const string Program = "ExecStart=/usr/local/lib/dnsfailover/dnsfailover ";
        Assert.Contains(Program, text, StringComparison.Ordinal);
        var copy = Path.Combine(folder.Path, "dnsfailover.service");
        await File.WriteAllTextAsync(copy, text.Replace(Program, "ExecStart=/bin/true ", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var run = await ShippingTool.RunAsync(Peers.Require("systemd-analyze", "systemd"), ["verify", "--man=no", "--recursive-errors=no", copy], string.Empty);

        Assert.True(run is { ExitCode: 0, Said: "" }, run.Said);
    }

    [Fact]
    public async Task Little_is_left_that_the_daemon_could_do_to_the_machine()
    {
        // The scale goes to 100; a unit that says nothing is at 96.
        var run = await ShippingTool.RunAsync(Peers.Require("systemd-analyze", "systemd"), ["security", "--offline=yes", "--threshold=15", "--no-pager", Unit], string.Empty);

        Assert.True(run.ExitCode == 0, run.Said);
    }

    [Fact]
    public async Task It_begins_where_the_documentation_says_reloads_by_SIGHUP_and_never_gives_up()
    {
        var lines = await File.ReadAllLinesAsync(Unit, TestContext.Current.CancellationToken);

        Assert.Contains("ExecStart=/usr/local/lib/dnsfailover/dnsfailover run --config /etc/dnsfailover/failover.yaml --data /var/lib/dnsfailover", lines);
        Assert.Contains("ExecReload=/bin/kill -HUP $MAINPID", lines);
        Assert.Contains("StateDirectory=dnsfailover", lines);
        Assert.Contains("Restart=on-failure", lines);
        Assert.Contains("StartLimitIntervalSec=0", lines);
        Assert.Contains("TimeoutStopSec=10s", lines); // the daemon's own bound is 5 s
    }
}
