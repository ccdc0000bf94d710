using DnsFailover.Providers.Http;

namespace DnsFailover.Tests.Providers.Http;

public sealed class ThrottleBackoffTests
{
    [Fact]
    public void Pauses_double_up_to_a_bound_and_begin_anew_after_a_call_that_was_carried_out()
    {
        var backoff = new ThrottleBackoff(() => 0.5);

        double[] pauses = [.. Enumerable.Range(0, 8).Select(_ => backoff.Next().TotalSeconds)];
        backoff.Succeeded();

        Assert.Equal([1, 2, 4, 8, 16, 32, 32, 32], pauses);
        Assert.Equal(1, backoff.Next().TotalSeconds);
    }

    [Fact]
    public void Pauses_are_spread_by_a_quarter_either_way()
    {
        Assert.Equal(0.75, new ThrottleBackoff(() => 0).Next().TotalSeconds);
        Assert.Equal(1.25, new ThrottleBackoff(() => 1).Next().TotalSeconds);
    }
}
