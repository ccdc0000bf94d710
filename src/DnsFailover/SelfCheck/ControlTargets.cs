using System.Net.Sockets;
using DnsFailover.Core;
using DnsFailover.Core.Network;
using DnsFailover.Dns;
using DnsFailover.Probing;

namespace DnsFailover.SelfCheck;

/// <summary>
/// Asks the control targets of failover.yaml. A decision waits for the answer, so that it does not take longer than it must:
/// once enough of them have answered, the others get little time.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ControlTargets(TimeProvider time) : IControlTargets, IDisposable
{
    /// <summary>Once enough have answered, the others have so long to follow.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(150);

    private readonly DnsClient _dns = new(time);

    /// <summary>Of its own: lookups that hang here must not keep probes from theirs.</summary>
    private readonly SystemNameResolver _resolver = new();

    private volatile SelfCheckOptions? _options;

    /// <summary>From now on these are asked; null asks none.</summary>
    public void Replace(SelfCheckOptions? options) => _options = options;

    /// <inheritdoc/>
    public async Task<ValueList<ControlResult>> AskAsync(CancellationToken cancellationToken)
    {
        if (_options is not { } options)
        {
            return [];
        }

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        await using var onDeadline = deadline.Token.Register(giveUp.Cancel);
        var since = time.GetTimestamp();
        var questions = options.Targets.Select(target => AskAsync(target, since, giveUp.Token)).ToList();
        await EnoughAsync(questions, options.Needed);
        if (!giveUp.IsCancellationRequested && questions.Exists(question => !question.IsCompleted))
        {
            giveUp.CancelAfter(Courtesy);
        }

        var results = await Task.WhenAll(questions);
        cancellationToken.ThrowIfCancellationRequested();
        return results.ToValueList();
    }

    /// <inheritdoc/>
    public void Dispose() => _resolver.Dispose();

    private static async Task EnoughAsync(List<Task<ControlResult>> questions, int needed)
    {
        var passed = 0;
        await foreach (var answered in Task.WhenEach(questions))
        {
            passed += (await answered).Passed ? 1 : 0;
            if (passed >= needed)
            {
                return;
            }
        }
    }

    private async Task<ControlResult> AskAsync(ControlTarget target, long since, CancellationToken giveUp)
    {
        try
        {
            var answer = await (target.Kind switch
            {
                ControlKind.Tcp => ConnectAsync(target, giveUp),
                ControlKind.Dns => QueryAsync(target, giveUp),
                _ => ResolveAsync(target, giveUp),
            }).WaitAsync(giveUp);
            return new ControlResult(target.Text, Passed: true, answer, time.GetElapsedTime(since));
        }
        catch (OperationCanceledException)
        {
            var took = time.GetElapsedTime(since);
            return new ControlResult(target.Text, Passed: false, $"no answer within {Text.Of(took)}", took);
        }
        catch (Exception e)
        {
            return new ControlResult(target.Text, Passed: false, e is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "connection refused" : e.Message, time.GetElapsedTime(since));
        }
    }

    private static async Task<string> ConnectAsync(ControlTarget target, CancellationToken giveUp)
    {
        using var socket = new Socket(target.Server!.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target.Server, giveUp);
        return socket.LocalEndPoint?.Equals(target.Server) == true ? throw new SocketException((int)SocketError.ConnectionRefused) : "connected"; // on loopback, a socket can connect with itself
    }

    private async Task<string> QueryAsync(ControlTarget target, CancellationToken giveUp)
    {
        var query = DnsMessage.Query(target.Name!.Value, DnsType.A, DnsClient.NewId()) with { Flags = DnsFlags.RecursionDesired };
        var reply = await _dns.ExchangeAsync(target.Server!, query, DnsTransport.UdpThenTcp, _options?.Timeout ?? TimeSpan.FromSeconds(2), signer: null, giveUp);
        return $"replied {reply.Rcode}";
    }

    private async Task<string> ResolveAsync(ControlTarget target, CancellationToken giveUp)
    {
        var answer = await _resolver.ResolveAsync(target.Name!.Value.ToString(), AddressFamily.Unspecified, giveUp);
        return answer.Status switch
        {
            NameStatus.Found => $"found {answer.Addresses[0]}",
            NameStatus.NotFound => "answered that there is no such name",
            _ => throw new ResolverDownException(answer.Trouble ?? "the resolver could not tell"),
        };
    }

    private sealed class ResolverDownException(string message) : Exception(message);
}
