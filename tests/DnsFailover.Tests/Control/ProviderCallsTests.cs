using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Tests.Providers;
using DnsFailover.Tests.Providers.Desec;
using DnsFailover.Tests.Providers.Hetzner;
using DnsFailover.Tests.Providers.Rfc2136;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Control;

/// <summary>What the record of a change says of the calls that were made for it.</summary>
public sealed partial class ProviderCallsTests(NamedFixture named) : IClassFixture<NamedFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_call_of_a_change_is_kept_with_the_vendors_number_and_without_secrets()
    {
        await using var test = await HetznerUnderTest.StartAsync(Token);
        var name = DnsName.Parse("api.example.com");
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];
        test.Fake.Trouble = _ => new FakeTrouble { Header = ("X-Request-Id", "req-4711") };

        var applied = Assert.IsType<ControllerEvent.ChangeApplied>(Assert.Single(await ApplyAsync(test.Provider, Change(name, before, "192.0.2.2"))));

        Assert.NotEmpty(applied.Calls);
        Assert.All(applied.Calls, call => Assert.Matches(HttpLine(), call));
        Assert.All(applied.Calls, call => Assert.EndsWith(", x-request-id req-4711", call, StringComparison.Ordinal));
        Assert.Contains(applied.Calls, call => call.StartsWith("POST ", StringComparison.Ordinal));
        Assert.Contains(applied.Calls, call => call.StartsWith("GET ", StringComparison.Ordinal));
        AssertNoSecret(test, applied.Calls);
    }

    [Fact]
    public async Task A_call_that_gets_no_reply_is_kept_too()
    {
        await using var test = await HetznerUnderTest.StartAsync(Token);
        var name = DnsName.Parse("api.example.com");

        var failed = Assert.IsType<ControllerEvent.ChangeFailed>(Assert.Single(await ApplyAsync(test.Unreachable(), Change(name, null, "192.0.2.2"))));

        Assert.Contains("→ no reply in ", failed.Calls[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_is_kept_with_the_id_of_its_message()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = DnsName.Parse($"calls.{server.Zone}");
        await server.ReplaceAsync(name.ToString(), "A", 60, ["192.0.2.1"], Token);
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];

        var applied = Assert.IsType<ControllerEvent.ChangeApplied>(Assert.Single(await ApplyAsync(test.Provider, Change(name, before, "192.0.2.2"))));

        Assert.Contains(applied.Calls, call => UpdateLine().IsMatch(call));
        Assert.Contains(applied.Calls, call => call.StartsWith($"Query {name} A at ", StringComparison.Ordinal));
        AssertNoSecret(test, applied.Calls);
    }

    [Fact]
    public async Task A_call_that_serves_several_changes_is_kept_with_each_of_them()
    {
        await using var test = await DesecUnderTest.StartAsync(Token, minimumTtl: 60);
        DnsName[] names = [.. Enumerable.Range(0, 3).Select(number => DnsName.Parse($"s{number}.example.com"))];
        foreach (var name in names)
        {
            await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        }

        var answers = await ApplyAsync(test.Provider, [.. names.Select(name => Change(name, RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.1"), "192.0.2.2"))]);

        Assert.Equal(3, answers.Count);
        Assert.All(answers, answer => Assert.Contains(Assert.IsType<ControllerEvent.ChangeApplied>(answer).Calls, call => call.StartsWith("PATCH ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Many_calls_are_counted_and_not_all_kept_and_outside_of_a_change_none_is()
    {
        ProviderCalls.Note("GET /outside", "200", null, TimeSpan.Zero);
        ValueList<string> lines = [];
        await Task.Run(() =>
        {
            var calls = ProviderCalls.Begin();
            for (var i = 0; i < ProviderCalls.Most + 8; i++)
            {
                ProviderCalls.Note($"GET /{i}/{new string('x', 5000)}", "200", "x-request-id \u001b[31m7", TimeSpan.FromMilliseconds(i));
            }

            lines = calls.Lines;
        }, Token);

        Assert.Equal(ProviderCalls.Most + 1, lines.Count);
        Assert.Equal("and 8 more", lines[^1]);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 300));
        Assert.All(lines, line => Assert.DoesNotContain('\u001b', line));
        Assert.Empty(ProviderCalls.Current);
    }

    private static ChangeSet Change(DnsName name, RecordSet? before, string after) => new(7, name, [new RecordChange(before, RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), after))]);

    private static async Task<IReadOnlyCollection<ControllerEvent>> ApplyAsync(IDnsProvider provider, params ChangeSet[] changes)
    {
        var directory = new FakeDirectory { Timeout = TimeSpan.FromSeconds(20) };
        directory.Providers["dns"] = provider;
        var answers = new ConcurrentQueue<ControllerEvent>();
        var carrier = new EffectCarrier(new MemoryJournal(), new AnsweringProbes(), directory, new AgreeingVerifier(), new FakeControls(), TimeProvider.System, NullLogger<EffectCarrier>.Instance);
        foreach (var change in changes)
        {
            await carrier.CarryAsync(
                new Effect.Apply(change.Name, "dns", change),
                answer =>
                {
                    answers.Enqueue(answer);
                    return ValueTask.CompletedTask;
                },
                Token);
        }

        await carrier.DrainAsync();
        return answers;
    }

    private static void AssertNoSecret(ProviderUnderTest test, ValueList<string> calls) =>
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, calls.ToString(), StringComparison.Ordinal));

    [GeneratedRegex("^[A-Z]+ /[^? ]+ → [0-9]{3} in [0-9.]+ (ms|s), ", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex HttpLine();

    [GeneratedRegex("^Update .+ at 127\\.0\\.0\\.[0-9]+:[0-9]+ → NOERROR in [0-9.]+ (ms|s), message id [0-9]+$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex UpdateLine();
}
