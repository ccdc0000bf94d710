using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers;
using DnsFailover.Providers.Builtin;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Builtin;

/// <summary>Writing, keeping and choosing records.</summary>
public sealed class BuiltinRecordsTests
{
    [Fact]
    public async Task What_was_written_is_read_back_and_served_after_a_restart()
    {
        using var directory = new TemporaryDirectory();
        var a = Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1", "192.0.2.2");
        var weighted = Zone.Weighted("w.lb.example.com", RecordType.CNAME, ("one.example.net", 3), ("two.example.net", 1));
        uint serial;
        await using (var provider = await Zone.StartAsync(directory: directory.Path))
        {
            serial = await SerialAsync(provider);
            Assert.Equal(NameRecords.Create(Zone.Api, [a]), await Zone.WriteAsync(provider, a));
            await Zone.WriteAsync(provider, weighted);
            Assert.Equal(serial + 2, await SerialAsync(provider));
        }

        await using var again = await Zone.StartAsync(directory: directory.Path);

        Assert.Equal(NameRecords.Create(Zone.Api, [a]), await again.ReadAsync(Zone.Api, TestContext.Current.CancellationToken));
        Assert.Equal(weighted, (await again.ReadAsync(weighted.Name, TestContext.Current.CancellationToken))[RecordType.CNAME]);
        Assert.Equal(2, (await RawClient.AskAsync(again.EndPoint, "api.lb.example.com", DnsType.A)).Answers.Count);
        Assert.Equal(serial + 2, await SerialAsync(again));
        Assert.Equal(["builtin-lb.example.com.json"], Directory.GetFiles(directory.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_write_on_a_stale_read_is_a_conflict_and_changes_nothing()
    {
        await using var provider = await Zone.StartAsync();
        var stale = await provider.ReadAsync(Zone.Api, TestContext.Current.CancellationToken);
        var first = Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1");
        var current = await Zone.WriteAsync(provider, first);
        var serial = await SerialAsync(provider);
        var otherTtl = RecordSet.Create(Zone.Api, RecordType.A, TimeSpan.FromSeconds(31), "192.0.2.1");

        RecordSet[] wanted = [Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.2"), Zone.Set("api.lb.example.com", RecordType.AAAA, "2001:db8::1")];
        ChangeSet[] conflicting = [Zone.Change(stale, wanted), new(2, Zone.Api, [new RecordChange(otherTtl, wanted[0])]), new(3, Zone.Api, [new RecordChange(wanted[1], wanted[1])])];

        foreach (var change in conflicting)
        {
            var exception = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(change, TestContext.Current.CancellationToken));
            Assert.Equal(ProviderFailure.Conflict, exception.Failure);
        }

        Assert.Equal(current, await provider.ReadAsync(Zone.Api, TestContext.Current.CancellationToken));
        Assert.Equal(serial, await SerialAsync(provider));
    }

    [Fact]
    public async Task Of_many_writes_on_the_same_read_one_wins()
    {
        using var directory = new TemporaryDirectory();
        await using var provider = await Zone.StartAsync(directory: directory.Path);
        var read = await provider.ReadAsync(Zone.Api, TestContext.Current.CancellationToken);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 20).Select(async n =>
        {
            try
            {
                await provider.ApplyAsync(Zone.Change(read, Zone.Set("api.lb.example.com", RecordType.A, $"192.0.2.{n}")), TestContext.Current.CancellationToken);
                return "written";
            }
            catch (ProviderException exception)
            {
                return exception.Failure.ToString();
            }
        }));

        Assert.Single(outcomes, "written");
        Assert.Equal(19, outcomes.Count(outcome => outcome == nameof(ProviderFailure.Conflict)));
    }

    [Fact]
    public async Task What_cannot_stand_in_the_zone_is_rejected_with_the_reason()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));

        await RejectedAsync(provider, "not in the builtin zone lb.example.com", Zone.Set("www.example.com", RecordType.A, "192.0.2.1"));
        await RejectedAsync(provider, "beside other records", Zone.Set("api.lb.example.com", RecordType.CNAME, "app.example.net"));
        await RejectedAsync(provider, "beside other records", Zone.Set("x.lb.example.com", RecordType.CNAME, "app.example.net"), Zone.Set("x.lb.example.com", RecordType.A, "192.0.2.1"));
        await RejectedAsync(provider, "apex", Zone.Set("lb.example.com", RecordType.CNAME, "app.example.net"));
        await RejectedAsync(provider, "name server", Zone.Set("ns1.lb.example.com", RecordType.CNAME, "app.example.net"));
        await RejectedAsync(provider, "at most 500", Zone.Set("big.lb.example.com", RecordType.A, [.. Enumerable.Range(0, 501).Select(n => $"10.0.{n / 256}.{n % 256}")]));
        await RejectedAsync(provider, "weight", Zone.Weighted("api.lb.example.com", RecordType.A, ("192.0.2.1", -1)));
        var outside = await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(DnsName.Parse("example.com"), TestContext.Current.CancellationToken));
        Assert.Equal(ProviderFailure.Rejected, outside.Failure);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"version":2,"zone":"lb.example.com","serial":1,"records":[]}""")]
    [InlineData("""{"version":1,"zone":"other.example.com","serial":1,"records":[]}""")]
    [InlineData("""{"version":1,"zone":"lb.example.com","serial":1,"records":[null]}""")]
    [InlineData("""{"version":1,"zone":"lb.example.com","serial":1,"records":[{"name":"api.lb.example.com","type":"A","ttl":30,"values":[]}]}""")]
    [InlineData("""{"version":1,"zone":"lb.example.com","serial":1,"records":[{"name":"api.lb.example.com","type":"A","ttl":30,"values":[null]}]}""")]
    [InlineData("""{"version":1,"zone":"lb.example.com","serial":1,"records":[{"name":"api.lb.example.com","type":"A","ttl":30,"values":[{"data":"x"}]}]}""")]
    [InlineData("""{"version":1,"zone":"lb.example.com","serial":1,"records":[{"name":"api.lb.example.com","type":"A","ttl":9223372036854775807,"values":[{"data":"192.0.2.1"}]}]}""")]
    [InlineData("""{"version":1,"zone":"lb.example.com","serial":1,"records":[{"name":"api.example.org","type":"A","ttl":30,"values":[{"data":"192.0.2.1"}]}]}""")]
    [InlineData("""{"version":1,"zone":"lb.example.com","serial":1,"records":[{"name":"lb.example.com","type":"CNAME","ttl":30,"values":[{"data":"a.example.net"}]}]}""")]
    public async Task A_file_that_makes_no_sense_is_put_aside_and_the_zone_starts_empty(string content)
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "builtin-lb.example.com.json");
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        using var log = new RecordedLog();

        await using var provider = await Zone.StartAsync(directory: directory.Path, declared: [Zone.Api], loggers: log);

        Assert.Equal(DnsRcode.SERVFAIL, (await RawClient.AskAsync(provider.EndPoint, "api.lb.example.com", DnsType.A)).Rcode);
        var aside = Assert.Single(Directory.GetFiles(directory.Path, "*.corrupt-*"));
        Assert.Equal(content, await File.ReadAllTextAsync(aside, TestContext.Current.CancellationToken));
        Assert.Contains(log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(aside, StringComparison.Ordinal));
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_used_is_said_at_the_start()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var exception = await Assert.ThrowsAsync<ProviderException>(() => Zone.StartAsync(directory: Path.Combine(file, "below")));

        Assert.Equal(ProviderFailure.Rejected, exception.Failure);
        Assert.Contains(file, exception.Message, StringComparison.Ordinal);
        Assert.Contains("--data", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_cannot_be_kept_is_not_served()
    {
        using var directory = new TemporaryDirectory();
        await using var provider = await Zone.StartAsync(directory: directory.Path);
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
        Directory.CreateDirectory(Path.Combine(directory.Path, "builtin-lb.example.com.json.tmp"));

        var exception = await Assert.ThrowsAsync<ProviderException>(() => Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.2")));

        Assert.Equal(ProviderFailure.Transient, exception.Failure);
        Assert.Equal(["192.0.2.1"], Values(await RawClient.AskAsync(provider.EndPoint, "api.lb.example.com", DnsType.A)));
    }

    [Theory]
    [InlineData(ProtocolType.Udp)]
    [InlineData(ProtocolType.Tcp)]
    public async Task A_port_in_use_is_said_with_address_and_port(ProtocolType protocol)
    {
        using var squatter = new Socket(AddressFamily.InterNetwork, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol);
        squatter.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (protocol == ProtocolType.Tcp)
        {
            squatter.Listen();
        }

        var taken = (IPEndPoint)squatter.LocalEndPoint!;
        var exception = await Assert.ThrowsAsync<ProviderException>(() => Zone.StartAsync(Zone.Options(taken)));

        Assert.Equal(ProviderFailure.Rejected, exception.Failure);
        Assert.Contains(taken.ToString(), exception.Message, StringComparison.Ordinal);
        Assert.Contains("listen", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_said()
    {
        var exception = await Assert.ThrowsAsync<ProviderException>(() => Zone.StartAsync(Zone.Options(IPEndPoint.Parse("192.0.2.1:5353"))));

        Assert.Contains("does not have the address 192.0.2.1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_server_gives_its_port_back()
    {
        var first = await Zone.StartAsync();
        var port = first.EndPoint;
        using var held = await RawClient.ConnectAsync(port);
        await first.DisposeAsync();

        await using var second = await Zone.StartAsync(Zone.Options(port));

        Assert.Equal(port, second.EndPoint);
    }

    [Fact]
    public async Task Weights_decide_how_often_a_value_is_answered()
    {
        var random = new Random(42);
        var gate = new Lock();
        await using var provider = await Zone.StartAsync(random: max =>
        {
            lock (gate)
            {
                return random.Next(max);
            }
        });
        await Zone.WriteAsync(provider, Zone.Weighted("w.lb.example.com", RecordType.A, ("192.0.2.1", 3), ("192.0.2.2", 1), ("192.0.2.3", 0)));

        var counts = new Dictionary<string, int>();
        for (var n = 0; n < 800; n++)
        {
            var value = Assert.Single(Values(await RawClient.AskAsync(provider.EndPoint, "w.lb.example.com", DnsType.A)));
            counts[value] = counts.GetValueOrDefault(value) + 1;
        }

        Assert.InRange(counts["192.0.2.1"], 550, 650);
        Assert.Equal(800, counts["192.0.2.1"] + counts["192.0.2.2"]);
    }

    [Fact]
    public async Task When_every_weight_is_0_every_value_is_answered()
    {
        await using var provider = await Zone.StartAsync(random: new Random(1).Next);
        await Zone.WriteAsync(provider, Zone.Weighted("w.lb.example.com", RecordType.A, ("192.0.2.1", 0), ("192.0.2.2", 0)));

        var seen = new HashSet<string>();
        for (var n = 0; n < 100 && seen.Count < 2; n++)
        {
            seen.Add(Assert.Single(Values(await RawClient.AskAsync(provider.EndPoint, "w.lb.example.com", DnsType.A))));
        }

        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task Values_without_weights_are_all_answered_and_each_comes_first_at_times()
    {
        await using var provider = await Zone.StartAsync(random: new Random(1).Next);
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1", "192.0.2.2", "192.0.2.3"));

        var first = new HashSet<string>();
        for (var n = 0; n < 100 && first.Count < 3; n++)
        {
            var values = Values(await RawClient.AskAsync(provider.EndPoint, "api.lb.example.com", DnsType.A));
            Assert.Equal(["192.0.2.1", "192.0.2.2", "192.0.2.3"], values.Order(StringComparer.Ordinal));
            first.Add(values[0]);
        }

        Assert.Equal(3, first.Count);
    }

    [Fact]
    public async Task Queries_during_changes_see_the_old_or_the_new_answer_and_never_none()
    {
        using var directory = new TemporaryDirectory();
        await using var provider = await Zone.StartAsync(directory: directory.Path);
        RecordSet[] sets = [Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"), Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.2", "192.0.2.3")];
        await Zone.WriteAsync(provider, sets[0]);
        using var done = new CancellationTokenSource();

        var (client, name) = (new DnsClient(TimeProvider.System), DnsName.Parse("api.lb.example.com")); // asks again when a datagram is lost
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, byte>(StringComparer.Ordinal);
        var readers = Enumerable.Range(0, 3).Select(async _ =>
        {
            while (!done.IsCancellationRequested)
            {
                seen.TryAdd(string.Join(' ', Values(await client.QueryAsync(provider.EndPoint, name, DnsType.A, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal)), 0);
            }
        }).ToList();
        for (var n = 1; n <= 200 || (seen.Count < 2 && n <= 20_000); n++) // on a busy machine the readers may need longer to see both
        {
            await Zone.WriteAsync(provider, sets[n % 2]);
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(["192.0.2.1", "192.0.2.2 192.0.2.3"], seen.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(5u, 6u)]
    [InlineData(uint.MaxValue - 1, uint.MaxValue)]
    [InlineData(uint.MaxValue, 1u)]
    public void The_serial_goes_round(uint serial, uint next) => Assert.Equal(next, ZoneSnapshot.NextSerial(serial));

    private static string[] Values(DnsMessage message) => [.. message.Answers.Select(record => record.Data.ToString()!)];

    private static async Task<uint> SerialAsync(BuiltinProvider provider) =>
        Assert.IsType<SoaData>(Assert.Single((await RawClient.AskAsync(provider.EndPoint, "lb.example.com", DnsType.SOA)).Answers).Data).Serial;

    private static async Task RejectedAsync(BuiltinProvider provider, string reason, params RecordSet[] sets)
    {
        var before = NameRecords.Create(sets[0].Name, []);
        var exception = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Zone.Change(before, sets), TestContext.Current.CancellationToken));
        Assert.Equal(ProviderFailure.Rejected, exception.Failure);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    private sealed class RecordedLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
