using DnsFailover.Notifications;
using DnsFailover.Tests.Journal;

namespace DnsFailover.Tests.Notifications;

public sealed class AlertTexts
{
    [Fact]
    public void An_alert_in_full_says_everything_and_leaves_out_what_does_not_apply()
    {
        Assert.Equal(
            """
            api.example.com failed over from railway to render
              service: api.example.com
              railway (192.0.2.1) → render (198.51.100.1)
              why: 3 failures in a row, last: connection refused by 192.0.2.1:443
              - railway (192.0.2.1): connection refused
              - render (198.51.100.1): status 200 in 34 ms
              detected in 2.1 s · decided in 12 ms · written in 40 ms · verified in 8 ms
              downtime: 3 min 12 s
              next: Traffic goes back 5 min after railway is Up again.
            """,
            AlertText.Full(Samples.FullAlert));
        Assert.Equal("The new configuration was rejected\n  why: line 3\n  next: The last good one goes on.", AlertText.Full(Samples.SmallAlert));
        Assert.Equal("2026-07-29 12:00:00 UTC  The new configuration was rejected: line 3 line 4", AlertText.OneLine(Samples.SmallAlert with { Reason = "line 3\r\nline 4" }));
        Assert.Equal("decided in 12 ms · written in 40 ms", AlertText.Timings(Samples.Timings with { Detection = null, Verification = null }));
    }
}
