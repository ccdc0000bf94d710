using System.Diagnostics;

namespace DnsFailover.Tests;

/// <summary>Waiting for a condition, with a bound.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <summary>Waits until the condition holds; fails with the description when it does not within the bound.</summary>
    public static Task HoldsAsync(Func<bool> condition, string description) => HoldsAsync(condition, () => description);

    /// <summary>As the other one, with a description of how things are when it fails.</summary>
    public static Task HoldsAsync(Func<bool> condition, Func<string> description) => HoldsAsync(() => Task.FromResult(condition()), description);

    /// <summary>As the other one, for what takes a question to find out.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> description)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Bound)
            {
                Assert.Fail($"did not come about within {Bound.TotalSeconds} s: {description()}");
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
