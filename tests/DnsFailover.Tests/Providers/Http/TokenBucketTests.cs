using DnsFailover.Core.Control;
using DnsFailover.Providers;
using DnsFailover.Providers.Http;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Providers.Http;

public sealed class TokenBucketTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_burst_goes_out_at_once_and_the_rest_at_the_rate_in_order()
    {
        var bucket = new TokenBucket("X", capacity: 3, perSecond: 2, mostWaiting: 10, _time);
        await TakeAsync(bucket, 3);

        var (fourth, fifth) = (bucket.TakeAsync(Token), bucket.TakeAsync(Token));
        Assert.False(fourth.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await fourth;
        Assert.False(fifth.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await fifth;
    }

    [Fact]
    public async Task In_any_five_minutes_no_more_go_out_than_capacity_and_rate_allow()
    {
        var bucket = new TokenBucket("X", capacity: 200, perSecond: 3, mostWaiting: 2000, _time);
        _time.Advance(TimeSpan.FromHours(1)); // a long quiet time saves up no more than the capacity
        var calls = Enumerable.Range(0, 2000).Select(_ => bucket.TakeAsync(Token)).ToList();

        for (var second = 0; second < 300; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await Eventually.HoldsAsync(() => calls.Count(call => call.IsCompleted) == 1100, () => $"{calls.Count(call => call.IsCompleted)} went out");
    }

    [Fact]
    public async Task When_too_many_wait_the_next_is_told_to_come_back()
    {
        var bucket = new TokenBucket("X", capacity: 1, perSecond: 1, mostWaiting: 2, _time);
        await TakeAsync(bucket, 1);
        _ = bucket.TakeAsync(Token);
        _ = bucket.TakeAsync(Token);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => bucket.TakeAsync(Token));

        Assert.Equal((ProviderFailure.Transient, TimeSpan.FromSeconds(3)), (failure.Failure, failure.RetryAfter));
    }

    [Fact]
    public async Task Who_gives_up_waiting_gives_the_place_back()
    {
        var bucket = new TokenBucket("X", capacity: 1, perSecond: 1, mostWaiting: 1, _time);
        await TakeAsync(bucket, 1);
        using var impatience = new CancellationTokenSource();
        var given = bucket.TakeAsync(impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        var next = bucket.TakeAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        await next;
    }

    [Fact]
    public async Task What_can_be_done_without_learns_beforehand_whether_there_is_enough()
    {
        var bucket = new TokenBucket("X", capacity: 3, perSecond: 1, mostWaiting: 5, _time);
        Assert.True(bucket.Has(3));
        await TakeAsync(bucket, 2);

        Assert.True(bucket.Has(1));
        Assert.False(bucket.Has(2));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(bucket.Has(2));
        bucket.Pause(TimeSpan.FromSeconds(1));
        Assert.False(bucket.Has(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(bucket.Has(3));
        await TakeAsync(bucket, 3); // to ask took nothing
    }

    [Fact]
    public async Task In_a_pause_nothing_goes_out_not_even_what_waited()
    {
        var bucket = new TokenBucket("X", capacity: 1, perSecond: 1, mostWaiting: 5, _time);
        await TakeAsync(bucket, 1);
        var waiting = bucket.TakeAsync(Token);
        bucket.Pause(TimeSpan.FromSeconds(30));
        bucket.Pause(TimeSpan.FromSeconds(1)); // a shorter one does not end it

        _time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<ProviderException>(() => waiting);
        var failure = await Assert.ThrowsAsync<ProviderException>(() => bucket.TakeAsync(Token));
        Assert.Equal(TimeSpan.FromSeconds(20), failure.RetryAfter);
        _time.Advance(TimeSpan.FromSeconds(20));
        await bucket.TakeAsync(Token);
    }

    private static async Task TakeAsync(TokenBucket bucket, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            await bucket.TakeAsync(Token);
        }
    }
}
