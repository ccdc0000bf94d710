using System.Diagnostics;
using System.Globalization;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary><c>dnsfailover</c> as operators run it: a process of its own, with its output in a pipe. Disposing kills it.</summary>
internal sealed class DaemonProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private int _open = 2;

    private DaemonProcess(Process process)
    {
        _process = process;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>True when the process is gone.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>What it wrote to its standard output.</summary>
    public string Output => Read(_output);

    /// <summary>What it complained of.</summary>
    public string Errors => Read(_errors);

    /// <summary>Everything that it said.</summary>
    public string Said => Output + Errors;

    /// <summary>Starts it with these arguments.</summary>
    public static DaemonProcess Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        Start(InstalledProgram.With([.. arguments]), environment);

    /// <summary>Starts it as this says.</summary>
    public static DaemonProcess Start(ProcessStartInfo start, params (string Name, string Value)[] environment)
    {
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new DaemonProcess(Process.Start(start)!);
    }

    /// <summary>Starts <c>run</c> and waits until it says that it runs.</summary>
    public static async Task<DaemonProcess> RunAsync(string config, string data, params (string Name, string Value)[] environment)
    {
        var daemon = Start(["run", "--config", config, "--data", data], environment);
        try
        {
            await daemon.SaysAsync("dnsfailover runs with");
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it has said this, so many times.</summary>
    public Task SaysAsync(string text, int times = 1) => Eventually.HoldsAsync(
        () => Said.Split(text).Length > times || (_process.HasExited && Volatile.Read(ref _open) == 0 ? throw new InvalidOperationException($"it ended without saying '{text}':\n{Said}") : false),
        () => $"'{text}' {times} times; it said:\n{Said}");

    /// <summary>Waits for its end and gives the exit code.</summary>
    public async Task<int> EndsAsync()
    {
        await Eventually.HoldsAsync(() => _process.HasExited && Volatile.Read(ref _open) == 0, () => $"its end; it said:\n{Said}");
        return _process.ExitCode;
    }

    /// <summary>Sends a signal such as HUP or TERM.</summary>
    public Task SignalAsync(string signal) =>
        RunProgram.ToEndAsync("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)], string.Empty, TestContext.Current.CancellationToken);

    /// <summary>Ends it at once, with no chance to tidy up (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>The same without waiting until it is gone.</summary>
    public void Strike() => _process.Kill();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Take(List<string> lines, string? line)
    {
        if (line is null)
        {
            Interlocked.Decrement(ref _open);
            return;
        }

        lock (_gate)
        {
            lines.Add(line);
        }
    }

    private string Read(List<string> lines)
    {
        lock (_gate)
        {
            return string.Concat(lines.Select(line => line + "\n"));
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => _process.Kill();
}
