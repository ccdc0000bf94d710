using System.Diagnostics;

namespace DnsFailover.Tests.Notifications;

/// <summary>Waits for something that another thread does, with a bound.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<bool> condition, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(30))
            {
                Assert.Fail($"did not come about within 30 s: {what()}");
            }

            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }
}
