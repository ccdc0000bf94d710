using System.Text.Json;
using DnsFailover.Tests.EndToEnd;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Logging;

/// <summary>A switch in the log of the program itself: looking for the decision's name gives the whole story, in order.</summary>
public sealed class StoryTests
{
    private const string Name = "api.story.test";

    [Fact]
    public async Task In_JSON_lines_a_decision_reads_as_one_story_from_the_intent_to_the_alert()
    {
        var lines = (await FailoverAsync("json")).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.All(lines, line => Assert.Equal(
            ["time", "level", "eventId", "event", "source", "message"],
            line.EnumerateObject().Select(member => member.Name).Where(name => name is "time" or "level" or "eventId" or "event" or "source" or "message")));
        var intent = lines.Single(line => Message(line).StartsWith("Failover from primary", StringComparison.Ordinal));
        var id = intent.GetProperty("decisionId").GetString()!;
        Assert.StartsWith($"{Name}#", id, StringComparison.Ordinal);
        var story = lines.Where(line => line.TryGetProperty("decisionId", out var of) && of.GetString() == id).ToList();
        Assert.Collection(
            story,
            line => Assert.Equal(Message(intent), Message(line)),
            line => Assert.Contains("in the builtin zone", Message(line), StringComparison.Ordinal), // what the provider says while it writes
            line => Assert.Contains("is written at local", Message(line), StringComparison.Ordinal),
            line => Assert.Contains("verified, written in", Message(line), StringComparison.Ordinal),
            line => Assert.Contains("to hook", Message(line), StringComparison.Ordinal));
        Assert.All(story.Where(line => line.GetProperty("eventId").GetInt32() == 1017), line => Assert.Equal(Name, line.GetProperty("service").GetString()));
        Assert.Equal([1017, 7003, 1017, 1017, 6001], story.Select(line => line.GetProperty("eventId").GetInt32()));
        Assert.All(story, line => Assert.Equal("info", line.GetProperty("level").GetString()));
        Assert.Equal(story.Select(line => line.GetProperty("time").GetString()).Order(StringComparer.Ordinal), story.Select(line => line.GetProperty("time").GetString()));
    }

    [Fact]
    public async Task On_the_console_each_line_of_the_story_begins_with_the_decisions_name()
    {
        var lines = await FailoverAsync("console");

        var intent = lines.Single(line => line.Contains("Failover from primary", StringComparison.Ordinal));
        var id = intent[..intent.IndexOf(": Failover", StringComparison.Ordinal)].Split(' ')[^1];
        Assert.StartsWith($"{Name}#", id, StringComparison.Ordinal);
        Assert.Collection(
            lines.Where(line => line.Contains($" {id}: ", StringComparison.Ordinal)),
            line => Assert.Equal(intent, line),
            line => Assert.Contains("in the builtin zone", line, StringComparison.Ordinal),
            line => Assert.Contains("is written at local", line, StringComparison.Ordinal),
            line => Assert.Contains("verified, written in", line, StringComparison.Ordinal),
            line => Assert.Contains("to hook", line, StringComparison.Ordinal));
    }

    private static string Message(JsonElement line) => line.GetProperty("message").GetString()!;

    /// <summary>The log of a daemon that failed over, told of it, and was stopped.</summary>
    private static async Task<IReadOnlyList<string>> FailoverAsync(string log)
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        await using var receiver = await Receiver.StartAsync();
        using var place = new Workplace();
        place.Write($$"""
            log: {{log}}
            providers: {local: {type: builtin, listen: "127.0.0.1:0", zone: story.test} }
            notifications: {hook: {type: webhook, url: "{{receiver.Url}}"} }
            selfCheck: off
            massFailure: off
            services:
              - {name: {{Name}}, provider: local, {{Workplace.Quick}}, endpoints: [{{primary.Yaml("primary")}}, {{standby.Yaml("standby")}}]}
            """);
        await using var daemon = await DaemonProcess.RunAsync(place.Config, place.Data);
        await daemon.SaysAsync("verified, written in");
        await daemon.SaysAsync("standby (127.0.0.3) is Up");
        await primary.KillAsync();
        await daemon.SaysAsync("failed over from primary");
        await daemon.SignalAsync("TERM");
        Assert.Equal(0, await daemon.EndsAsync());
        return daemon.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
