using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Definitions;

namespace DnsFailover.Configuration;

/// <summary>How often an endpoint is probed and how many observations it takes: written in defaults, a service or an endpoint.</summary>
internal static class ProbingKeys
{
    /// <summary>What is probed.</summary>
    public static readonly Key<CheckLayer> Check = new("check", CheckKeys.Kind, "What a probe does and expects: a map, the name of an entry in `checks`, or a map with `use: name` and what differs from it. Every endpoint needs one, written here or inherited.");

    /// <summary>From one scheduled probe to the next.</summary>
    public static readonly Key<TimeSpan> Interval = new("interval", Kinds.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)), "From one scheduled probe of an address to the next.")
    {
        Default = TimeSpan.FromSeconds(10),
    };

    /// <summary>After which a probe has failed.</summary>
    public static readonly Key<TimeSpan> Timeout = new("timeout", Kinds.Duration(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10)), "After which a probe has failed. Shorter than `interval`.")
    {
        Default = TimeSpan.FromSeconds(3),
        DefaultText = "`3s`, or half of `interval` where that is 3s or less",
    };

    /// <summary>From a failed probe of an Up endpoint to its confirmation.</summary>
    public static readonly Key<TimeSpan> FastInterval = new("fastInterval", Kinds.Duration(TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)), "From the start of a probe that makes an endpoint suspect, since it failed or is far slower than usual, to that of the next: these confirmations overlap, so that being sure takes neither `fall` whole intervals nor `fall` timeouts. `fall` counts failures whose probes began at least so far apart. Set it above what the endpoint usually takes to answer: a check that takes longer than four fifths of it is confirmed each time. 100ms is sensible where seconds matter. Not longer than `interval`.")
    {
        Default = TimeSpan.FromSeconds(1),
        DefaultText = "`1s`, or `interval` where that is shorter",
    };

    /// <summary>Passes in a row that make Up.</summary>
    public static readonly Key<int> Rise = new("rise", Kinds.Integer(1, 100), "How many passes in a row make an endpoint up.") { Default = 2 };

    /// <summary>Failures in a row that make Down.</summary>
    public static readonly Key<int> Fall = new("fall", Kinds.Integer(1, 100), "How many failures in a row make it down.") { Default = 3 };

    /// <summary>Failures among the last observations that make Down.</summary>
    public static readonly Key<FailureWindow> Window = new("window", WindowKind(), "Makes an endpoint down also when it fails now and then. Inherited as a whole.") { DefaultText = "none" };

    /// <summary>All of them, in the order of the reference.</summary>
    public static IReadOnlyList<Key> All { get; } = [Check, Interval, Timeout, FastInterval, Rise, Fall, Window];

    private static SectionKind<FailureWindow> WindowKind()
    {
        var failures = new Key<int>("failures", Kinds.Integer(1, 64), "So many failures …") { Required = true };
        var of = new Key<int>("of", Kinds.Integer(1, 64), "… among the last so many observations make the endpoint down.") { Required = true };
        var section = new Section("window", "For faults that come and go: `window: {failures: 5, of: 10}`.", failures, of);
        return new SectionKind<FailureWindow>(section, (values, reading) =>
        {
            if (!values.TryGet(failures, out var count) || !values.TryGet(of, out var last))
            {
                return null;
            }

            if (count > last)
            {
                reading.Error(values.NodeOf(failures), $"failures: {count} failures among {last} observations cannot happen; expected at most {last}");
                return null;
            }

            return new FailureWindow(count, last);
        });
    }
}
