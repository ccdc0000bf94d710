using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Network;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Logging;
using DnsFailover.Providers;
using DnsFailover.SelfCheck;
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
    IControlTargets controls,
    TimeProvider time,
    ILogger<EffectCarrier> logger) : IEffectCarrier
{
    /// <summary>How long the authoritative servers have to follow a write; secondaries may need their refresh.</summary>
    internal static readonly TimeSpan VerificationBound = TimeSpan.FromSeconds(60);

    /// <summary>A verification that overruns its bound by so much is not waited for any longer.</summary>
    private static readonly TimeSpan VerificationGrace = TimeSpan.FromSeconds(10);

    /// <summary>From one attempt to find the authoritative servers to the next.</summary>
    private static readonly TimeSpan ServersPause = TimeSpan.FromSeconds(1);

    /// <summary>However long a provider asks to be left alone, it is asked again after so much: the name may need it.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private readonly ProviderLanes _lanes = new(time);

    /// <inheritdoc/>
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
            case Effect.Confirm confirmation:
                probes.Confirm(confirmation.Target, confirmation.RequestId, confirmation.Delay, confirmation.Apart);
                break;
            case Effect.CallOff confirmations:
                probes.CallOff(confirmations.Target);
                break;
            case Effect.ReadRecords read:
                Run(() => ReadAsync(read, stopping), post, stopping);
                break;
            case Effect.Apply apply:
                Run(() => ApplyAsync(apply, stopping), post, stopping, Core.Text.DecisionId(apply.Name, apply.Change.Id));
                break;
            case Effect.Verify verify:
                Run(() => VerifyAsync(verify, stopping), post, stopping, Core.Text.DecisionId(verify.Name, verify.ChangeId));
                break;
            case Effect.CheckControls check:
                Run(() => CheckControlsAsync(check, stopping), post, stopping);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "not a known effect");
        }
    }

    /// <summary>Ends when every request under way has ended; never fails.</summary>
    public async Task DrainAsync() => await Task.WhenAll(_running.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Run(Func<Task<ControllerEvent>> request, Func<ControllerEvent, ValueTask> post, CancellationToken stopping, string? decisionId = null)
    {
        var task = Task.Run(
            async () =>
            {
                using var story = DecisionScope.Begin(logger, decisionId);
                try
                {
                    await post(await request());
                }
                catch (Exception e) when (stopping.IsCancellationRequested)
                {
                    // Whatever a provider says to being called off is no news; a write that was under way is resolved
                    // by reading at the next start.
                    LogCalledOff(e.GetType().Name);
                }
            },
            CancellationToken.None);
        _running.TryAdd(task, 0);
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task<ControllerEvent> ReadAsync(Effect.ReadRecords read, CancellationToken stopping)
    {
        var found = false;
        try
        {
            var (provider, timeout) = providers.Find(read.Provider);
            found = true;
            var records = await _lanes.Reads(provider).CallAsync(token => provider.ReadAsync(read.Name, token), timeout, stopping);
            return new ControllerEvent.RecordsRead(read.Name, read.RequestId, records);
        }
        catch (ProviderException e)
        {
            return new ControllerEvent.ReadFailed(read.Name, read.RequestId, e.Message, Bounded(e.RetryAfter)) { ProviderGone = !found };
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            LogBug(e, read.Provider, "read", read.Name);
            return new ControllerEvent.ReadFailed(read.Name, read.RequestId, Bug(e), RetryAfter: null);
        }
    }

    private async Task<ControllerEvent> ApplyAsync(Effect.Apply apply, CancellationToken stopping)
    {
        var calls = ProviderCalls.Begin();
        try
        {
            var (provider, timeout) = providers.Find(apply.Provider);
            var readBack = await _lanes.Writes(provider).CallAsync(token => provider.ApplyAsync(apply.Change, token), timeout, apply.GoodFor ?? timeout, stopping);
            return new ControllerEvent.ChangeApplied(apply.Name, apply.Change.Id, readBack) { Calls = calls.Lines };
        }
        catch (ProviderException e)
        {
            return new ControllerEvent.ChangeFailed(apply.Name, apply.Change.Id, e.Failure, e.Message, Bounded(e.RetryAfter)) { Calls = calls.Lines };
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            LogBug(e, apply.Provider, "change", apply.Name);
            return new ControllerEvent.ChangeFailed(apply.Name, apply.Change.Id, ProviderFailure.Ambiguous, Bug(e), RetryAfter: null) { Calls = calls.Lines };
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

            var began = time.GetTimestamp();
            var servers = await ServersAsync(verify.Provider, began, stopping);
            var left = VerificationBound - time.GetElapsedTime(began);
            var result = await verifier.VerifyAsync(servers, verify.Expected, left, stopping).WaitAsync(VerificationBound + VerificationGrace, time, stopping);
            return new ControllerEvent.VerificationEnded(verify.Name, verify.ChangeId, result.Verified, result.Reason)
            {
                Servers = result.Servers.Select(server => new ServerAnswer(server.Server.ToString(), server.Verified, server.Elapsed, server.Sentence)).ToValueList(),
            };
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

    private async Task<ControllerEvent> CheckControlsAsync(Effect.CheckControls check, CancellationToken stopping)
    {
        try
        {
            return new ControllerEvent.ControlsChecked(check.RequestId, await controls.AskAsync(stopping));
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            LogNotChecked(e);
            return new ControllerEvent.ControlsChecked(check.RequestId, [new ControlResult("the control targets", Passed: false, Bug(e), TimeSpan.Zero)]);
        }
    }

    /// <summary>Trouble that may pass is sat out within the bound: a lost datagram must not look like a server that does not follow.</summary>
    private async Task<IReadOnlyList<IPEndPoint>> ServersAsync(string name, long began, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                var (provider, timeout) = providers.Find(name);
                return await _lanes.Reads(provider).CallAsync(provider.AuthoritativeServersAsync, timeout, stopping);
            }
            catch (ProviderException e) when (e.Failure is not ProviderFailure.Rejected && time.GetElapsedTime(began) + ServersPause < VerificationBound)
            {
                await Task.Delay(ServersPause, time, stopping);
            }
        }
    }

    private static TimeSpan? Bounded(TimeSpan? retryAfter) => retryAfter > LongestRetryAfter ? LongestRetryAfter : retryAfter;

    private static string Bug(Exception e) => $"a defect in the daemon ({e.GetType().Name}); its log has the details";

    [LoggerMessage(1001, LogLevel.Error, "Provider {Provider} failed unexpectedly ({Call} {Name})")]
    private partial void LogBug(Exception exception, string provider, string call, DnsName name);

    [LoggerMessage(1005, LogLevel.Error, "The control targets could not be asked")]
    private partial void LogNotChecked(Exception exception);

    [LoggerMessage(1004, LogLevel.Debug, "A request under way was called off by the stop ({Kind})")]
    private partial void LogCalledOff(string kind);
}
