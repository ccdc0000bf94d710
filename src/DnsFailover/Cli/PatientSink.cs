using System.Threading.Channels;
using Serilog.Core;
using Serilog.Events;

namespace DnsFailover.Cli;

/// <summary>
/// Writes the log apart from those who log. What reads the daemon's output may stall (a full disk behind a collector,
/// a terminal that was paused), and a decision must not wait for it. Lines that find no room are counted and dropped.
/// </summary>
internal sealed class PatientSink : ILogEventSink, IDisposable
{
    /// <summary>Lines that wait to be written.</summary>
    private const int Capacity = 10_000;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Channel<LogEvent> _lines = Channel.CreateBounded<LogEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Logger _output;
    private readonly Task _writing;
    private long _dropped;

    /// <summary>Writes to this, which it disposes.</summary>
    public PatientSink(Logger output)
    {
        _output = output;
        _writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        if (!_lines.Writer.TryWrite(logEvent))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Gives what waits a second to be written.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        if (_writing.Wait(LastWords))
        {
            _output.Dispose();
        }
    }

    private void Write()
    {
        // A thread of its own, since the output may block it.
        while (_lines.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_lines.Reader.TryRead(out var line))
            {
                _output.Write(line);
            }

            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            {
                _output.Warning("{Dropped} lines of the log were dropped, because its reader did not keep up", dropped);
            }
        }
    }
}
