using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Records;
using DnsFailover.Explain;
using DnsFailover.Journal;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover explain</c>: why a name is answered as it is, or was, out of the journal alone.</summary>
internal static class ExplainCommand
{
    /// <summary>Reads the journal and prints. Nothing is asked and nothing is written.</summary>
    public static int Run(string? config, string? data, string service, string? at, Terminal terminal, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var moment = now;
        if (at is not null && !Moment.TryParse(at, now, out moment))
        {
            throw new BadInputException($"--at: '{at}' is no time; expected {Moment.Expected}");
        }

        if (moment > now)
        {
            throw new BadInputException($"--at: {at} has not come yet");
        }

        var journal = JournalFile.Read(data ?? DataDirectory(config));
        var name = Find(journal, service);
        foreach (var line in new ExplanationText(Explanation.Of(journal, name, moment), time.LocalTimeZone, now).Lines())
        {
            terminal.Line(line);
        }

        if (journal.Unreadable > 0)
        {
            terminal.Line($"(not all is told: rows of the journal that cannot be read: {journal.Unreadable})");
        }

        return ExitCode.Ok;
    }

    /// <summary>Where the file says that the journal is. The file need not be free of mistakes elsewhere: at night it may well not be.</summary>
    private static string DataDirectory(string? config)
    {
        var path = ConfigurationFile.Locate(config);
        return DataDirectoryLookup.Find(path, ProcessSurroundings.Instance, out var complaint)
            ?? throw new BadInputException($"{complaint}\nWhere the journal is, is not known without it: give the data directory with --data");
    }

    private static DnsName Find(JournalRecord journal, string text)
    {
        var known = journal.Services;
        return DnsName.TryParse(text, out var name, out _) && known.Contains(name)
            ? name
            : throw new BadInputException(known.Count == 0
                ? $"the journal {journal.Path} is empty: no daemon has run with it yet"
                : $"the journal {journal.Path} knows no service '{text}'{(Nearest.Hint(text, known.Select(one => one.ToString())) is { Length: > 0 } hint ? hint : $"; it knows {string.Join(", ", known.Take(20))}{(known.Count > 20 ? $" and {known.Count - 20} more" : string.Empty)}")}");
    }
}
