using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers.Rfc2136;

namespace DnsFailover.Tests.Providers;

/// <summary>What a <see cref="NamedServer"/> is started with.</summary>
public sealed record NamedOptions
{
    /// <summary>Lines of the zone file, after SOA and NS; names are relative to the zone.</summary>
    public string Records { get; init; } = string.Empty;

    /// <summary>The target of the zone's NS record.</summary>
    public string NameServer { get; init; } = "ns1";

    /// <summary>
    /// Statements that permit updates. By default the sha256 and sha512 keys may change everything and the third may not.
    /// </summary>
    public string? UpdatePermission { get; init; }
}

/// <summary>
/// A real BIND, serving one zone on a free port of 127.0.0.1 (UDP and TCP) out of a temporary directory. Disposing ends
/// the process and deletes the directory.
/// </summary>
public sealed class NamedServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly string _directory;
    private readonly Lock _logLock = new();
    private readonly Queue<string> _log = new();
    private Process? _process;

    private NamedServer(string program, string zone)
    {
        (_program, Zone) = (program, DnsName.Parse(zone));
        _directory = Directory.CreateTempSubdirectory("dnsfailover-named-").FullName;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>The zone.</summary>
    public DnsName Zone { get; }

    /// <summary>Where it answers.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>The hmac-sha256 key that may update.</summary>
    public string KeyName => "dnsfailover";

    /// <summary>Its text, in base64.</summary>
    public string KeySecret { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The hmac-sha512 key that may update.</summary>
    public string Key512Name => "dnsfailover-512";

    /// <summary>Its text, in base64.</summary>
    public string Key512Secret { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));

    /// <summary>An hmac-sha256 key that is known and may not update.</summary>
    public string DeniedKeyName => "onlooker";

    /// <summary>Its text, in base64.</summary>
    public string DeniedKeySecret { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The text of the key that tests write foreign records with.</summary>
    private string AdminSecret { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Starts one and returns when it answers for its zone. Skips the test where BIND is not installed.</summary>
    public static async Task<NamedServer> StartAsync(string zone, NamedOptions? options = null, CancellationToken cancellationToken = default)
    {
        var server = new NamedServer(Peers.Require("named", "bind9"), zone);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                server.EndPoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
                await server.WriteFilesAsync(options ?? new NamedOptions(), cancellationToken);
                if (await server.TryLaunchAsync(cancellationToken))
                {
                    return server;
                }

                // Somebody else may have taken the port between finding and binding it.
                await server.KillAsync();
                Assert.True(attempt < 4, $"named does not start:\n{server.Log}");
            }
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Options of a provider that writes here with the sha256 key and verifies here.</summary>
    public Rfc2136Options ProviderOptions() => new()
    {
        Zone = Zone,
        Server = EndPoint.Address.ToString(),
        Port = EndPoint.Port,
        Tsig = new TsigKeyOptions(KeyName, TsigAlgorithm.HmacSha256, Secret.Literal(KeySecret)),
        NameServers = [EndPoint],
    };

    /// <summary>The last lines that it logged.</summary>
    public string Log
    {
        get
        {
            lock (_logLock)
            {
                return string.Join('\n', _log);
            }
        }
    }

    /// <summary>Changes records with <c>nsupdate</c> and a key of its own: one update command per line, absolute names.</summary>
    public async Task UpdateAsync(IEnumerable<string> commands, CancellationToken cancellationToken)
    {
        var script = $"server {EndPoint.Address} {EndPoint.Port}\nzone {Zone}.\n{string.Join('\n', commands.Select(command => $"update {command}"))}\nsend\n";
        await RunProgram.ToEndAsync(Peers.Require("nsupdate", "bind9-dnsutils"), ["-k", Path.Combine(_directory, "admin.key")], script, cancellationToken);
    }

    /// <summary>Replaces one RRset by way of <c>nsupdate</c>.</summary>
    public Task ReplaceAsync(string name, string type, int ttl, IEnumerable<string> values, CancellationToken cancellationToken) =>
        UpdateAsync([$"delete {name}. {type}", .. values.Select(value => $"add {name}. {ttl} {type} {value}")], cancellationToken);

    /// <summary>What <c>dig</c> shows of one RRset: <c>ttl value</c>, sorted.</summary>
    public async Task<string[]> DigAsync(string name, string type, CancellationToken cancellationToken)
    {
        var output = await RunProgram.ToEndAsync(
            Peers.Require("dig", "bind9-dnsutils"),
            [$"@{EndPoint.Address}", "-p", EndPoint.Port.ToString(CultureInfo.InvariantCulture), "+norecurse", "+noall", "+answer", "+time=5", "-q", name, "-t", type],
            string.Empty,
            cancellationToken);
        return
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split((char[])['\t', ' '], 5, StringSplitOptions.RemoveEmptyEntries))
                .Where(fields => fields.Length == 5 && fields[3] == type)
                .Select(fields => $"{fields[1]} {fields[4]}")
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Every update of one RRset since the server was first started, oldest first, out of BIND's own journal of the zone.</summary>
    public async Task<IReadOnlyList<ZoneChange>> HistoryAsync(string name, string type, CancellationToken cancellationToken)
    {
        var journal = Path.Combine(_directory, "zone.db.jnl");
        return File.Exists(journal)
            ? ZoneChange.Parse(await RunProgram.ToEndAsync(Peers.Require("named-journalprint", "bind9-utils"), [journal], string.Empty, cancellationToken), name, type)
            : [];
    }

    /// <summary>Ends the process; the zone stays. It is asked to: killed while it writes its journal, it would not load the zone again.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            await SignalAsync("-TERM", CancellationToken.None);
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>Starts it again on the same port, with the zone as it was.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken) => Assert.True(await TryLaunchAsync(cancellationToken), Log);

    /// <summary>It stays where it is and does nothing any more: connections are taken by the kernel and nobody answers.</summary>
    public async Task FreezeAsync(CancellationToken cancellationToken)
    {
        await SignalAsync("-STOP", cancellationToken);
        for (var began = Stopwatch.StartNew(); !IsStopped(); await Task.Delay(5, cancellationToken))
        {
            Assert.True(began.Elapsed < StartTimeout, "named does not stop");
        }
    }

    /// <summary>It goes on after <see cref="FreezeAsync"/>.</summary>
    public Task ThawAsync(CancellationToken cancellationToken) => SignalAsync("-CONT", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await KillAsync();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task KillAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>Threads stop one by one after the signal; the state follows the name, which is in parentheses (proc(5)).</summary>
    private bool IsStopped() => Directory.GetDirectories($"/proc/{_process!.Id}/task")
        .All(thread => File.ReadAllText(Path.Combine(thread, "stat")).Split(") ")[^1].StartsWith('T'));

    private Task<string> SignalAsync(string signal, CancellationToken cancellationToken) =>
        RunProgram.ToEndAsync("kill", [signal, _process!.Id.ToString(CultureInfo.InvariantCulture)], string.Empty, cancellationToken);

    private async Task<bool> TryLaunchAsync(CancellationToken cancellationToken)
    {
        var program = await ProgramAsync(cancellationToken);
        _process = Process.Start(new ProcessStartInfo(program, ["-g", "-n", "1", "-c", Path.Combine(_directory, "named.conf")]) { UseShellExecute = false, RedirectStandardError = true })!;
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
        var client = new DnsClient(TimeProvider.System);
        for (var began = Stopwatch.StartNew(); began.Elapsed < StartTimeout && !_process.HasExited;)
        {
            try
            {
                var reply = await client.QueryAsync(EndPoint, Zone, DnsType.SOA, TimeSpan.FromMilliseconds(500), cancellationToken);
                if (reply.IsAuthoritative && reply.Rcode == DnsRcode.NOERROR && !Log.Contains("address in use", StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (DnsClientException)
            {
                // Not listening yet.
            }

            await Task.Delay(10, cancellationToken);
        }

        return false;
    }

    /// <summary>
    /// The program, or a copy where AppArmor would keep the installed one from reading a temporary directory: its profile
    /// goes by the path. Another process makes the copy, since a program cannot be started for as long as a child forked
    /// at the wrong moment still holds it open for writing.
    /// </summary>
    private async Task<string> ProgramAsync(CancellationToken cancellationToken)
    {
        var copy = Path.Combine(_directory, "named");
        if (!File.Exists("/etc/apparmor.d/usr.sbin.named") || !Directory.Exists("/sys/module/apparmor"))
        {
            return _program;
        }

        if (!File.Exists(copy))
        {
            await RunProgram.ToEndAsync("cp", [_program, copy], string.Empty, cancellationToken);
        }

        return copy;
    }

    private async Task WriteFilesAsync(NamedOptions options, CancellationToken cancellationToken)
    {
        var permission = options.UpdatePermission ?? $"update-policy {{ grant admin zonesub ANY; grant {KeyName} zonesub ANY; grant {Key512Name} zonesub ANY; }};";
        var configuration = $$"""
            options {
                directory "{{_directory}}";
                listen-on port {{EndPoint.Port}} { 127.0.0.1; };
                listen-on-v6 { none; };
                pid-file none;
                lock-file none;
                session-keyfile none;
                recursion no;
                dnssec-validation no;
                empty-zones-enable no;
                notify no;
                max-journal-size 64m;
                allow-transfer { none; };
            };
            controls { };
            include "{{Path.Combine(_directory, "admin.key")}}";
            key "{{KeyName}}" { algorithm hmac-sha256; secret "{{KeySecret}}"; };
            key "{{Key512Name}}" { algorithm hmac-sha512; secret "{{Key512Secret}}"; };
            key "{{DeniedKeyName}}" { algorithm hmac-sha256; secret "{{DeniedKeySecret}}"; };
            zone "{{Zone}}" { type primary; file "zone.db"; {{permission}} };
            """;
        var zone = $"""
            $ORIGIN {Zone}.
            $TTL 300
            @ IN SOA ns1 hostmaster 1 3600 600 86400 60
            @ IN NS {options.NameServer}
            ns1 IN A 127.0.0.1
            {options.Records}

            """;
        await File.WriteAllTextAsync(Path.Combine(_directory, "admin.key"), $"key \"admin\" {{ algorithm hmac-sha256; secret \"{AdminSecret}\"; }};\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_directory, "zone.db"), zone, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_directory, "named.conf"), configuration, cancellationToken);
    }

    private void Remember(string? line)
    {
        lock (_logLock)
        {
            if (line is null)
            {
                return;
            }

            _log.Enqueue(line);
            if (_log.Count > 200)
            {
                _log.Dequeue();
            }
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => _process?.Kill();
}
