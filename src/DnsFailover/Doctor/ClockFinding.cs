using DnsFailover.Core;
using DnsFailover.Providers;

namespace DnsFailover.Doctor;

/// <summary>Judges how far apart the clocks are.</summary>
internal static class ClockFinding
{
    /// <summary>Replies carry whole seconds, so that less than this means nothing.</summary>
    private static readonly TimeSpan Notable = TimeSpan.FromSeconds(2);

    /// <summary>Signatures are refused from 5 min on (AWS SigV4; RFC 8945 section 10), and a clock that runs away does not stop there.</summary>
    private static readonly TimeSpan Harmful = TimeSpan.FromMinutes(1);

    /// <summary>What a skew means; null when the provider did not say what time it is.</summary>
    public static Finding? Of(TimeSpan? skew)
    {
        if (skew is not { } difference)
        {
            return null;
        }

        var distance = difference.Duration();
        var sentence = $"this machine's clock is {Text.Of(distance)} {(difference > TimeSpan.Zero ? "behind" : "ahead of")} the provider's";
        return distance <= Notable ? Finding.Good("clock", "this machine's clock agrees with the provider's to within 2 s")
            : distance <= Harmful ? Finding.Advice("clock", sentence, "Mend the clock of this machine, for example with NTP.")
            : Finding.Problem("clock", $"{sentence}: signatures are refused from 5 min on, and times in the journal and in alerts are wrong", "Mend the clock of this machine, for example with NTP.");
    }
}
