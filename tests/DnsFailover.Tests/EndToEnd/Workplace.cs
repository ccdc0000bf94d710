using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Core.Journal;
using DnsFailover.Journal;
using DnsFailover.Tests.Providers;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>A directory with a failover.yaml and the data of a daemon, gone after the test.</summary>
internal sealed class Workplace : IDisposable
{
    /// <summary>
    /// Timings under which everything happens soon, and a busy machine is not taken for a dead endpoint: a refused
    /// connection shows within a second, an endpoint that is merely slow has almost as long to answer.
    /// </summary>
    public const string Quick = "check: {type: http, path: /}, interval: 1s, timeout: 900ms, fastInterval: 50ms, failback: {delay: 300ms, flapWindow: 0s}, minActiveTime: 0s, switchesPerHour: off";

    private readonly string _directory = Directory.CreateTempSubdirectory("dnsfailover-e2e-").FullName;

    /// <summary>The configuration file.</summary>
    public string Config => this["failover.yaml"];

    /// <summary>The data directory; the daemon makes it.</summary>
    public string Data => this["data"];

    /// <summary>A path in the directory.</summary>
    public string this[string name] => Path.Combine(_directory, name);

    /// <summary>An rfc2136 entry for this server, with the key's text in $TSIG_SECRET.</summary>
    public static string Rfc2136(NamedServer named) => Rfc2136(named, named.EndPoint);

    /// <summary>The same, written by way of something else.</summary>
    public static string Rfc2136(NamedServer named, IPEndPoint server) => $$"""
        {type: rfc2136, server: "{{server}}", zone: {{named.Zone}}, nameServers: ["{{named.EndPoint}}"], timeout: 5s, tsig: {name: {{named.KeyName}}, secret: "${TSIG_SECRET}"} }
        """;

    /// <summary>Replaces the file as a whole, as editors and deployments do. Tests that say nothing of the API do without it: they run side by side, and there is one default port.</summary>
    public void Write(string yaml)
    {
        File.WriteAllText(Config + ".new", WithoutApi(yaml));
        File.Move(Config + ".new", Config, overwrite: true);
    }

    /// <summary>What the journal of a daemon that has ended holds.</summary>
    public async Task<IReadOnlyList<JournalEntry>> JournalAsync()
    {
        await using var journal = SqliteJournal.Open(Data, [], TimeProvider.System, NullLogger<SqliteJournal>.Instance);
        return await journal.ReadAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The configuration of a text that must be valid.</summary>
    public static DaemonConfiguration Parse(string yaml)
    {
        var result = ConfigurationLoader.Parse("failover.yaml", System.Text.Encoding.UTF8.GetBytes(WithoutApi(yaml)), ProcessSurroundings.Instance);
        Assert.True(result.Configuration is not null, string.Join('\n', result.Problems));
        return result.Configuration;
    }

    private static string WithoutApi(string yaml) =>
        !yaml.Contains("services:", StringComparison.Ordinal) || yaml.Contains("\napi:", StringComparison.Ordinal) || yaml.StartsWith("api:", StringComparison.Ordinal) ? yaml : $"{yaml.TrimEnd()}\napi: off\n";

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
