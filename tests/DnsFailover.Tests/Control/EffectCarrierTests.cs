using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Control;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Verification;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Control;

public sealed class EffectCarrierTests : IDisposable
{
    private static readonly DnsName Name = DnsName.Parse("api.example.com");

    private readonly ScriptedProvider _dns = new() { [Name] = Sample.Active };
    private readonly FakeDirectory _directory = new();
    private readonly ConcurrentQueue<ControllerEvent> _answers = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ManualResetEventSlim _gate = new();
    private readonly FakeControls _controls = new();
    private readonly EffectCarrier _carrier;

    public EffectCarrierTests()
    {
        _directory.Providers["dns"] = _dns;
        _carrier = Carrier(new AgreeingVerifier());
    }

    public enum Misbehaviour
    {
        Throws,
        Refuses,
        Hangs,
        IgnoresCancellation,
        BlocksItsThread,
        ThrowsCancellationOfItsOwn,
    }

    public enum Call
    {
        Read,
        Apply,
        Verify,
    }

    public static TheoryData<Call, Misbehaviour> Misbehaviours =>
        [.. from call in Enum.GetValues<Call>() from how in Enum.GetValues<Misbehaviour>() select (call, how)];

    public void Dispose()
    {
        _gate.Set();
        _stopping.Cancel();
        _stopping.Dispose();
    }

    [Theory]
    [MemberData(nameof(Misbehaviours))]
    public async Task However_a_provider_misbehaves_its_request_is_answered_once(Call call, Misbehaviour how)
    {
        var late = new TaskCompletionSource();
        _dns.OnRead = _dns.OnApply = _dns.OnServers = token => how switch
        {
            Misbehaviour.Throws => throw new InvalidOperationException("boom"),
            Misbehaviour.Refuses => throw new ProviderException(ProviderFailure.Rejected, "no permission"),
            Misbehaviour.Hangs => Task.Delay(Timeout.Infinite, token),
            Misbehaviour.IgnoresCancellation => late.Task,
            Misbehaviour.BlocksItsThread => Block(),
            _ => throw new OperationCanceledException("mine"),
        };

        // The servers are looked for again for as long as a verification may last: that they are not found is tested apart.
        if (call == Call.Verify && how is not (Misbehaviour.Throws or Misbehaviour.Refuses))
        {
            var healthy = 0;
            var misbehave = _dns.OnServers;
            _dns.OnServers = token => Interlocked.Increment(ref healthy) == 1 ? misbehave(token) : Task.CompletedTask;
        }

        await CarryAsync(call switch
        {
            Call.Read => new Effect.ReadRecords(Name, "dns", 7),
            Call.Apply => new Effect.Apply(Name, "dns", Sample.Change(Name, 7)),
            _ => new Effect.Verify(Name, "dns", 7, [Sample.Records(Name, Sample.Standby)[RecordType.A]!]),
        });

        await Eventually.HoldsAsync(() => !_answers.IsEmpty, () => "it is answered");
        late.TrySetResult();
        _gate.Set();
        await _carrier.DrainAsync();
        var answer = Assert.Single(_answers);
        Assert.True(answer is ControllerEvent.ReadFailed { RequestId: 7 } or ControllerEvent.ChangeFailed { ChangeId: 7 } or ControllerEvent.VerificationEnded { ChangeId: 7 });
        if (answer is ControllerEvent.ChangeFailed failed)
        {
            Assert.Equal(how == Misbehaviour.Refuses ? ProviderFailure.Rejected : ProviderFailure.Ambiguous, failed.Failure);
        }

        Task Block()
        {
            _gate.Wait(CancellationToken.None);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_provider_is_not_asked_everything_at_once_and_writes_do_not_stand_in_line_behind_reads()
    {
        _directory.Timeout = TimeSpan.FromMinutes(1);
        var hold = new TaskCompletionSource();
        _dns.OnRead = _ => hold.Task;
        for (var i = 0; i < 500; i++)
        {
            await CarryAsync(new Effect.ReadRecords(Name, "dns", i));
        }

        await CarryAsync(new Effect.Apply(Name, "dns", Sample.Change(Name)));
        await Eventually.HoldsAsync(() => _answers.Any(answer => answer is ControllerEvent.ChangeApplied), () => "the write is made");
        hold.SetResult();

        await Eventually.HoldsAsync(() => _answers.Count == 501, () => "every read is answered");
        Assert.InRange(_dns.MostReadsAtOnce, 1, ProviderLane.ReadsAtOnce);
    }

    [Fact]
    public async Task A_write_whose_turn_does_not_come_while_its_evidence_holds_is_never_made()
    {
        _directory.Timeout = TimeSpan.FromMinutes(1);
        var hold = new TaskCompletionSource();
        _dns.OnApply = _ => hold.Task;
        for (var i = 0; i < ProviderLane.WritesAtOnce; i++)
        {
            await CarryAsync(new Effect.Apply(Name, "dns", Sample.Change(Name, i)));
        }

        await Eventually.HoldsAsync(() => _dns.Writes == ProviderLane.WritesAtOnce, () => "every place is taken");
        await CarryAsync(new Effect.Apply(Name, "dns", Sample.Change(Name, 99)) { GoodFor = TimeSpan.FromMilliseconds(50) });
        await Eventually.HoldsAsync(() => !_answers.IsEmpty, () => "the write that is too late is answered");
        hold.SetResult();
        await Eventually.HoldsAsync(() => _answers.Count == ProviderLane.WritesAtOnce + 1, () => "the others are answered");

        var expired = Assert.IsType<ControllerEvent.ChangeFailed>(_answers.First());
        Assert.Equal((99, ProviderFailure.Transient), (expired.ChangeId, expired.Failure));
        Assert.Equal(ProviderLane.WritesAtOnce, _dns.Writes);
    }

    [Fact]
    public async Task A_provider_whose_calls_never_end_does_not_pile_them_up()
    {
        var never = new TaskCompletionSource();
        _dns.OnRead = _ => never.Task;
        _directory.Timeout = TimeSpan.FromMilliseconds(1);
        for (var i = 0; i < 3 * ProviderLane.ReadsAtOnce; i++)
        {
            await CarryAsync(new Effect.ReadRecords(Name, "dns", i));
        }

        await Eventually.HoldsAsync(() => _answers.Count == 3 * ProviderLane.ReadsAtOnce, () => "every read is answered");
        Assert.Equal(ProviderLane.ReadsAtOnce, _dns.Reads);
        never.SetResult();
        _dns.OnRead = _ => Task.CompletedTask;
        _directory.Timeout = TimeSpan.FromSeconds(10);
        await Eventually.HoldsAsync(
            () =>
            {
                _ = CarryAsync(new Effect.ReadRecords(Name, "dns", 1000));
                return _answers.Any(answer => answer is ControllerEvent.RecordsRead);
            },
            () => "it is asked again once they have ended");
    }

    [Fact]
    public async Task However_long_a_provider_wants_to_be_left_alone_it_is_asked_again_within_an_hour()
    {
        _dns.OnRead = _ => throw new ProviderException(ProviderFailure.Transient, "too many requests", retryAfter: TimeSpan.MaxValue);

        await CarryAsync(new Effect.ReadRecords(Name, "dns", 1));

        await _carrier.DrainAsync();
        Assert.Equal(TimeSpan.FromHours(1), Assert.IsType<ControllerEvent.ReadFailed>(Assert.Single(_answers)).RetryAfter);
    }

    [Fact]
    public async Task A_provider_that_is_not_declared_any_more_is_told_apart_from_one_that_refuses()
    {
        _dns.OnRead = _ => throw new ProviderException(ProviderFailure.Rejected, "no permission");

        await CarryAsync(new Effect.ReadRecords(Name, "dns", 1));
        await CarryAsync(new Effect.ReadRecords(Name, "gone", 2));

        await _carrier.DrainAsync();
        Assert.Equal([false, true], _answers.Cast<ControllerEvent.ReadFailed>().OrderBy(failed => failed.RequestId).Select(failed => failed.ProviderGone));
    }

    [Fact]
    public async Task Servers_that_cannot_be_found_for_a_moment_do_not_make_a_change_unverified()
    {
        var asked = 0;
        _dns.OnServers = _ => ++asked == 1 ? throw new ProviderException(ProviderFailure.Transient, "no reply") : Task.CompletedTask;

        await CarryAsync(new Effect.Verify(Name, "dns", 7, [Sample.Records(Name, Sample.Standby)[RecordType.A]!]));

        await _carrier.DrainAsync();
        Assert.True(Assert.IsType<ControllerEvent.VerificationEnded>(Assert.Single(_answers)).Verified);
    }

    [Fact]
    public async Task Nothing_is_written_any_more_once_the_daemon_stops()
    {
        await _stopping.CancelAsync();

        await CarryAsync(new Effect.Apply(Name, "dns", Sample.Change(Name)));

        await _carrier.DrainAsync();
        Assert.Equal(0, _dns.Writes);
        Assert.Empty(_answers);
    }

    [Fact]
    public async Task A_drain_waits_for_what_is_under_way_and_no_longer()
    {
        _directory.Timeout = TimeSpan.FromMinutes(1);
        var verifier = new HangingVerifier();
        var carrier = Carrier(verifier);
        await carrier.CarryAsync(new Effect.Verify(Name, "dns", 7, []), Post, _stopping.Token);
        await verifier.Called.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var drained = carrier.DrainAsync();
        Assert.False(drained.IsCompleted);

        await _stopping.CancelAsync();

        await drained.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Empty(_answers);
    }

    [Fact]
    public async Task Control_targets_are_answered_for_even_when_the_asking_fails()
    {
        await _carrier.CarryAsync(new Effect.CheckControls(1), Post, _stopping.Token);
        await Eventually.HoldsAsync(() => _answers.Count == 1, "the first answer");
        _controls.Answers = () => throw new InvalidOperationException("planted");
        await _carrier.CarryAsync(new Effect.CheckControls(2), Post, _stopping.Token);
        await Eventually.HoldsAsync(() => _answers.Count == 2, "both answers");

        Assert.Equal([(1, true), (2, false)], _answers.OfType<ControllerEvent.ControlsChecked>().OrderBy(answer => answer.RequestId).Select(answer => (answer.RequestId, answer.Results.All(result => result.Passed))));
    }

    private EffectCarrier Carrier(IAnswerVerifier verifier) =>
        new(new MemoryJournal(), new AnsweringProbes(), _directory, verifier, _controls, TimeProvider.System, NullLogger<EffectCarrier>.Instance);

    private Task CarryAsync(Effect effect) => _carrier.CarryAsync(effect, Post, _stopping.Token);

    private ValueTask Post(ControllerEvent answer)
    {
        _answers.Enqueue(answer);
        return ValueTask.CompletedTask;
    }

    private sealed class HangingVerifier : IAnswerVerifier
    {
        public TaskCompletionSource Called { get; } = new();

        public Task<VerificationResult> VerifyAsync(IReadOnlyList<IPEndPoint> servers, IReadOnlyList<RecordSet> expected, TimeSpan bound, CancellationToken cancellationToken)
        {
            Called.SetResult();
            return new TaskCompletionSource<VerificationResult>().Task;
        }
    }
}
