using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using DnsFailover.Tests.Journal;

namespace DnsFailover.Tests.Notifications;

/// <summary>Alerts as a paged person gets them, in the words of the daemon.</summary>
internal static class Story
{
    private const string Down = "railway (192.0.2.1) is down: 3 failures in a row, last: connection refused by 192.0.2.1:443";

    private static readonly Incident Known = new("api.example.com/1785326400000", Samples.Noon);

    public static Alert Failover { get; } = Samples.FullAlert with
    {
        Reason = $"{Down}; render (198.51.100.1) is up",
        Next = "Traffic returns once the preferred endpoint has been up for 1 min.",
        StillWrong = [Down],
        Incident = Known with { Opens = true },
    };

    public static Alert Unverified { get; } = Failover with
    {
        Kind = AlertKind.Unverified,
        Title = "api.example.com failed over from railway to render, but that is not verified yet",
        Reason = $"{Failover.Reason}; 1 of 2 name servers does not answer it yet: ns2.example.com (203.0.113.53)",
        Timings = Samples.Timings with { Verification = null },
        Next = "It is written at bind, and is not asked for again: look at what the zone's name servers answer.",
        Evidence = [],
    };

    public static Alert Refused { get; } = Failover with
    {
        Kind = AlertKind.Refused,
        Title = "api.example.com waits for your approval",
        From = null,
        Reason = "railway (192.0.2.1) has been up for 5 min (failback delay 1 min); failback: approve",
        Evidence = [],
        Timings = null,
        Downtime = null,
        Next = "Say `dnsfailover approve api.example.com`, and traffic returns.",
        StillWrong = ["railway (192.0.2.1) is up and preferred, and traffic is at render (198.51.100.1)"],
        MayApprove = true,
        Incident = Known,
    };

    public static Alert RedundancyLost { get; } = Refused with
    {
        Kind = AlertKind.RedundancyLost,
        Title = "api.example.com has lost redundancy: render (198.51.100.1) is down",
        To = "railway (192.0.2.1)",
        Reason = "render (198.51.100.1) is down: 3 failures in a row, last: status 502",
        Next = "Traffic is not affected. Mend the endpoint before it is needed.",
        StillWrong = ["render (198.51.100.1) is down: 3 failures in a row, last: status 502"],
        MayApprove = false,
        Incident = Known with { Opens = true },
    };

    public static Alert Reminder { get; } = Refused with
    {
        Kind = AlertKind.Reminder,
        Title = "api.example.com is still degraded after 4 h",
        Reason = "railway (192.0.2.1) is up and preferred, and traffic is at render (198.51.100.1)",
        Next = "Traffic stays where it is until you say `dnsfailover approve api.example.com`.",
    };

    public static Alert Recovered { get; } = Refused with
    {
        Kind = AlertKind.Failback,
        Title = "api.example.com failed back from render to railway",
        From = "render (198.51.100.1)",
        To = "railway (192.0.2.1)",
        Reason = "railway (192.0.2.1) has been up for 1 min (failback delay 1 min)",
        Timings = Samples.Timings with { Detection = null },
        Next = "Nothing to do. Every endpoint is watched as before.",
        StillWrong = [],
        MayApprove = false,
        Incident = Known with { Ends = true },
    };

    public static Alert Drill { get; } = new()
    {
        Kind = AlertKind.DrillFailed,
        At = Samples.Noon,
        Service = Samples.Api,
        Title = "the drill of api.example.com failed: render is not ready",
        Reason = "render (198.51.100.1) did not pass its fresh probe: status 502",
        Next = "Nothing was written. Mend render and run `dnsfailover drill api.example.com` again.",
    };

    public static IReadOnlyList<Alert> All { get; } = [Failover, Unverified, Refused, RedundancyLost, Reminder, Recovered, Drill];

    public static OutboxItem Item(Alert alert, string channel = "ops", string? thread = null) => new(42, channel, alert) { Thread = thread };

    /// <summary>Every kind of alert with texts that nobody would write, in every alphabet that is longer than it looks.</summary>
    public static IEnumerable<Alert> Absurd()
    {
        foreach (var filler in new[] { "x", "&", "<", "*", "\\", "\"", "😀", "漢", "a\n", "\u0001", " ", "@everyone " })
        {
            var huge = string.Concat(Enumerable.Repeat(filler, 20_000));
            yield return Failover with { Title = huge, From = huge, To = huge, Reason = huge, Next = huge, Evidence = Enumerable.Range(0, 100).Select(i => $"{i} {huge}").ToValueList() };
        }

        yield return Samples.SmallAlert with { Title = "", Reason = "", Next = "", From = "" };
        foreach (var kind in Enum.GetValues<AlertKind>())
        {
            yield return Failover with { Kind = kind };
        }
    }
}
