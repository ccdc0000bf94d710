using System.Diagnostics;
using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>What a name's server answered from some moment on.</summary>
/// <param name="At">Since the watch began.</param>
/// <param name="Text">The values, sorted, or the response code when there are none.</param>
internal sealed record SeenAnswer(TimeSpan At, string Text);

/// <summary>Asks a server for a name without a pause, as all the world's resolvers do, and keeps each answer that differs from the one before.</summary>
internal sealed class NameWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _gate = new();
    private readonly List<SeenAnswer> _seen = [];
    private readonly Task _asking;

    private NameWatch(IPEndPoint server, DnsName name, DnsType type, TimeSpan pause) => _asking = Task.Run(() => AskAsync(server, name, type, pause));

    /// <summary>Begins, and waits for the first answer. It asks about every 5 ms, or with another pause between two questions.</summary>
    public static async Task<NameWatch> StartAsync(IPEndPoint server, string name, DnsType type = DnsType.A, Func<string>? more = null, TimeSpan? pause = null)
    {
        var watch = new NameWatch(server, DnsName.Parse(name), type, pause ?? TimeSpan.FromMilliseconds(5));
        await Eventually.HoldsAsync(() => watch.Seen.Count > 0, () => $"an answer of {server}\n{more?.Invoke()}");
        return watch;
    }

    /// <summary>Every answer so far; one that repeats the one before is not in it.</summary>
    public IReadOnlyList<SeenAnswer> Seen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen];
            }
        }
    }

    /// <summary>The texts of <see cref="Seen"/>.</summary>
    public string[] Answers => [.. Seen.Select(seen => seen.Text)];

    /// <summary>Waits until this is the answer.</summary>
    public Task ShowsAsync(string text, Func<string>? more = null) =>
        Eventually.HoldsAsync(() => Seen[^1].Text == text, () => $"the answer {text}; the answers were {string.Join(" | ", Answers)}\n{more?.Invoke()}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _asking;
        _stopping.Dispose();
    }

    private async Task AskAsync(IPEndPoint server, DnsName name, DnsType type, TimeSpan pause)
    {
        var client = new DnsClient(TimeProvider.System);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var reply = await client.QueryAsync(server, name, type, TimeSpan.FromSeconds(2), _stopping.Token);
                var values = string.Join(' ', reply.Answers.Where(record => record.Type == type).Select(record => record.Data.ToString()).Order(StringComparer.Ordinal));
                Take(values.Length > 0 ? values : reply.Rcode.ToString());
                await Task.Delay(pause, _stopping.Token);
            }
            catch (DnsClientException)
            {
                // A server that is not there says nothing about the name.
                await Task.Delay(pause, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Take(string text)
    {
        lock (_gate)
        {
            if (_seen.Count == 0 || _seen[^1].Text != text)
            {
                _seen.Add(new SeenAnswer(_clock.Elapsed, text));
            }
        }
    }
}
