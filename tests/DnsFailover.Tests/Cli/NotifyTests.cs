using DnsFailover.Tests.Journal;
using DnsFailover.Tests.Notifications;

namespace DnsFailover.Tests.Cli;

public sealed class NotifyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_channel_is_tried_and_each_says_what_it_made_of_it()
    {
        await using var good = await Receiver.StartAsync();
        await using var bad = await Receiver.StartAsync();
        bad.Answer = (_, context) => Receiver.Say(context, 403, "");
        var file = Write(good, bad);
        var run = await CommandRun.OfAsync("notify", "test", "--config", file);
        Assert.Equal(
            (1, "FAILED  bad: the webhook answered 403: correct the credentials in notifications.bad.url or its headers\nok      good took it: look whether it arrived\n"),
            (run.ExitCode, run.Output.ReplaceLineEndings("\n")));
        Assert.Equal("this is a test of dnsfailover: nothing happened", good.Requests.Single().Title);
        var one = await CommandRun.OfAsync("notify", "test", "good", "--config", file);
        Assert.Equal((0, 2, 1), (one.ExitCode, good.Requests.Count, bad.Requests.Count));
    }

    [Fact]
    public async Task A_channel_that_is_not_there_is_told_with_the_nearest()
    {
        await using var receiver = await Receiver.StartAsync();
        var run = await CommandRun.OfAsync("notify", "test", "god", "--config", Write(receiver, receiver));
        Assert.Equal(2, run.ExitCode);
        Assert.EndsWith("there is no channel 'god' in notifications; there are bad and good; did you mean 'good'?\n", run.Errors.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private string Write(Receiver good, Receiver bad)
    {
        var file = _directory["failover.yaml"];
        File.WriteAllText(file, $"""
            providers:
              local:
                type: builtin
                zone: go.example.com
                listen: "127.0.0.1:0"
                nameServers: [ns1.example.com]
            services:
              - name: a.go.example.com
                check:
                  type: tcp
                  port: 1
                endpoints:
                  - name: x
                    addresses: [127.0.0.1]
            notifications:
              good:
                type: webhook
                url: "{good.Url}"
              bad:
                type: webhook
                url: "{bad.Url}"
            """);
        return file;
    }
}
