using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Replay;

/// <summary>
/// Which setting makes the difference. It is tried out: a changed setting is the cause of what becomes as it was recorded when that setting
/// alone is as it was, and of nothing else.
/// </summary>
internal static class SwitchCauses
{
    /// <summary>The switches with their causes, where these are known.</summary>
    /// <param name="switches">What became of each.</param>
    /// <param name="tried">With this configuration.</param>
    /// <param name="changed">The settings of it that were others.</param>
    /// <param name="replay">What becomes of each with another configuration.</param>
    public static IReadOnlyList<ReplayedSwitch> Named(IReadOnlyList<ReplayedSwitch> switches, ControllerConfiguration tried, IReadOnlyList<ChangedSetting> changed, Func<ControllerConfiguration, IReadOnlyList<ReplayedSwitch>> replay)
    {
        var concerned = switches.Where(one => one.IsTold).Select(one => one.Service).ToHashSet();
        var settings = changed.Where(setting => setting.Names.Keys.Any(concerned.Contains)).ToList();
        if (settings.Count == 0)
        {
            return switches;
        }

        var each = settings.ConvertAll(setting => (Setting: setting, Switches: replay(PutBack(tried, [setting]))));
        var all = settings.Count == 1 ? each[0].Switches : replay(PutBack(tried, settings));
        return [.. switches.Select(one => one.IsTold ? one with { Because = Cause(one, each, all) } : one)];
    }

    private static string? Cause(ReplayedSwitch one, List<(ChangedSetting Setting, IReadOnlyList<ReplayedSwitch> Switches)> each, IReadOnlyList<ReplayedSwitch> all)
    {
        var own = each.Where(without => without.Setting.Names.ContainsKey(one.Service)).ToList();
        var alone = own.Where(without => IsAsItWas(one, without.Switches)).ToList();
        var causes = alone.Count > 0 ? alone : IsAsItWas(one, all) ? own : [];
        return causes.Count == 0 ? null : string.Join(" and ", causes.Select(without => without.Setting.Names[one.Service]));
    }

    private static ControllerConfiguration PutBack(ControllerConfiguration tried, List<ChangedSetting> settings) =>
        tried with { Services = tried.Services.Select(service => settings.Aggregate(service, (one, setting) => setting.PutBack(one))).ToValueList() };

    /// <summary>What was recorded is the same; what was not does not happen.</summary>
    private static bool IsAsItWas(ReplayedSwitch one, IReadOnlyList<ReplayedSwitch> without) => one.Recorded is { } was
        ? without.Any(other => ReferenceEquals(other.Recorded, was) && other.Verdict == ReplayVerdict.Same)
        : !without.Any(other => other.Verdict == ReplayVerdict.Additional && other.Replayed!.IsAbout(one.Replayed!));
}
