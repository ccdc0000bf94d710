using DnsFailover.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Journal;

/// <summary>Run in a process of its own by the crash test, which kills it; so it owns nothing that needs disposal.</summary>
public sealed class JournalCrash
{
    internal const string DirectoryVariable = "DNSFAILOVER_TEST_CRASH_DIRECTORY";

    [Fact(Explicit = true)]
    public async Task Writes_until_it_is_killed()
    {
        var directory = Environment.GetEnvironmentVariable(DirectoryVariable);
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(directory is null, "only for the crash test");
        await using var journal = SqliteJournal.Open(directory, ["slack"], new FixedTime(Samples.Noon), NullLogger<SqliteJournal>.Instance);
        var next = (await journal.ReadAsync(cancellation)).Count / 2;
        using var acknowledged = new StreamWriter(Path.Combine(directory, "acknowledged"), append: false);
        acknowledged.AutoFlush = true;
        while (true)
        {
            await journal.WriteAsync([Samples.Intent(Samples.Noon, next), Samples.Outcome(Samples.Noon, next)], [Samples.SmallAlert with { Title = $"{next}" }], cancellation);
            await acknowledged.WriteLineAsync($"{next++}");
        }
    }
}
