using System.Diagnostics;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.Shipping;

/// <summary>
/// The published program in surroundings such as those of the image: another user, a root that cannot be written to and holds nothing but the
/// program, the libraries of the base and time zones, no shell, no /tmp, a loopback of its own, and a volume at /var/lib/dnsfailover. Made with bubblewrap.
/// </summary>
internal sealed class Sandbox : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _bubblewrap = Peers.Require("bwrap", "bubblewrap");
    private readonly string _program = ShippingTool.Found(InstalledProgram.Published, "no published program: set DNSFAILOVER_PROGRAM to what 'dotnet publish src/DnsFailover -a x64 -o DIRECTORY' makes");
    private Process? _daemon;

    /// <summary>A file inside, by what follows /var/lib/dnsfailover.</summary>
    public string this[string name] => Path.Combine(_folder.Path, "volume", name);

    /// <summary>Lays out the volume and failover.yaml.</summary>
    public static Sandbox With(string yaml)
    {
        var sandbox = new Sandbox();
        Directory.CreateDirectory(sandbox[string.Empty]);
        Directory.CreateDirectory(Path.Combine(sandbox._folder.Path, "etc"));
        File.WriteAllText(Path.Combine(sandbox._folder.Path, "etc", "failover.yaml"), yaml);
        return sandbox;
    }

    /// <summary>Runs a verb to its end.</summary>
    public Task<ToolRun> RunAsync(params string[] arguments) => ShippingTool.RunAsync(_bubblewrap, Arguments(arguments), string.Empty);

    /// <summary>Starts the daemon and waits until it says this.</summary>
    public async Task StartAsync(string until)
    {
        _daemon = Process.Start(new ProcessStartInfo(_bubblewrap, Arguments("run")) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _daemon.OutputDataReceived += (_, line) => Take(line.Data);
        _daemon.ErrorDataReceived += (_, line) => Take(line.Data);
        _daemon.BeginOutputReadLine();
        _daemon.BeginErrorReadLine();
        await Eventually.HoldsAsync(() => Said.Contains(until, StringComparison.Ordinal) || (_daemon.HasExited ? throw new InvalidOperationException(Said) : false), () => Said);
    }

    /// <summary>Runs a verb beside the daemon, as <c>docker exec</c> and the health check of a container do.</summary>
    public async Task<ToolRun> BesideAsync(params string[] arguments) => await ShippingTool.RunAsync(
        "env", ["-i", Peers.Require("nsenter", "util-linux"), "--target", await ProgramAsync(), "--user", "--mount", "--net", "--pid", "--preserve-credentials", "--wd", "--", Inside, .. arguments], string.Empty);

    /// <summary>Stops it as a container is stopped, and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await RunProgram.ToEndAsync("kill", ["-TERM", await ProgramAsync()], string.Empty, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => _daemon!.HasExited, () => Said);
        await _daemon!.WaitForExitAsync(TestContext.Current.CancellationToken); // also for the end of what it says
        return _daemon.ExitCode;
    }

    /// <summary>What the daemon has said.</summary>
    public string Said
    {
        get
        {
            lock (_folder)
            {
                return field;
            }
        }
        private set;
    } = string.Empty;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is { HasExited: false })
        {
            _daemon.Kill(entireProcessTree: true);
            await _daemon.WaitForExitAsync(CancellationToken.None);
        }

        _daemon?.Dispose();
        _folder.Dispose();
    }

    /// <summary>Where the program is inside.</summary>
    private string Inside => $"/app/{Path.GetFileName(_program)}";

    /// <summary>The number outside of the program, which inside has number 1: bubblewrap is its parent.</summary>
    private async Task<string> ProgramAsync() => (await File.ReadAllTextAsync($"/proc/{_daemon!.Id}/task/{_daemon.Id}/children", TestContext.Current.CancellationToken)).Trim();

    private void Take(string? line)
    {
        lock (_folder)
        {
            Said += line + "\n";
        }
    }

    private List<string> Arguments(params IEnumerable<string> arguments)
    {
        List<string> all = ["--unshare-user", "--unshare-pid", "--unshare-net", "--as-pid-1", "--die-with-parent", "--new-session", "--clearenv", "--uid", "1654", "--gid", "1654", "--proc", "/proc", "--dev", "/dev"];
        foreach (var library in new[] { "/lib", "/lib64", "/usr/lib", "/usr/share/zoneinfo", "/etc/ssl", "/etc/resolv.conf", "/etc/hosts", "/etc/localtime" }.Where(Path.Exists))
        {
            all.AddRange(["--ro-bind", library, library]);
        }

        return
        [
            .. all,
            "--ro-bind", Path.GetDirectoryName(_program)!, "/app",
            "--ro-bind", Path.Combine(_folder.Path, "etc"), "/etc/dnsfailover",
            "--bind", this[string.Empty], "/var/lib/dnsfailover",
            "--chdir", "/var/lib/dnsfailover",
            "--remount-ro", "/",
            Inside,
            .. arguments,
        ];
    }
}
