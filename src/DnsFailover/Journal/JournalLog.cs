using Microsoft.Extensions.Logging;

namespace DnsFailover.Journal;

/// <summary>What the journal says to the log.</summary>
internal static partial class JournalLog
{
    [LoggerMessage(5001, LogLevel.Information, "The journal is {Path}")]
    public static partial void Opened(this ILogger logger, string path);

    [LoggerMessage(5002, LogLevel.Warning, "The journal is kept in memory only: a restart forgets hold-downs and alerts that were not delivered")]
    public static partial void OpenedInMemory(this ILogger logger);

    [LoggerMessage(5003, LogLevel.Error, "{Warning}")]
    public static partial void StartedFresh(this ILogger logger, string warning);

    [LoggerMessage(5004, LogLevel.Warning, "The journal's {Table} row {Id} ({Kind}) cannot be read ({Cause}); it was set aside in the table damaged")]
    public static partial void SetAside(this ILogger logger, string table, long id, string kind, string cause);

    [LoggerMessage(5005, LogLevel.Warning, "Old journal entries could not be removed; this is tried again later: {Reason}")]
    public static partial void PruneFailed(this ILogger logger, string reason);

    [LoggerMessage(5007, LogLevel.Warning, "Observations cannot be recorded, so that 'explain' and 'replay' will miss them; nothing else depends on it: {Reason}")]
    public static partial void RunsNotRecorded(this ILogger logger, string reason);

    [LoggerMessage(5008, LogLevel.Information, "Observations are recorded again; runs that are lost: {Lost}")]
    public static partial void RunsRecordedAgain(this ILogger logger, long lost);

    [LoggerMessage(5006, LogLevel.Warning, "{Count} alert(s) for {Channel} were given up: {Reason}")]
    public static partial void Abandoned(this ILogger logger, long count, string channel, string reason);
}
