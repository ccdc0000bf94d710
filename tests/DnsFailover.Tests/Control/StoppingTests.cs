using System.Diagnostics;
using DnsFailover.Tests.Journal;
using Microsoft.Data.Sqlite;

namespace DnsFailover.Tests.Control;

/// <summary>The process itself, told to end at awkward moments.</summary>
public sealed class StoppingTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Told_to_end_while_it_starts_it_ends_as_told()
    {
        for (var wait = 150; wait <= 900; wait += 150)
        {
            using var daemon = await StartAsync("--ephemeral");
            await Task.Delay(wait, TestContext.Current.CancellationToken); // the moment is the input: any of them must do

            var (code, output) = await EndAsync(daemon, TimeSpan.FromSeconds(20));

            Assert.True(code is 0 or 143, $"after {wait} ms it ended with {code}: {output}"); // 143 before it listens to signals
            Assert.DoesNotContain("xception", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Told_to_end_while_another_program_holds_the_journal_it_ends_in_time()
    {
        using var daemon = await StartAsync("--data", _folder.Path);
        await UntilItRunsAsync(daemon);
        await using var locker = new SqliteConnection($"Data Source={_folder["journal.db"]};Pooling=False");
        await locker.OpenAsync(TestContext.Current.CancellationToken);
        await using var begin = locker.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        await begin.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var (code, output) = await EndAsync(daemon, TimeSpan.FromSeconds(20));

        Assert.Equal(0, code);
        Assert.DoesNotContain("xception", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_nobody_reads_stops_neither_decisions_nor_the_end()
    {
        using var daemon = await StartAsync("--data", _folder.Path);
        try
        {
            await UntilItRunsAsync(daemon);

            // A pipe holds 64 KiB. Each rejected file is a long line, and what nobody reads fills it.
            for (var round = 0; round < 20; round++)
            {
                var before = Rejections();
                await File.WriteAllTextAsync(_folder["failover.yaml"], string.Join('\n', Enumerable.Range(0, 20).Select(i => $"r{round}x{i}{new string('k', 400)}: 1")), TestContext.Current.CancellationToken);
                await Eventually.HoldsAsync(() => Rejections() > before, () => $"the rejection is journalled, after {before} others");
            }

            using (var kill = Process.Start("kill", ["-TERM", $"{daemon.Id}"]))
            {
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            await daemon.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
        }
    }

    private long Rejections()
    {
        using var connection = new SqliteConnection($"Data Source={_folder["journal.db"]};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM entries WHERE kind = 'configuration'";
        return (long)count.ExecuteScalar()!;
    }

    private async Task<Process> StartAsync(params string[] options)
    {
        var file = _folder["failover.yaml"];
        await File.WriteAllTextAsync(
            file,
            """
            providers:
              local: { type: builtin, zone: example.test, listen: "127.0.0.1:0" }
            services:
              - name: api.example.test
                interval: 1s
                timeout: 200ms
                check: { type: tcp, port: 1 }
                endpoints:
                  - {name: a, addresses: [127.0.0.1] }
                  - {name: b, addresses: [127.0.0.2] }
            """,
            TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "dnsfailover"), ["run", "--config", file, .. options]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    private static async Task UntilItRunsAsync(Process daemon)
    {
        while (await daemon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("dnsfailover runs with", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail("it ended before it ran");
    }

    private static async Task<(int Code, string Output)> EndAsync(Process daemon, TimeSpan patience)
    {
        var output = Task.WhenAll(daemon.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), daemon.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        using (var kill = Process.Start("kill", ["-TERM", $"{daemon.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        try
        {
            await daemon.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
        }

        return (daemon.ExitCode, string.Join('\n', await output));
    }
}
