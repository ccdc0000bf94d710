using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Configuration;

/// <summary>
/// Notices that failover.yaml changed: written in place, replaced by a rename, swapped by a symbolic link somewhere
/// on its path (as Kubernetes does with <c>..data</c>), or gone and back. Events of the file system only make it look sooner;
/// what counts is the content, which is also looked at on a fixed period because events get lost.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="surroundings">For reading it.</param>
/// <param name="changed">Is told of each new content, valid or not, one at a time. It decides what becomes of it.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">For what goes wrong while watching.</param>
internal sealed partial class ConfigurationWatcher(
    string path, ISurroundings surroundings, Func<ConfigurationResult, CancellationToken, Task> changed, TimeProvider clock, ILogger<ConfigurationWatcher> logger)
{
    private const int MostSettlingRounds = 25;

    private readonly Channel<bool> _looks = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _reloadAsked;
    private string _reported = string.Empty;

    /// <summary>From one look at the content to the next when no event says anything.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For how long new content must not change before it is taken: editors write in pieces.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>For how long the file may be gone before that is reported: some editors and deployments take it away for a moment.</summary>
    public TimeSpan MissingGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After which a content that could not be told is read and told again.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads the file now and tells of it even when it did not change; what SIGHUP means.</summary>
    public void Reload()
    {
        Interlocked.Exchange(ref _reloadAsked, 1);
        Look();
    }

    /// <summary>Watches until it is cancelled.</summary>
    /// <param name="knownHash">The <see cref="ConfigurationResult.Hash"/> of what is in use already.</param>
    /// <param name="cancellationToken">Ends it, with an <see cref="OperationCanceledException"/>.</param>
    public async Task RunAsync(string knownHash, CancellationToken cancellationToken)
    {
        _reported = knownHash;
        using var events = Subscribe();
        Look();
        while (true)
        {
            await WaitAsync(cancellationToken);
            try
            {
                if (await NewResultAsync(cancellationToken) is { } result)
                {
                    _reported = result.Hash;
                    await changed(result, cancellationToken);
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever went wrong this time, an operator who mends the file must be heard.
                LogFailed(exception, Retry);
                await Task.Delay(Retry, clock, cancellationToken);
                Reload();
            }
        }
    }

    private void Look() => _looks.Writer.TryWrite(true);

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var period = new CancellationTokenSource(Period, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(period.Token, cancellationToken);
        try
        {
            await _looks.Reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The period is over: look without having been told to.
        }
    }

    /// <summary>What is to be told, or null when nothing changed.</summary>
    private async Task<ConfigurationResult?> NewResultAsync(CancellationToken cancellationToken)
    {
        var asked = Interlocked.Exchange(ref _reloadAsked, 0) == 1;
        var content = Content();
        if (!asked)
        {
            if (content is { Hash: var hash } && hash == _reported)
            {
                return null;
            }

            content = await SettledAsync(content, cancellationToken);
            var askedMeanwhile = Interlocked.Exchange(ref _reloadAsked, 0) == 1;
            if (content.Hash == _reported && !askedMeanwhile)
            {
                return null;
            }
        }

        return content.Bytes is { } bytes ? ConfigurationLoader.Parse(path, bytes, surroundings) : ConfigurationLoader.Unreadable(path, content.Trouble!);
    }

    /// <summary>The content once it stands still: a short time for a file that is there, longer for one that is not.</summary>
    private async Task<FileContent> SettledAsync(FileContent content, CancellationToken cancellationToken)
    {
        var missingSince = clock.GetTimestamp();
        for (var round = 0; round < MostSettlingRounds || content.Bytes is null; round++)
        {
            await Task.Delay(Settling, clock, cancellationToken);
            var next = Content();
            var settled = next.Hash == content.Hash && (next.Bytes is not null || clock.GetElapsedTime(missingSince) >= MissingGrace);
            content = next;
            if (settled || Volatile.Read(ref _reloadAsked) == 1)
            {
                break;
            }
        }

        return content;
    }

    private FileContent Content()
    {
        try
        {
            var bytes = BoundedFile.Read(path, ConfigurationLoader.LargestFile);
            return new FileContent(ConfigurationLoader.Hash(bytes), bytes, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new FileContent(string.Empty, null, exception);
        }
    }

    private FileSystemWatcher? Subscribe()
    {
        // The directory, not the file: a rename over the file or a swapped link beside it is an event of the directory.
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            var watcher = new FileSystemWatcher(directory)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.CreationTime,
            };
            watcher.Changed += (_, _) => Look();
            watcher.Created += (_, _) => Look();
            watcher.Deleted += (_, _) => Look();
            watcher.Renamed += (_, _) => Look();
            watcher.Error += (_, _) => Look();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            LogNoEvents(directory, Period, exception.Message);
            return null;
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "The file system does not tell of changes in {Directory} ({Reason}); failover.yaml is looked at every {Period} instead")]
    private partial void LogNoEvents(string directory, TimeSpan period, string reason);

    [LoggerMessage(2002, LogLevel.Error, "failover.yaml was read but could not be put into effect as a whole; this is tried again in {Retry}")]
    private partial void LogFailed(Exception exception, TimeSpan retry);

    /// <summary>What is there now; a missing file has the hash of nothing.</summary>
    private readonly record struct FileContent(string Hash, byte[]? Bytes, Exception? Trouble);
}
