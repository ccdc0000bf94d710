using System.Net;
using System.Net.Sockets;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>What keeps <c>run</c> from starting: one clear message that says what to do, exit code 2, and no stack trace.</summary>
public sealed class StartupTroubleTests
{
    private const string Good = """
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        services:
          - name: api.go.test
            check: {type: http, path: /}
            endpoints:
              - {name: one, addresses: [127.0.0.2], check: {port: 1} }
        """;

    [Fact]
    public async Task Malformed_YAML_is_refused_with_its_place()
    {
        using var place = new Workplace();
        place.Write(Good.Replace("services:", "services: [", StringComparison.Ordinal));
        await AssertRefusedAsync(["run", "--config", place.Config, "--ephemeral"], @"failover\.yaml:\d+:\d+: ", @"failover\.yaml is not valid: 1 mistake");
    }

    [Fact]
    public async Task An_absent_secret_is_named()
    {
        using var place = new Workplace();
        place.Write(Good + "\nnotifications:\n  slack: {webhook: \"${DNSFAILOVER_TEST_NOT_SET}\"}\n");
        await AssertRefusedAsync(["run", "--config", place.Config, "--ephemeral"], @"failover\.yaml:9:\d+: .*DNSFAILOVER_TEST_NOT_SET");
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_written_is_refused_and_another_one_asked_for()
    {
        using var place = new Workplace();
        place.Write(Good);
        await AssertRefusedAsync(["run", "--config", place.Config, "--data", Path.Combine(place.Config, "data")], "failover.yaml/data.*--data");
    }

    [Fact]
    public async Task A_port_in_use_is_told_with_the_way_to_find_who_has_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var place = new Workplace();
        place.Write(Good.Replace("127.0.0.1:0", $"127.0.0.1:{port}", StringComparison.Ordinal));
        await AssertRefusedAsync(["run", "--config", place.Config, "--data", place.Data], $"cannot listen at 127.0.0.1:{port}: something else uses port {port}.*ss -lnptu");
    }

    [Fact]
    public async Task A_second_daemon_on_one_data_directory_is_refused()
    {
        using var place = new Workplace();
        place.Write(Good);
        await using var first = await DaemonProcess.RunAsync(place.Config, place.Data);
        await AssertRefusedAsync(["run", "--config", place.Config, "--data", place.Data], $"process {first.Id} ");
    }

    [Fact]
    public async Task A_file_that_does_not_exist_is_told_with_its_path()
    {
        using var place = new Workplace();
        await AssertRefusedAsync(["run", "--config", place.Config], "--config names .*failover.yaml, which does not exist");
    }

    private static async Task AssertRefusedAsync(string[] arguments, params string[] patterns)
    {
        await using var process = DaemonProcess.Start(arguments);
        Assert.Equal(2, await process.EndsAsync());
        Assert.All(patterns, pattern => Assert.Matches(pattern, process.Errors));
        Assert.DoesNotMatch(@"(?m)^\s+at |Exception|\x1b", process.Said);
    }
}
