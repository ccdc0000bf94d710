using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Explain;
using DnsFailover.Journal;
using DnsFailover.Replay;
using DnsFailover.Schedules;

namespace DnsFailover.Cli;

/// <summary>The options of <c>dnsfailover replay</c>.</summary>
internal sealed record ReplaySettings(string? Config, string Journal, string? Since, string? Service);

/// <summary><c>dnsfailover replay</c>: what a configuration would have done with what was recorded. Nothing is asked and nothing is written.</summary>
internal static class ReplayCommand
{
    /// <summary>Replays and prints.</summary>
    public static int Run(ReplaySettings settings, Terminal terminal, TimeProvider time)
    {
        var loaded = ConfigurationFile.LoadValidResult(settings.Config, terminal);
        DateTimeOffset? since = null;
        if (settings.Since is { } text)
        {
            since = Moment.TryParse(text, time.GetUtcNow(), out var at) ? at : throw new BadInputException($"--since: '{text}' is no time; expected {Moment.Expected}");
        }

        var journal = JournalFile.Read(settings.Journal);
        var configuration = loaded.Configuration!;
        var services = settings.Service is { } name ? [Find(configuration, name)] : configuration.Services;
        var report = ReplayReport.Of(Meant(configuration, services), journal, since, new WindowCalendar(configuration.Windows).Near);
        if (report is null)
        {
            throw new BadInputException(journal.Runs.Count == 0
                ? $"the journal {journal.Path} holds no observations: they are kept since this version, so let the daemon run with it for a while"
                : $"the journal {journal.Path} holds no observations of {string.Join(", ", services.Select(service => service.Name))}{(since is null ? string.Empty : " of that time")}; it knows {string.Join(", ", journal.Runs.Select(run => run.Target.Service).Distinct().Order())}");
        }

        foreach (var line in ReplayText.Lines(report, loaded.File, journal.Path, time.LocalTimeZone))
        {
            terminal.Line(line);
        }

        return ExitCode.Ok;
    }

    private static ControllerConfiguration Meant(DaemonConfiguration configuration, ValueList<ServiceDefinition> services) => new(services, configuration.ReconcileInterval) { Rules = configuration.Rules };

    private static ServiceDefinition Find(DaemonConfiguration configuration, string text) =>
        configuration.Services.FirstOrDefault(service => DnsName.TryParse(text, out var name, out _) && service.Name == name)
        ?? throw new BadInputException($"there is no service '{text}'{Configuration.Schema.Nearest.Hint(text, configuration.Services.Select(service => service.Name.ToString()))}");
}
