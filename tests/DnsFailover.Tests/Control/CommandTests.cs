using DnsFailover.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;
using DnsFailover.Journal;

namespace DnsFailover.Tests.Control;

/// <summary>What an operator is told of a command: not before it is durable.</summary>
public sealed class CommandTests
{
    private static readonly ServiceDefinition Api = Sample.Service("api.example.com");

    [Fact]
    public async Task A_command_ends_when_it_is_in_the_journal()
    {
        await using var loop = await StartAsync();

        var result = await loop.CommandAsync(Freeze());

        Assert.Equal(CommandResult.Durable, result);
        Assert.Contains(loop.Journal.Entries, entry => entry is OverrideBegan);
    }

    [Fact]
    public async Task Of_two_that_say_the_same_at_once_each_has_its_end()
    {
        await using var loop = await StartAsync();
        var freeze = Freeze();

        Assert.All(await Task.WhenAll(loop.CommandAsync(freeze), loop.CommandAsync(freeze)), result => Assert.Equal(CommandEnd.Durable, result.End));
    }

    [Fact]
    public async Task One_that_is_objected_to_says_why_and_changes_nothing()
    {
        await using var loop = await StartAsync();

        var result = await loop.CommandAsync(new OperatorCommand.End(OverrideKind.Force, Api.Name, null, "over", "alice@laptop"));

        Assert.Equal(CommandEnd.Refused, result.End);
        Assert.Contains("api.example.com is not forced", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(loop.Journal.Entries, entry => entry is OverrideBegan or OverrideEnded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_disk_is_full_it_says_that_it_is_not_durable_and_it_is_recorded_later(bool ofAll)
    {
        await using var loop = await StartAsync();
        loop.Journal.Failure = new JournalException("the disk is full");

        var first = await loop.CommandAsync(Freeze(ofAll));
        var second = await loop.CommandAsync(Freeze(ofAll)); // before the journal is tried again by itself

        Assert.Equal(new CommandResult(CommandEnd.NotDurable, "the disk is full"), first);
        Assert.Equal(first, second);
        Assert.NotEmpty(loop.State.Overrides);
        loop.Journal.Failure = null;
        await Eventually.HoldsAsync(() => loop.Journal.Entries.OfType<OverrideBegan>().Any(), () => "it is recorded");
    }

    [Fact]
    public async Task When_the_loop_has_ended_nobody_waits_for_ever()
    {
        await using var loop = await StartAsync();
        await loop.StopAsync();

        Assert.Equal(CommandEnd.Failed, (await loop.CommandAsync(Freeze())).End);
    }

    private static OperatorCommand.Begin Freeze(bool ofAll = false) =>
        new(new Override(OverrideKind.Freeze, ofAll ? null : Api.Name, null, "deploying", "alice@laptop", DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1)));

    private static async Task<RunningLoop> StartAsync()
    {
        var loop = new RunningLoop();
        loop.Dns[Api.Name] = Sample.Active;
        loop.Start(Api);
        await loop.SettleAsync(Api);
        await Eventually.HoldsAsync(() => loop.Journal.Entries.OfType<HealthChanged>().Count() == 2, () => "the health is journalled");
        return loop;
    }
}
