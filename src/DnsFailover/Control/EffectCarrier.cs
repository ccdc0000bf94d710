using System.Collections.Concurrent;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Providers;
using DnsFailover.Verification;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Control;

/// <summary>
/// Carries effects out. Records are awaited, since nothing may be written at a provider before its intent is durable;
/// all else runs apart, and its end comes back as an event. Each request is answered by exactly one event, also when
/// a provider never replies or has a bug.
/// </summary>
internal sealed partial class EffectCarrier(
    IJournal journal,
    IProbeRequests probes,
    IProviderDirectory providers,
    IAnswerVerifier verifier,
    TimeProvider time,
    ILogger<EffectCarrier> logger)
{
    /// <summary>How long the authoritative servers have to follow a write; secondaries may need their refresh.</summary>
    internal static readonly TimeSpan VerificationBound = TimeSpan.FromSeconds(60);

    /// <summary>A provider that overruns its own timeout by so much is not waited for any longer.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Task, byte> _running = new();

    /// <summary>Carries out one effect.</summary>
    /// <param name="effect">What to do.</param>
    /// <param name="post">Takes the event that answers it.</param>
    /// <param name="stopping">The daemon stops: requests under way end without an event.</param>
    /// <exception cref="JournalException">A record could not be made durable.</exception>
    public async Task CarryAsync(Effect effect, Func<ControllerEvent, ValueTask> post, CancellationToken stopping)
    {
        switch (effect)
        {
            case Effect.Record record:
                // Not to be torn by a stop: what is journalled half-way through a shutdown is still wanted.
                await journal.WriteAsync(record.Entries, record.Alerts, CancellationToken.None);
                break;
            case Effect.ProbeNow probe:
                probes.Request(probe.Target, probe.RequestId, probe.Delay);
                break;
            case Effect.ReadRecords read:
                Run(() => ReadAsync(read, stopping), post, stopping);
                break;
            case Effect.Apply apply:
                Run(() => ApplyAsync(apply, stopping), post, stopping);
                break;
            case Effect.Verify verify:
                Run(() => VerifyAsync(verify, stopping), post, stopping);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "not a known effect");
        }
    }

    /// <summary>Ends when every request under way has ended.</summary>
    public Task DrainAsync() => Task.WhenAll(_running.Keys);

    private void Run(Func<Task<ControllerEvent>> request, Func<ControllerEvent, ValueTask> post, CancellationToken stopping)
    {
        var task = Task.Run(
            async () =>
            {
                try
                {
                    await post(await request());
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    // A write that was under way is resolved by reading at the next start.
                }
            },
            CancellationToken.None);
        _running.TryAdd(task, 0);
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task<ControllerEvent> ReadAsync(Effect.ReadRecords read, CancellationToken stopping)
    {
        try
        {
            var records = await WithinTimeoutAsync(read.Provider, (provider, token) => provider.ReadAsync(read.Name, token), stopping);
            return new ControllerEvent.RecordsRead(read.Name, read.RequestId, records);
        }
        catch (ProviderException e)
        {
            return new ControllerEvent.ReadFailed(read.Name, read.RequestId, e.Message, e.RetryAfter);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            LogBug(e, read.Provider, "read", read.Name);
            return new ControllerEvent.ReadFailed(read.Name, read.RequestId, Bug(e), RetryAfter: null);
        }
    }

    private async Task<ControllerEvent> ApplyAsync(Effect.Apply apply, CancellationToken stopping)
    {
        try
        {
            var readBack = await WithinTimeoutAsync(apply.Provider, (provider, token) => provider.ApplyAsync(apply.Change, token), stopping);
            return new ControllerEvent.ChangeApplied(apply.Name, apply.Change.Id, readBack);
        }
        catch (ProviderException e)
        {
            return new ControllerEvent.ChangeFailed(apply.Name, apply.Change.Id, e.Failure, e.Message, e.RetryAfter);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            LogBug(e, apply.Provider, "change", apply.Name);
            return new ControllerEvent.ChangeFailed(apply.Name, apply.Change.Id, ProviderFailure.Ambiguous, Bug(e), RetryAfter: null);
        }
    }

    private async Task<ControllerEvent> VerifyAsync(Effect.Verify verify, CancellationToken stopping)
    {
        try
        {
            if (providers.Find(verify.Provider).Provider.WhyNotVerifiable(verify.Name) is { } hidden)
            {
                return new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: true, $"{verify.Provider} shows it; {hidden}");
            }

            var servers = await WithinTimeoutAsync(verify.Provider, (provider, token) => provider.AuthoritativeServersAsync(token), stopping);
            var result = await verifier.VerifyAsync(servers, verify.Expected, VerificationBound, stopping);
            return new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, result.Verified, result.Reason);
        }
        catch (ProviderException e)
        {
            return new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: false, $"the authoritative servers could not be found: {e.Message}");
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            LogBug(e, verify.Provider, "verify", verify.Name);
            return new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, Verified: false, Bug(e));
        }
    }

    /// <summary>Bounds a call by its provider's timeout; one that does not even heed its cancellation is left behind.</summary>
    private async Task<T> WithinTimeoutAsync<T>(string name, Func<IDnsProvider, CancellationToken, Task<T>> call, CancellationToken stopping)
    {
        var (provider, timeout) = providers.Find(name);
        using var bound = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stopping);
        try
        {
            return await call(provider, linked.Token).WaitAsync(timeout + Grace, time, stopping);
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"no reply within {Text.Of(timeout)}", e);
        }
    }

    private static string Bug(Exception e) => $"a defect in the daemon ({e.GetType().Name}); its log has the details";

    [LoggerMessage(1001, LogLevel.Error, "Provider {Provider} failed unexpectedly ({Call} {Name})")]
    private partial void LogBug(Exception exception, string provider, string call, DnsName name);
}
