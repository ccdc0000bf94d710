using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Benchmarks;

/// <summary>Asks the authoritative server about every millisecond, apart from the daemon, and notes when an answer is first seen.</summary>
internal sealed class AnswerWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<(string Value, DateTimeOffset At)> _changes = new();
    private readonly Task _asking;

    /// <summary>Begins to ask.</summary>
    public AnswerWatch(IPEndPoint server, DnsName name) => _asking = Task.Run(() => AskAsync(server, name));

    /// <summary>What was answered last.</summary>
    public string Current => _changes.LastOrDefault().Value ?? string.Empty;

    /// <summary>When this value came in as an answer, after the time; waits for it for 30 s.</summary>
    /// <exception cref="TimeoutException">It was not answered.</exception>
    public async Task<DateTimeOffset> FirstAsync(string value, DateTimeOffset after, CancellationToken cancellationToken)
    {
        for (var waited = 0; waited < 6000; waited++)
        {
            if (_changes.FirstOrDefault(change => change.Value == value && change.At >= after) is { Value: not null } found)
            {
                return found.At;
            }

            await Task.Delay(5, cancellationToken);
        }

        throw new TimeoutException($"{value} was not answered within 30 s");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AskAsync(IPEndPoint server, DnsName name)
    {
        var client = new DnsClient(TimeProvider.System);
        var last = string.Empty;
        while (true)
        {
            var reply = await client.QueryAsync(server, name, DnsType.A, TimeSpan.FromSeconds(5), _stopping.Token);
            var value = string.Join(' ', reply.Answers.Select(record => record.Data.ToString()));
            if (value != last)
            {
                _changes.Enqueue((value, DateTimeOffset.UtcNow));
                last = value;
            }

            await Task.Delay(1, _stopping.Token);
        }
    }
}
