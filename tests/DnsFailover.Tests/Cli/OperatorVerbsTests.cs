using System.Net.Sockets;
using DnsFailover.Api;
using DnsFailover.Cli;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Cli;

/// <summary>The commands that speak to the daemon, when there is none or they are not understood.</summary>
public sealed class OperatorVerbsTests
{
    [Fact]
    public async Task Without_a_daemon_it_is_said_where_one_was_looked_for_and_what_to_do()
    {
        using var place = new Workplace();
        var run = await CommandRun.OfAsync("status", "--data", place.Data);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"no dnsfailover runs with this data directory, or it belongs to another user: there is no {ControlSocket.PathIn(place.Data)}. Start it with 'dnsfailover run'", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_at_is_told_apart()
    {
        using var place = new Workplace();
        Directory.CreateDirectory(place.Data);
        using var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Bind(new UnixDomainSocketEndPoint(ControlSocket.PathIn(place.Data)));
        var run = await CommandRun.OfAsync("freeze", "--reason", "x", "--data", place.Data);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("was left by a daemon that did not end by itself: start it again with 'dnsfailover run'", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_trouble_with_the_socket_has_its_remedy()
    {
        Assert.Contains("sudo -u", ControlClient.NotReached("/data/control.sock", SocketError.AccessDenied), StringComparison.Ordinal);
        Assert.Contains("--data", ControlClient.NotReached("/data/control.sock", SocketError.AddressNotAvailable), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_directory_is_found_though_the_secrets_are_not_there_and_the_rest_has_mistakes()
    {
        using var place = new Workplace();
        place.Write($$"""
            dataDirectory: {{place.Data}}
            providers: {bind: {tsig: {secret: "${DNSFAILOVER_TEST_NOT_SET}"} } }
            servces: 5
            """);
        var run = await CommandRun.OfAsync("status", "--config", place.Config);
        Assert.Contains(ControlSocket.PathIn(place.Data), run.Errors, StringComparison.Ordinal);

        place.Write("dataDirectory: [a]");
        run = await CommandRun.OfAsync("status", "--config", place.Config);
        Assert.Equal(2, run.ExitCode);
        Assert.Matches(@"failover\.yaml:1:16: dataDirectory: a list is written here.*\nThe data directory of the daemon is not known without it: give it with --data", run.Errors);
    }

    [Theory]
    [InlineData("force", "api.example.com", "render")]
    [InlineData("drain", "api.example.com", "render")]
    [InlineData("freeze")]
    public async Task A_reason_is_needed(params string[] arguments)
    {
        using var place = new Workplace();
        var run = await CommandRun.OfAsync([.. arguments, "--data", place.Data]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"--reason is missing: say why, as everyone who is paged will see it, for example: dnsfailover {arguments[0]}", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "--jsn", "there is no option '--jsn'; did you mean '--json'?\n")]
    [InlineData("explain", "--ta", "there is no option '--ta'")]
    [InlineData("thaw", "--reson", "there is no option '--reson'; did you mean '--reason'?\n")]
    public async Task A_mistyped_option_is_not_taken_for_a_name(string verb, string option, string says)
    {
        using var place = new Workplace();
        var run = await CommandRun.OfAsync(verb, option, "--data", place.Data);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(says, run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task An_end_that_is_no_time_is_said_to_be_none_before_a_daemon_is_asked()
    {
        using var place = new Workplace();
        var run = await CommandRun.OfAsync("freeze", "--reason", "x", "--until", "25:00", "--data", place.Data);
        Assert.Equal((2, "--until: '25:00' is no time; expected 15:04 (UTC), '2026-03-01 15:04' (UTC) or 2026-03-01T15:04Z\n"), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task A_length_and_an_end_exclude_each_other()
    {
        using var place = new Workplace();
        var run = await CommandRun.OfAsync("freeze", "--reason", "x", "--for", "1h", "--until", "15:00", "--data", place.Data);
        Assert.Equal((2, "--for and --until exclude each other: give a length of time or its end\n"), (run.ExitCode, run.Errors));
    }

    [Theory]
    [InlineData("force", "--reason", "--for", "--until", "--actor", "<service>", "<endpoint>")]
    [InlineData("release", "--reason", "--actor", "<service>")]
    [InlineData("maintenance", "--for", "[<endpoint>]")]
    [InlineData("freeze", "--for", "[<service>]")]
    [InlineData("status", "--json", "[<service>]")]
    public async Task Help_says_what_there_is(string verb, params string[] parts)
    {
        var run = await CommandRun.OfAsync(verb, "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.All(parts, part => Assert.Contains(part, run.Output, StringComparison.Ordinal));
    }
}
