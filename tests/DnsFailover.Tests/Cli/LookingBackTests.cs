using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Tests.EndToEnd;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Cli;

/// <summary><c>explain</c> and <c>replay</c> when there is nothing to read, or when they are asked for what is not there.</summary>
public sealed class LookingBackTests : IDisposable
{
    private static readonly DnsName Api = DnsName.Parse("api.example.com");

    private readonly Workplace _place = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("explain", "api.example.com", "--data")]
    [InlineData("replay", "--journal")]
    public async Task Without_a_journal_it_is_said_where_one_was_looked_for(params string[] arguments)
    {
        _place.Write(Yaml());
        var run = await CommandRun.OfAsync([.. arguments, _place.Data, "--config", _place.Config]);
        Assert.Equal((2, $"there is no journal at {_place.Data}: name the data directory of the daemon, or its journal.db\n"), (run.ExitCode, run.Errors));
        Directory.CreateDirectory(_place.Data);
        run = await CommandRun.OfAsync([.. arguments, _place.Data, "--config", _place.Config]);
        Assert.Equal((2, $"there is no journal at {Path.Combine(_place.Data, "journal.db")}: name the data directory of the daemon, or its journal.db\n"), (run.ExitCode, run.Errors));

        run = await CommandRun.OfAsync([.. arguments, _place.Config, "--config", _place.Config]);
        Assert.Equal((2, $"{_place.Config} is not a journal of dnsfailover: name the data directory of the daemon, or its journal.db\n"), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task A_journal_of_another_user_is_not_said_to_be_missing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "permissions do not hold for this user");
        await JournalAsync();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(_place.Data, "journal.db"), UnixFileMode.None);
        }

        var run = await CommandRun.OfAsync("explain", "api.example.com", "--data", _place.Data);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("may not be read by this user: run this as the user of the daemon", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_name_or_time_is_said_with_what_there_is()
    {
        await JournalAsync();
        _place.Write(Yaml());
        await SaysAsync("knows no service 'api.example.co'; did you mean 'api.example.com'?\n", "explain", "api.example.co", "--data", _place.Data);
        await SaysAsync("knows no service 'zzz'; it knows api.example.com\n", "explain", "zzz", "--data", _place.Data);
        await SaysAsync("--at: 'noonish' is no time; expected 2026-03-01T14:02:10Z", "explain", "api.example.com", "--at", "noonish", "--data", _place.Data);
        await SaysAsync("--at: 2999-01-01 has not come yet", "explain", "api.example.com", "--at", "2999-01-01", "--data", _place.Data);
        await SaysAsync("--since: 'noonish' is no time", "replay", "--config", _place.Config, "--journal", _place.Data, "--since", "noonish");
        await SaysAsync("there is no service 'api.example.co'; did you mean 'api.example.com'?", "replay", "--config", _place.Config, "--journal", _place.Data, "--service", "api.example.co");
        await SaysAsync("holds no observations: they are kept since this version", "replay", "--config", _place.Config, "--journal", _place.Data);
        await SaysAsync("Option '--journal' is required.", "replay", "--config", _place.Config);
    }

    [Fact]
    public async Task Rows_that_cannot_be_read_are_not_passed_over_in_silence()
    {
        await JournalAsync();
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(_place.Data, "journal.db")};Pooling=False"))
        {
            await connection.OpenAsync(Ct);
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE entries SET json = '{}' WHERE kind = 'override'";
            Assert.Equal(1, await command.ExecuteNonQueryAsync(Ct));
        }

        var run = await CommandRun.OfAsync("explain", "api.example.com", "--data", _place.Data);

        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith("(not all is told: rows of the journal that cannot be read: 1)\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_is_found_though_failover_yaml_has_mistakes_elsewhere()
    {
        await JournalAsync();
        _place.Write($"dataDirectory: {_place.Data}\nservces: 5\nproviders: {{bind: {{tsig: {{secret: \"${{DNSFAILOVER_TEST_NOT_SET}}\"}} }} }}\n");

        var run = await CommandRun.OfAsync("explain", "api.example.com", "--config", _place.Config);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
        Assert.Contains("override    every service frozen by alice@laptop", run.Output, StringComparison.Ordinal);

        _place.Write("dataDirectory: [a]");
        await SaysAsync("Where the journal is, is not known without it: give the data directory with --data", "explain", "api.example.com", "--config", _place.Config);
    }

    private static async Task SaysAsync(string says, params string[] arguments)
    {
        var run = await CommandRun.OfAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(says, run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    private static string Yaml() => """
        providers:
          local: {type: builtin, zone: example.com, listen: "127.0.0.1:0"}
        services:
          - {name: api.example.com, check: {type: tcp, port: 1}, endpoints: [{name: one, addresses: [192.0.2.1]}, {name: two, addresses: [192.0.2.2]}]}
        """;

    private async Task JournalAsync()
    {
        var now = DateTimeOffset.UtcNow;
        await using var journal = SqliteJournal.Open(_place.Data, [], TimeProvider.System, NullLogger<SqliteJournal>.Instance);
        await journal.WriteAsync(
            [
                new ConditionRaised { At = now.AddMinutes(-5), Service = Api, Cause = "x", Alert = AlertKind.Refused, Reason = "held", Since = now.AddMinutes(-5), Told = true },
                new OverrideBegan { At = now.AddMinutes(-4), Override = new Override(OverrideKind.Freeze, Service: null, Endpoint: null, "release", "alice@laptop", now.AddMinutes(-4), now.AddHours(2)) },
            ],
            [],
            Ct);
    }
}
