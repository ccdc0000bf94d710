using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Rfc2136;

/// <summary>The marks of owners beside the names, at a real BIND.</summary>
public sealed class Rfc2136OwnerTests(NamedFixture named) : IClassFixture<NamedFixture>
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_mark_is_a_TXT_record_below_the_name_and_other_values_there_survive()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);
        await server.ReplaceAsync($"_dnsfailover.{name}", "TXT", 777, ["\"somebody else's\"", "\"owner=green\""], Token);

        var written = await test.Provider.ApplyAsync(Create(name, "192.0.2.1"), Token);

        Assert.Equal("blue", written.Owner);
        Assert.Equal(["777 \"owner=blue\"", "777 \"somebody else's\""], await server.DigAsync($"_dnsfailover.{name}", "TXT", Token));
    }

    [Fact]
    public async Task A_mark_that_is_there_already_is_not_written_again()
    {
        await using var server = await NamedServer.StartAsync("example.test", new NamedOptions { UpdatePermission = "update-policy { grant admin zonesub ANY; grant dnsfailover zonesub A; };" }, Token);
        var log = new CapturedLog();
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions(), log: log);
        var name = NewName(server);
        await server.ReplaceAsync($"_dnsfailover.{name}", "TXT", 300, ["\"owner=blue\""], Token);

        var written = await provider.ApplyAsync(Create(name, "192.0.2.1"), Token);

        Assert.Equal("blue", written.Owner);
        Assert.DoesNotContain(log.Lines, line => line.Contains("without the mark", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_may_not_write_the_mark_still_fails_over_and_the_log_says_what_to_permit()
    {
        await using var server = await NamedServer.StartAsync("example.test", new NamedOptions { UpdatePermission = "update-policy { grant dnsfailover. name api.example.test. A; };" }, Token);
        var log = new CapturedLog();
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions(), log: log);
        var api = DnsName.Parse("api.example.test");

        var written = await provider.ApplyAsync(Create(api, "192.0.2.1"), Token);

        Assert.Null(written.Owner);
        Assert.Equal(["60 192.0.2.1"], await server.DigAsync("api.example.test", "A", Token));
        Assert.Contains(log.Lines, line => line.StartsWith("4400 Warning", StringComparison.Ordinal) && line.Contains("TXT at _dnsfailover.api.example.test is refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_ownerMark_false_marks_are_neither_read_nor_written()
    {
        var server = await named.GetAsync(Token);
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { OwnerMark = false });
        var name = NewName(server);
        await server.ReplaceAsync($"_dnsfailover.{name}", "TXT", 300, ["\"owner=green\""], Token);

        var written = await provider.ApplyAsync(Create(name, "192.0.2.1"), Token);

        Assert.False(provider.Capabilities.OwnerMarks);
        Assert.Null(written.Owner);
        Assert.Equal(["300 \"owner=green\""], await server.DigAsync($"_dnsfailover.{name}", "TXT", Token));
    }

    [Theory]
    [InlineData("\"owner=green\"")]
    [InlineData("\"owner=blue\"")]
    public async Task A_mark_that_appears_after_it_was_read_is_a_conflict_that_names_it_and_nothing_is_written(string atFirst)
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);
        await server.ReplaceAsync($"_dnsfailover.{name}", "TXT", 300, [atFirst], Token);

        // The mark changes hands when its reply has gone out, and before the update comes.
        var raced = 0;
        var provider = test.Behind((request, reply) =>
        {
            if (!DnsProxy.IsUpdate(request) && request.AsSpan().IndexOf("_dnsfailover"u8) >= 0 && Interlocked.Exchange(ref raced, 1) == 0)
            {
                server.ReplaceAsync($"_dnsfailover.{name}", "TXT", 300, ["\"owner=red\""], Token).GetAwaiter().GetResult();
            }

            return reply;
        });
        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Create(name, "192.0.2.1"), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("it names 'red'; nothing was written", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await server.DigAsync(name.ToString(), "A", Token));
    }

    [Fact]
    public async Task A_wildcard_that_answers_in_the_marks_place_keeps_no_name_from_being_created()
    {
        await using var server = await NamedServer.StartAsync("example.test", new NamedOptions { Records = "* IN TXT \"v=spf1 -all\"" }, Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        var written = await test.Provider.ApplyAsync(Create(DnsName.Parse("api.example.test"), "192.0.2.1"), Token);

        Assert.Equal("blue", written.Owner);
        Assert.Single(written.Sets);
    }

    private static DnsName NewName(NamedServer server) => DnsName.Parse($"t{Guid.NewGuid():n}.{server.Zone}");

    private static ChangeSet Create(DnsName name, string address) =>
        new(1, name, [new RecordChange(null, RecordSet.Create(name, RecordType.A, Ttl, address))]) { Owner = "blue" };

    /// <summary>What is logged: id, level and message.</summary>
    private sealed class CapturedLog : ILogger<DnsFailover.Providers.Rfc2136.Rfc2136Provider>
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{eventId.Id} {logLevel} {formatter(state, exception)}");
    }
}
