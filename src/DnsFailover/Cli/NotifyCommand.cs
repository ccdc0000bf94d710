using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using DnsFailover.Notifications;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover notify test</c>: sends an alert that says that nothing happened, and shows what each channel made of it.</summary>
internal static class NotifyCommand
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(10);

    /// <summary>Tries one channel, or all at the same time. Exit code 0 when every one took it.</summary>
    public static async Task<int> TestAsync(string? config, string? channel, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        var configuration = ConfigurationFile.LoadValid(config, terminal);
        var meant = Meant(configuration, channel);
        using var client = new WebhookClient(time);
        var links = new PageLinks(configuration.PageUrl);
        var results = await Task.WhenAll(meant.Select(async definition => (definition.Name, Trouble: await TryAsync(NotificationChannels.Create(definition, client, links, time), time, cancellationToken))));
        foreach (var (name, trouble) in results)
        {
            terminal.Line(trouble is null ? $"ok      {name} took it: look whether it arrived" : $"FAILED  {name}: {trouble}", trouble is null ? Color.Green : Color.Red);
        }

        return results.All(result => result.Trouble is null) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static List<ChannelDefinition> Meant(DaemonConfiguration configuration, string? channel)
    {
        var names = configuration.Notifications.Keys.Order(StringComparer.Ordinal).ToList();
        return names.Count == 0 ? throw new BadInputException("failover.yaml has no notifications: there is nobody to be told anything")
            : channel is null ? names.ConvertAll(name => configuration.Notifications[name])
            : configuration.Notifications.TryGetValue(channel, out var definition) ? [definition]
            : throw new BadInputException($"there is no channel '{channel}' in notifications; there {(names.Count == 1 ? "is" : "are")} {Section.List(names.Take(10))}{Nearest.Hint(channel, names)}");
    }

    private static async Task<string?> TryAsync(INotificationChannel channel, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(LongestCall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var now = time.GetUtcNow();
        try
        {
            await channel.SendAsync(new OutboxItem(now.ToUnixTimeMilliseconds(), channel.Name, Message(channel.Name, now)), either.Token);
            return null;
        }
        catch (DeliveryException failure)
        {
            return failure.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {Text.Of(LongestCall)}";
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            // The message of an unforeseen exception might hold the address; its kind cannot.
            return $"a defect ({defect.GetType().Name})";
        }
    }

    private static Alert Message(string channel, DateTimeOffset now) => new()
    {
        Kind = AlertKind.Test,
        At = now,
        Title = "this is a test of dnsfailover: nothing happened",
        Reason = $"somebody ran `dnsfailover notify test`, and this is the channel {channel}",
        Next = "Nothing to do. Alerts of this channel arrive here.",
    };
}
