using DnsFailover.Api;
using DnsFailover.Cli;
using DnsFailover.Core.Journal;
using DnsFailover.Tests.Api;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Cli;

/// <summary>The commands against a daemon elsewhere, and those that show what goes on.</summary>
public sealed class RemoteTests
{
    private const string Name = ApiSite.Name;

    [Fact]
    public async Task A_daemon_elsewhere_is_read_and_with_the_token_of_a_file_taken_over()
    {
        await using var site = await ApiSite.StartAsync();
        await site.FailedOverAsync();
        var server = site.Address.ToString();
        var file = site.Place["token"];
        await File.WriteAllTextAsync(file, $"{ApiSite.Token}\n", TestContext.Current.CancellationToken);

        var status = await CommandRun.OfAsync("status", "--server", server);
        Assert.Matches(@"api\.go\.test\s+standby \(127\.0\.0\.3\)\s+primary Down, standby Up", status.Output);

        var refused = await CommandRun.OfAsync("freeze", Name, "--reason", "looking", "--server", server);
        Assert.Equal((1, "a change needs the token: send 'Authorization: Bearer <token>' with that of 'api.token' in failover.yaml. This command takes it from $DNSFAILOVER_TOKEN or --token-file"), (refused.ExitCode, refused.Errors.Trim()));

        var frozen = await CommandRun.OfAsync("freeze", Name, "--reason", "looking", "--actor", "alice", "--server", server, "--token-file", file);
        Assert.Equal((0, string.Empty), (frozen.ExitCode, frozen.Errors));
        Assert.Equal("alice (api token from 127.0.0.1)", Assert.Single(site.Daemon.Entries.OfType<OverrideBegan>()).Override.Actor);
    }

    [Fact]
    public async Task The_history_is_a_table_with_where_the_time_went()
    {
        await using var site = await ApiSite.StartAsync();
        await site.FailedOverAsync();

        var history = await CommandRun.OfAsync("history", Name, "--data", site.Place.Data);
        var newest = history.Output.Split('\n')[1];
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+api\.go\.test\s+failover\s+primary \(127\.0\.0\.2\)\s+standby \(127\.0\.0\.3\)\s+verified(\s+\S+ (ms|s)){4}\s+primary \(127\.0\.0\.2\) is down: .*failure", newest);
        Assert.Equal("failover", (await CommandRun.OfAsync("history", "--data", site.Place.Data, "--json")).Json.GetProperty("switches")[0].GetProperty("kind").GetString());
        Assert.Equal((2, "--limit: 0 is out of range; expected 1 to 500"), await EndAsync("history", "--limit", "0", "--data", site.Place.Data));
    }

    [Fact]
    public async Task Who_watches_sees_each_change_until_they_have_seen_enough()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        await using var output = new SharedWriter();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var watching = Task.Run(() => CommandLine.RunAsync(["status", "--watch", "--data", site.Place.Data], new Terminal(output, output, isInteractive: false), enough.Token), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => output.Text.Contains("primary (127.0.0.2)", StringComparison.Ordinal), () => output.Text);

        await site.Primary.KillAsync();
        await Eventually.HoldsAsync(() => output.Text.Contains("standby (127.0.0.3)", StringComparison.Ordinal), () => output.Text);

        await enough.CancelAsync();
        Assert.Equal(ExitCode.Ok, await watching);
    }

    [Fact]
    public async Task A_container_learns_whether_the_daemon_lives_at_its_socket_or_where_the_api_is()
    {
        await using var site = await ApiSite.StartAsync();
        await site.SettledAsync();
        Assert.Equal((0, string.Empty), await EndAsync("healthcheck", "--data", site.Place.Data));
        Assert.Equal((0, string.Empty), await EndAsync("healthcheck", "--server", site.Address.ToString()));

        // Without a data directory at hand: at the address of the file, whatever secrets it asks for.
        using var elsewhere = new Workplace();
        elsewhere.Write($$"""
            dataDirectory: {{elsewhere.Data}}
            api: {listen: "0.0.0.0:{{site.Address.Port}}", token: "${NOBODY_HAS_SET_THIS}"}
            """);
        Assert.Equal((0, string.Empty), await EndAsync("healthcheck", "--config", elsewhere.Config));

        var socket = ControlSocket.PathIn(site.Place.Data);
        await site.StopAsync();
        var (code, says) = await EndAsync("healthcheck", "--data", site.Place.Data);
        Assert.Equal(1, code);
        Assert.StartsWith($"dnsfailover does not live: nobody answers at {socket} (", says, StringComparison.Ordinal);
        Assert.Equal(1, (await EndAsync("healthcheck", "--config", elsewhere.Config)).Code);
    }

    [Fact]
    public async Task A_daemon_that_hangs_does_not_live()
    {
        await using var hanging = new HangingEndpoint();

        Assert.Equal((1, $"dnsfailover does not live: http://127.0.0.1:{hanging.Port}/ does not answer within 1.8 s"), await EndAsync("healthcheck", "--server", $"http://127.0.0.1:{hanging.Port}"));
    }

    [Theory]
    [InlineData("--server 127.0.0.1:8053", "--server: '127.0.0.1:8053' is no address of a daemon; expected one such as http://127.0.0.1:8053 or https://dns.example.com")]
    [InlineData("--server http://u:p@h/", "--server: 'http://u:p@h/' is no address of a daemon; expected one such as http://127.0.0.1:8053 or https://dns.example.com")]
    [InlineData("--server http://127.0.0.1:1 --data x", "--server and --data exclude each other: a daemon elsewhere has its data elsewhere too")]
    [InlineData("--data x --token-file y", "--token-file goes with --server: the daemon on this machine asks for no token")]
    [InlineData("--server http://127.0.0.1:1 --token-file /nowhere/token", "--token-file: /nowhere/token cannot be read: ")]
    [InlineData("--server http://127.0.0.1:1", "no daemon answers at http://127.0.0.1:1/ (")]
    public async Task What_is_wrong_with_the_address_is_said(string options, string says)
    {
        var (code, said) = await EndAsync(["status", .. options.Split(' ')]);

        Assert.Equal(2, code);
        Assert.StartsWith(says, said, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Says)> EndAsync(params string[] arguments)
    {
        var run = await CommandRun.OfAsync(arguments);
        return (run.ExitCode, run.Errors.Trim());
    }

    private sealed class SharedWriter : StringWriter
    {
        private readonly Lock _gate = new();

        public string Text
        {
            get
            {
                lock (_gate)
                {
                    return ToString();
                }
            }
        }

        public override void Write(char value)
        {
            lock (_gate)
            {
                base.Write(value);
            }
        }

        public override void Write(string? value)
        {
            lock (_gate)
            {
                base.Write(value);
            }
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_gate)
            {
                base.Write(buffer, index, count);
            }
        }
    }
}
