using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Tests.Builtin;
using DnsFailover.Verification;

namespace DnsFailover.Tests.Verification;

public sealed class AuthoritativeVerifierTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);
    private static readonly RecordSet s_old = Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1");
    private static readonly RecordSet s_new = Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.2");

    private readonly AuthoritativeVerifier _verifier = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_that_answer_what_was_written_are_verified_at_once()
    {
        await using var one = await Zone.StartAsync();
        await using var two = await Zone.StartAsync();
        var six = Zone.Set("api.lb.example.com", RecordType.AAAA, "2001:DB8::2", "2001:db8::3");
        await Zone.WriteAsync(one, s_new, six);
        await Zone.WriteAsync(two, s_new, six);

        var result = await _verifier.VerifyAsync([one.EndPoint, two.EndPoint], [s_new, six], s_long, Token);

        Assert.True(result.Verified, result.Reason);
        Assert.Equal([one.EndPoint, two.EndPoint], result.Servers.Select(server => server.Server));
        Assert.Equal($"{one.EndPoint} answers 192.0.2.2 and 2001:db8::2, 2001:db8::3; {two.EndPoint} answers 192.0.2.2 and 2001:db8::2, 2001:db8::3", result.Reason);
    }

    [Fact]
    public async Task A_server_that_lags_behind_is_asked_until_it_follows()
    {
        await using var quick = await Zone.StartAsync();
        await using var lagging = await Zone.StartAsync();
        await Zone.WriteAsync(quick, s_new);
        await Zone.WriteAsync(lagging, s_old);

        var verification = _verifier.VerifyAsync([lagging.EndPoint, quick.EndPoint], [s_new], s_long, Token);
        var early = await _verifier.VerifyAsync([lagging.EndPoint], [s_new], s_short, Token);
        await Zone.WriteAsync(lagging, s_new);
        var result = await verification;

        Assert.False(early.Verified);
        Assert.True(result.Verified, result.Reason);
        Assert.True(result.Servers[1].Elapsed < result.Servers[0].Elapsed);
        Assert.InRange(result.Servers[0].Elapsed, s_short, s_long);
    }

    [Fact]
    public async Task A_server_that_keeps_the_old_answer_is_named_with_it()
    {
        await using var quick = await Zone.StartAsync();
        await using var lagging = await Zone.StartAsync();
        await Zone.WriteAsync(quick, s_new);
        await Zone.WriteAsync(lagging, s_old);

        var result = await _verifier.VerifyAsync([quick.EndPoint, lagging.EndPoint], [s_new], s_short, Token);

        Assert.False(result.Verified);
        Assert.True(result.Servers[0].Verified);
        Assert.StartsWith($"{lagging.EndPoint} still answers 192.0.2.1 after 0.", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_and_a_closed_port_do_not_delay_the_others_and_are_named()
    {
        await using var silent = new ScriptedServer(_ => null);
        await using var good = await Zone.StartAsync();
        await Zone.WriteAsync(good, s_new);
        var closed = FreePort.EndPoint();

        var result = await _verifier.VerifyAsync([silent.EndPoint, closed, good.EndPoint], [s_new], s_short, Token);

        Assert.False(result.Verified);
        Assert.StartsWith($"{silent.EndPoint} gives no reply after 0.", result.Servers[0].Sentence, StringComparison.Ordinal);
        Assert.StartsWith($"connection refused by {closed} after 0.", result.Servers[1].Sentence, StringComparison.Ordinal);
        Assert.True(result.Servers[2].Verified, result.Servers[2].Sentence);
        Assert.True(result.Servers[2].Elapsed < result.Servers[0].Elapsed);
    }

    [Fact]
    public async Task An_answer_without_authority_proves_nothing()
    {
        await using var cache = new ScriptedServer(query => Reply(query) with { Answers = [Address("192.0.2.2")] });

        var result = await _verifier.VerifyAsync([cache.EndPoint], [s_new], s_short, Token);

        Assert.False(result.Verified);
        Assert.Contains("without authority", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.2 192.0.2.3", "still answers 192.0.2.2, 192.0.2.3")]
    [InlineData("", "has no A record of api.lb.example.com")]
    [InlineData("192.0.2.2@31", "still answers with a TTL of 31 s instead of 30 s")]
    public async Task An_answer_that_differs_is_told(string answers, string complaint)
    {
        var records = answers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Address).ToList();
        await using var server = new ScriptedServer(query => Reply(query) with { Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer, Answers = records });

        var result = await _verifier.VerifyAsync([server.EndPoint], [s_new], s_short, Token);

        Assert.StartsWith($"{server.EndPoint} {complaint} after ", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_and_nonsense_are_told_and_not_thrown()
    {
        await using var failing = new ScriptedServer(query => Reply(query) with { Rcode = DnsRcode.SERVFAIL });
        await using var confused = new ScriptedServer(query => Reply(query) with { Id = (ushort)(query.Id + 1) });

        var result = await _verifier.VerifyAsync([failing.EndPoint, confused.EndPoint], [s_new], s_short, Token);

        Assert.StartsWith($"{failing.EndPoint} answers SERVFAIL for api.lb.example.com A after ", result.Servers[0].Sentence, StringComparison.Ordinal);
        Assert.Contains("does not belong to the request", result.Servers[1].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_smaller_TTL_and_another_spelling_are_fine()
    {
        var alias = Zone.Set("api.lb.example.com", RecordType.CNAME, "app.example.net");
        await using var server = new ScriptedServer(query => Reply(query) with
        {
            Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer,
            Answers = [new ResourceRecord(query.Questions[0].Name, DnsType.CNAME, DnsClass.IN, 1, new NameData(Spelled("aPP.Example.NET")))],
        });

        Assert.True((await _verifier.VerifyAsync([server.EndPoint], [alias], s_short, Token)).Verified);
    }

    [Fact]
    public async Task Of_weighted_values_any_will_do_and_others_will_not()
    {
        await using var provider = await Zone.StartAsync();
        var weighted = Zone.Weighted("api.lb.example.com", RecordType.A, ("192.0.2.2", 3), ("192.0.2.3", 1));

        await Zone.WriteAsync(provider, weighted);
        Assert.True((await _verifier.VerifyAsync([provider.EndPoint], [weighted], s_short, Token)).Verified);
        await Zone.WriteAsync(provider, s_old);
        Assert.False((await _verifier.VerifyAsync([provider.EndPoint], [weighted], s_short, Token)).Verified);
    }

    [Fact]
    public async Task It_asks_without_recursion_soon_at_first_and_then_less_often()
    {
        await using var lagging = new ScriptedServer(query => Reply(query) with { Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer });

        await _verifier.VerifyAsync([lagging.EndPoint], [s_new], TimeSpan.FromSeconds(2), Token);

        Assert.InRange(lagging.Queries, 4, 10);
        Assert.Equal(DnsFlags.None, lagging.LastQuery!.Flags & DnsFlags.RecursionDesired);
    }

    [Fact]
    public async Task Without_a_server_or_without_time_it_says_so()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, s_new);

        var nobody = await _verifier.VerifyAsync([], [s_new], s_long, Token);
        var noTime = await _verifier.VerifyAsync([provider.EndPoint], [s_new], TimeSpan.Zero, Token);

        Assert.False(nobody.Verified);
        Assert.Equal("there is no authoritative server to ask", nobody.Reason);
        Assert.True(noTime.Verified, noTime.Reason);
    }

    [Fact]
    public async Task Cancelling_ends_it()
    {
        await using var silent = new ScriptedServer(_ => null);
        using var cancel = new CancellationTokenSource();

        var verification = _verifier.VerifyAsync([silent.EndPoint], [s_new], s_long, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => verification);
    }

    private static DnsMessage Reply(DnsMessage query) => new() { Id = query.Id, Flags = DnsFlags.Response, Questions = query.Questions };

    private static ResourceRecord Address(string text)
    {
        var parts = text.Split('@');
        return new ResourceRecord(WireName.From(Zone.Api), parts.Length > 1 ? uint.Parse(parts[1]) : 30, new AddressData(IPAddress.Parse(parts[0])));
    }

    /// <summary>A name as it may come from a server, with its capitals.</summary>
    private static WireName Spelled(string name)
    {
        var wire = new List<byte>();
        foreach (var label in name.Split('.'))
        {
            wire.Add((byte)label.Length);
            wire.AddRange(label.Select(c => (byte)c));
        }

        return WireName.FromValidWire([.. wire, 0]);
    }
}
