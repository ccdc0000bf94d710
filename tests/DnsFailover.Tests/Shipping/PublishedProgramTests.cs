namespace DnsFailover.Tests.Shipping;

/// <summary>What the image is made of, as it runs there. With DNSFAILOVER_PROGRAM all other tests of processes run with it too.</summary>
public sealed class PublishedProgramTests
{
    private const string Yaml = """
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        selfCheck: off
        services:
          - name: api.go.test
            check: {type: tcp, port: 9}
            endpoints:
              - {name: one, addresses: [127.0.0.1]}
              - {name: two, addresses: [127.0.0.2]}
            failback: {delay: 1m, windows: [{schedule: "0 9 * * 1-5", duration: 8h, timeZone: Europe/Berlin}]}

        """;

    [Fact]
    public async Task The_daemon_runs_as_somebody_with_a_root_that_is_read_only_and_ends_cleanly_on_SIGTERM()
    {
        await using var sandbox = Sandbox.With(Yaml);

        await sandbox.StartAsync("dnsfailover runs with /etc/dnsfailover/failover.yaml");
        Assert.True(File.Exists(sandbox["data/journal.db"]), sandbox.Said);

        Assert.Equal(0, await sandbox.StopAsync());
        Assert.Contains("dnsfailover has stopped", sandbox.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("without having closed everything", sandbox.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_in_the_container_finds_the_daemon_without_a_word()
    {
        await using var sandbox = Sandbox.With(Yaml);
        await sandbox.StartAsync("dnsfailover runs with");

        var run = await sandbox.BesideAsync("status");

        Assert.True(run.ExitCode == 0, run.Said);
        Assert.Contains("api.go.test", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_is_found_without_a_word_and_time_zones_are_known()
    {
        await using var sandbox = Sandbox.With(Yaml);

        var run = await sandbox.RunAsync("validate");

        Assert.True(run.ExitCode == 0, run.Said);
        Assert.StartsWith("/etc/dnsfailover/failover.yaml is valid", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_shows_a_failover_and_the_way_back()
    {
        await using var sandbox = Sandbox.With(Yaml);

        var run = await sandbox.RunAsync("demo");

        Assert.True(run.ExitCode == 0, run.Said);
        Assert.Contains("Every step was observed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_health_check_of_the_image_tells_a_daemon_that_runs_from_one_that_does_not()
    {
        await using var sandbox = Sandbox.With(Yaml);
        Assert.NotEqual(0, (await sandbox.RunAsync("healthcheck")).ExitCode);
        await sandbox.StartAsync("dnsfailover runs with");
        var run = await sandbox.BesideAsync("healthcheck");
        Assert.True(run.ExitCode == 0, run.Said);
    }

    [Fact]
    public async Task It_is_one_file_beside_the_database_library()
    {
        var program = ShippingTool.Found(InstalledProgram.Published, "no published program: see Sandbox");

        Assert.Equal(["dnsfailover", "libe_sqlite3.so"], Directory.GetFiles(Path.GetDirectoryName(program)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.InRange(new FileInfo(program).Length, 1, 130L * 1024 * 1024); // of an image that is to start fast where it has never been
        await Task.CompletedTask;
    }
}
