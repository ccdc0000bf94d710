using System.CommandLine;
using DnsFailover.Schedules;

namespace DnsFailover.Cli;

/// <summary>The verbs that speak to the daemon that runs.</summary>
internal sealed class OperatorVerbs(RootCommand root, Option<string?> config, Option<string?> data, Option<bool> json, Terminal terminal)
{
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for status, journal and alerts", HelpName = "text" };
    private readonly Option<string?> _actor = new("--actor") { Description = "Who. Without it: $SUDO_USER or the user, at this machine", HelpName = "name" };
    private readonly Option<string?> _for = new("--for") { Description = $"How long: 90s, 30m, 2h, 1d. Without it and --until: {OverrideCommand.DefaultLength}", HelpName = "duration" };
    private readonly Option<string?> _until = new("--until") { Description = $"Until when: {ClockText.Expected}", HelpName = "time" };

    private readonly Option<string?> _server = new("--server") { Description = $"A daemon elsewhere, such as http://127.0.0.1:8053. Its token is taken from ${ControlClient.TokenVariable} or --token-file", HelpName = "address" };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "The file that the token for --server is in", HelpName = "file" };

    /// <summary>Adds them.</summary>
    public void Add()
    {
        var status = new Argument<string?>("service") { Description = "Only this one, with everything that is known of it", Arity = ArgumentArity.ZeroOrOne };
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on, and show each change as it happens, until Ctrl+C" };
        CommandLine.Add(root, "status", "What each name is answered with, the state of each endpoint, and what operators and planned times have to say in it", [watch, data, json, _server, _tokenFile],
            (parse, token) => StatusCommand.RunAsync(Place(parse), new StatusSettings(parse.GetValue(status), parse.GetValue(json), parse.GetValue(watch)), terminal, TimeProvider.System, token)).Arguments.Add(status);

        var of = new Argument<string?>("service") { Description = "Only this one", Arity = ArgumentArity.ZeroOrOne };
        var limit = new Option<int>("--limit") { Description = "So many at the most, the newest", HelpName = "number", DefaultValueFactory = _ => 20 };
        CommandLine.Add(root, "history", "The changes that were made to records, newest first, with how long each step took", [limit, data, json, _server, _tokenFile],
            (parse, token) => HistoryCommand.RunAsync(Place(parse), parse.GetValue(of), parse.GetValue(limit), parse.GetValue(json), terminal, token)).Arguments.Add(of);

        CommandLine.Add(root, "healthcheck", "Ask the daemon whether it lives, within two seconds, for HEALTHCHECK of a container. Exit code 0: it does, 1: it does not", [data, _server, _tokenFile],
            (parse, token) => HealthCheckCommand.RunAsync(Place(parse), terminal, token));

        Verb("force", "Answer a name with one endpoint, whatever its health, until it ends or you release it", begins: true, endpoint: Needed, run: (command, service, endpoint, token) => command.ForceAsync(service, endpoint!, token));
        Verb("release", "End a force: health decides again", begins: false, endpoint: null, run: (command, service, _, token) => command.ReleaseAsync(service, token));
        Verb("drain", "Keep traffic off an endpoint as long as another one works", begins: true, endpoint: Needed, run: (command, service, endpoint, token) => command.DrainAsync(service, endpoint!, token));
        Verb("undrain", "End a drain", begins: false, endpoint: Needed, run: (command, service, endpoint, token) => command.UndrainAsync(service, endpoint!, token));
        Verb("freeze", "Write nothing for a service, or for all of them, whatever fails; they are watched as ever", begins: true, endpoint: null, run: (command, service, _, token) => command.FreezeAsync(service, token), all: true);
        Verb("thaw", "End a freeze: of a service, or of all", begins: false, endpoint: null, run: (command, service, _, token) => command.ThawAsync(service, token), all: true);
        Verb("approve", "Let traffic return to the preferred endpoint, where failback waits for an operator", begins: true, endpoint: null, run: (command, service, _, token) => command.ApproveAsync(service, token));
        Verb("unapprove", "Take an approval back", begins: false, endpoint: null, run: (command, service, _, token) => command.UnapproveAsync(service, token));
        Verb("maintenance", "Planned work: drain an endpoint, or freeze the whole service", begins: true, endpoint: Optional, run: (command, service, endpoint, token) => command.MaintainAsync(service, endpoint, token));
    }

    private static Argument<string?> Needed() => new("endpoint") { Description = "One of its endpoints" };

    private static Argument<string?> Optional() => new("endpoint") { Description = "One of its endpoints; without it the service is held as it is", Arity = ArgumentArity.ZeroOrOne };

    private void Verb(string name, string description, bool begins, Func<Argument<string?>>? endpoint, Func<OverrideCommand, string, string?, CancellationToken, Task<int>> run, bool all = false)
    {
        var service = new Argument<string>("service") { Description = all ? "A service such as api.example.com, or all" : "A service such as api.example.com" };
        if (all)
        {
            (service.Arity, service.DefaultValueFactory) = (ArgumentArity.ZeroOrOne, _ => "all");
        }

        var at = endpoint?.Invoke();
        var command = CommandLine.Add(root, name, description, begins ? [_reason, _for, _until, _actor, data, _server, _tokenFile] : [_reason, _actor, data, _server, _tokenFile], (parse, token) => run(
            new OverrideCommand(Place(parse), new Intent(parse.GetValue(_reason), parse.GetValue(_actor), begins ? parse.GetValue(_for) : null, begins ? parse.GetValue(_until) : null), terminal, TimeProvider.System),
            parse.GetValue(service)!,
            at is null ? null : parse.GetValue(at),
            token));
        command.Arguments.Add(service);
        if (at is not null)
        {
            command.Arguments.Add(at);
        }
    }

    private DaemonPlace Place(ParseResult parse) => new(parse.GetValue(config), parse.GetValue(data), parse.GetValue(_server), parse.GetValue(_tokenFile));
}
