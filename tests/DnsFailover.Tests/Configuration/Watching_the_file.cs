using System.Diagnostics;
using System.Threading.Channels;
using DnsFailover.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Configuration;

public sealed class Watching_the_file
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static string Changed => Yaml.With("192.0.2.10", "192.0.2.11");

    [Fact]
    public async Task A_file_written_in_place_is_told_once()
    {
        await using var watched = await Watched.StartAsync(folder => folder["failover.yaml"]);

        await File.WriteAllTextAsync(watched.Path, Changed, TestContext.Current.CancellationToken);

        Assert.Equal("192.0.2.11", First(await watched.NextAsync()));
        await watched.HasNothingMoreAsync();
    }

    [Fact]
    public async Task A_file_renamed_over_it_is_told()
    {
        await using var watched = await Watched.StartAsync(folder => folder["failover.yaml"]);
        var draft = watched.Path + ".new";
        await File.WriteAllTextAsync(draft, Changed, TestContext.Current.CancellationToken);

        File.Move(draft, watched.Path, overwrite: true);

        Assert.Equal("192.0.2.11", First(await watched.NextAsync()));
    }

    [Fact]
    public async Task A_directory_swapped_by_its_link_is_told()
    {
        // As a Kubernetes volume: failover.yaml → ..data/failover.yaml, ..data → ..2025, swapped by a rename.
        await using var watched = await Watched.StartAsync(folder =>
        {
            Directory.CreateDirectory(folder["..2025"]);
            File.WriteAllText(Path.Combine(folder["..2025"], "failover.yaml"), Yaml.Dozen);
            Directory.CreateSymbolicLink(folder["..data"], "..2025");
            File.CreateSymbolicLink(folder["failover.yaml"], "..data/failover.yaml");
            return folder["failover.yaml"];
        });
        var folder = Path.GetDirectoryName(watched.Path)!;
        Directory.CreateDirectory(Path.Combine(folder, "..2026"));
        await File.WriteAllTextAsync(Path.Combine(folder, "..2026", "failover.yaml"), Changed, TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(Path.Combine(folder, "..data_tmp"), "..2026");

        // The framework cannot rename a link over a link to a directory.
        using var move = Process.Start("mv", ["-T", Path.Combine(folder, "..data_tmp"), Path.Combine(folder, "..data")]);
        await move.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, move.ExitCode);

        Assert.Equal("192.0.2.11", First(await watched.NextAsync()));
    }

    [Fact]
    public async Task A_change_without_an_event_is_found_by_looking()
    {
        using var elsewhere = new TemporaryFolder();
        await File.WriteAllTextAsync(elsewhere["real.yaml"], Yaml.Dozen, TestContext.Current.CancellationToken);
        await using var watched = await Watched.StartAsync(folder =>
        {
            File.CreateSymbolicLink(folder["failover.yaml"], elsewhere["real.yaml"]);
            return folder["failover.yaml"];
        });

        await File.WriteAllTextAsync(elsewhere["real.yaml"], Changed, TestContext.Current.CancellationToken);

        Assert.Equal("192.0.2.11", First(await watched.NextAsync()));
    }

    [Fact]
    public async Task A_file_that_is_gone_for_a_moment_is_no_news()
    {
        await using var watched = await Watched.StartAsync(folder => folder["failover.yaml"]);

        File.Delete(watched.Path);
        await watched.SawChangeAsync();
        await File.WriteAllTextAsync(watched.Path, Yaml.Dozen, TestContext.Current.CancellationToken);

        await watched.HasNothingMoreAsync();
    }

    [Fact]
    public async Task A_file_that_stays_away_is_told_once_and_its_return_too()
    {
        await using var watched = await Watched.StartAsync(folder => folder["failover.yaml"], missingGrace: TimeSpan.FromMilliseconds(300));

        File.Delete(watched.Path);
        var gone = await watched.NextAsync();
        Assert.Null(gone.Configuration);
        Assert.Equal("the file does not exist", Assert.Single(gone.Problems).Message);

        await File.WriteAllTextAsync(watched.Path, Yaml.Dozen, TestContext.Current.CancellationToken);
        Assert.Equal("192.0.2.10", First(await watched.NextAsync()));
    }

    [Fact]
    public async Task A_file_that_is_invalid_is_told_with_its_problems()
    {
        await using var watched = await Watched.StartAsync(folder => folder["failover.yaml"]);

        await File.WriteAllTextAsync(watched.Path, "services: 1\n", TestContext.Current.CancellationToken);

        var result = await watched.NextAsync();
        Assert.Null(result.Configuration);
        Assert.NotEmpty(result.Errors);
    }

    [Fact]
    public async Task A_reload_is_told_even_when_nothing_changed()
    {
        await using var watched = await Watched.StartAsync(folder => folder["failover.yaml"]);

        watched.Watcher.Reload();

        Assert.Equal("192.0.2.10", First(await watched.NextAsync()));
    }

    private static string First(ConfigurationResult result) => Assert.IsType<DaemonConfiguration>(result.Configuration).Services[0].Endpoints[0].Targets[0].Value;

    /// <summary>A file that is being watched, in a folder of its own.</summary>
    private sealed class Watched : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Channel<ConfigurationResult> _told = Channel.CreateUnbounded<ConfigurationResult>();
        private readonly CancellationTokenSource _stop = new();
        private readonly ObservedClock _clock = new();
        private Task _run = Task.CompletedTask;

        public required string Path { get; set; }

        public required ConfigurationWatcher Watcher { get; set; }

        public static async Task<Watched> StartAsync(Func<TemporaryFolder, string> prepare, TimeSpan? missingGrace = null)
        {
            var watched = new Watched { Path = string.Empty, Watcher = null! };
            watched.Path = prepare(watched._folder);
            if (!File.Exists(watched.Path))
            {
                await File.WriteAllTextAsync(watched.Path, Yaml.Dozen, TestContext.Current.CancellationToken);
            }

            var surroundings = new FakeSurroundings();
            watched.Watcher = new ConfigurationWatcher(watched.Path, surroundings, async (result, token) => await watched._told.Writer.WriteAsync(result, token), watched._clock, NullLogger<ConfigurationWatcher>.Instance)
            {
                MissingGrace = missingGrace ?? TimeSpan.FromSeconds(30),
                Period = TimeSpan.FromMilliseconds(300),
            };
            watched._run = watched.Watcher.RunAsync(ConfigurationLoader.Load(watched.Path, surroundings).Hash, watched._stop.Token);
            return watched;
        }

        public async Task<ConfigurationResult> NextAsync() => await _told.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);

        /// <summary>Makes a last change: it must be the next that is told.</summary>
        public async Task HasNothingMoreAsync()
        {
            await File.WriteAllTextAsync(Path, Yaml.With("192.0.2.10", "192.0.2.99"), TestContext.Current.CancellationToken);
            Assert.Equal("192.0.2.99", First(await NextAsync()));
        }

        /// <summary>Waits until the watcher has seen content that is not what it told last.</summary>
        public Task SawChangeAsync() => _clock.Asked.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
            _stop.Dispose();
            _folder.Dispose();
        }
    }

    /// <summary>The system's clock; the watcher asks it for a timestamp when it begins to wait for a change to settle.</summary>
    private sealed class ObservedClock : TimeProvider
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override long GetTimestamp()
        {
            Asked.TrySetResult();
            return base.GetTimestamp();
        }
    }
}
