using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Cli;

/// <summary>What Ctrl+C and SIGTERM do to a command.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_demo_that_is_interrupted_says_so_and_ends_at_once(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such signals");
        await using var demo = DaemonProcess.Start(["demo", "--keep"]);
        await demo.SaysAsync("  up  ");

        await demo.SignalAsync(signal);

        Assert.Equal(1, await demo.EndsAsync());
        Assert.Equal("stopped before it was done\n", demo.Errors);
    }
}
