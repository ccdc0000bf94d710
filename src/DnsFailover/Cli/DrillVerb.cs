using System.CommandLine;

namespace DnsFailover.Cli;

/// <summary>The verb that tries a failover.</summary>
internal static class DrillVerb
{
    /// <summary>Adds it.</summary>
    public static void Add(RootCommand root, Option<string?> config, Option<string?> data, Option<bool> json, Terminal terminal)
    {
        var service = new Argument<string>("service") { Description = "A service such as api.example.com" };
        var live = new Option<bool>("--live") { Description = "Move the service itself, with its users, instead of its canary: only within its drill windows, or with --yes where it has none" };
        var endpoint = new Option<string?>("--endpoint") { Description = "The endpoint that is to take over, as if every other one were down. Without it: the one that would", HelpName = "name" };
        var yes = new Option<bool>("--yes") { Description = "Say that users are to be moved now" };
        var actor = new Option<string?>("--actor") { Description = "Who. Without it: $SUDO_USER or the user, at this machine", HelpName = "name" };
        var server = new Option<string?>("--server") { Description = $"A daemon elsewhere, such as http://127.0.0.1:8053. Its token is taken from ${ControlClient.TokenVariable} or --token-file", HelpName = "address" };
        var tokenFile = new Option<string?>("--token-file") { Description = "The file that the token for --server is in", HelpName = "file" };
        CommandLine.Add(
            root,
            "drill",
            "Try the whole way of a failover and back on a canary name in the same zone (decide, write, verify, return), and hold each step against the bound that validate prints. Exit code 0: it passed, 1: it failed or was refused",
            [live, endpoint, yes, actor, data, json, server, tokenFile],
            (parse, token) => DrillCommand.RunAsync(
                new DaemonPlace(parse.GetValue(config), parse.GetValue(data), parse.GetValue(server), parse.GetValue(tokenFile)),
                new DrillSettings(parse.GetValue(service)!, parse.GetValue(live), parse.GetValue(endpoint), parse.GetValue(yes), parse.GetValue(actor), parse.GetValue(json)),
                terminal,
                TimeProvider.System,
                token)).Arguments.Add(service);
    }
}
