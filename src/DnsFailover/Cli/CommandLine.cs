using System.CommandLine;
using System.CommandLine.Parsing;
using DnsFailover.Api;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Explain;
using DnsFailover.Journal;
using DnsFailover.Providers;

namespace DnsFailover.Cli;

/// <summary>The verbs and options of <c>dnsfailover</c>.</summary>
internal static class CommandLine
{
    /// <summary>After SIGTERM or Ctrl+C a command has this long to end by itself; the daemon's own bound is shorter.</summary>
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(10);

    /// <summary>Runs one command.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken)
    {
        var parsed = Root(terminal).Parse(args);
        var complaints = parsed.Errors.Count > 0 ? [.. Complaints(parsed)] : MistypedOptions(parsed);
        if (complaints.Count > 0)
        {
            complaints.ForEach(terminal.Complain);

            terminal.Complain("'dnsfailover --help' lists the commands and options.");
            return ExitCode.BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = LongestGoodbye }, cancellationToken);
        }
        catch (Exception e) when (IsForTheOperator(e))
        {
            terminal.Complain(e.Message);
            return ExitCode.BadInput;
        }
        catch (RefusedException e)
        {
            terminal.Complain(e.Message);
            return ExitCode.Failed;
        }
        catch (InterruptedException)
        {
            terminal.Complain("stopped before it was done");
            return ExitCode.Failed;
        }
    }

    /// <summary>What is wrong with the line; a command that does not exist is not also called a missing one.</summary>
    private static IEnumerable<string> Complaints(ParseResult parsed)
    {
        var commands = parsed.RootCommandResult.Command is RootCommand root ? root.Subcommands.Select(command => command.Name).ToList() : [];
        return parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens is [var word, ..] && !word.StartsWith('-')
            ? [$"there is no command '{word}'{Nearest.Hint(word, commands)}"]
            : parsed.Errors.Select(error => error.Message);
    }

    /// <summary>Options that do not exist and were taken for an argument: no name begins with a dash.</summary>
    private static List<string> MistypedOptions(ParseResult parsed)
    {
        var options = parsed.CommandResult.Command.Options.Concat(parsed.RootCommandResult.Command.Options).Select(option => option.Name);
        return [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Where(token => token.Value.StartsWith('-'))
            .Select(token => $"there is no option '{token.Value}'{Nearest.Hint(token.Value, options)}")];
    }

    /// <summary>True when the message of an exception says what to do, and no more is needed.</summary>
    internal static bool IsForTheOperator(Exception e) => e is BadInputException or JournalException or ProviderException or SecretUnavailableException or ApiListenException;

    private static RootCommand Root(Terminal terminal)
    {
        var config = new Option<string?>("--config", "-c") { Description = "The configuration file. Without it: $DNSFAILOVER_CONFIG, ./failover.yaml, /etc/dnsfailover/failover.yaml", HelpName = "file", Recursive = true };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table" };
        var root = new RootCommand("Keeps a DNS name pointing at a deployment that works: probes every endpoint, rewrites the records at the DNS you already have, proves that the name servers answer, and tells Slack.");
        root.Options.Add(config);

        var data = new Option<string?>("--data") { Description = "The directory of the journal; outranks dataDirectory in the file", HelpName = "directory" };
        var ephemeral = new Option<bool>("--ephemeral") { Description = "Keep the journal in memory: hold-downs and undelivered alerts do not survive a restart" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Log every probe that says nothing, and what the libraries report" };
        Add(root, "run", "Run the daemon until it is stopped (SIGTERM or Ctrl+C); SIGHUP reads the configuration again", [data, ephemeral, verbose],
            (parse, token) => RunCommand.RunAsync(new RunSettings(parse.GetValue(config), parse.GetValue(data), parse.GetValue(ephemeral), parse.GetValue(verbose)), terminal, token));

        Add(root, "validate", "Check the configuration, and print for each service how long a failure can last at the most and how that adds up", [json],
            (parse, _) => Task.FromResult(ValidateCommand.Run(parse.GetValue(config), parse.GetValue(json), terminal)));

        Add(root, "plan", "Probe once, read the live records, and print the change that would be made and why. Writes nothing. Exit code 0: nothing would change, 3: something would", [json, data],
            (parse, token) => PlanCommand.RunAsync(parse.GetValue(config), parse.GetValue(data), parse.GetValue(json), terminal, token));

        var target = new Argument<string>("service|endpoint") { Description = "A service (api.example.com), an endpoint (render), or both (api.example.com/render)" };
        var check = Add(root, "check", "Probe a service's endpoints, or one endpoint, once, and show where the time went", [json],
            (parse, token) => CheckCommand.RunAsync(parse.GetValue(config), parse.GetValue(target)!, parse.GetValue(json), terminal, token));
        check.Arguments.Add(target);

        var provider = new Option<string?>("--provider") { Description = "Only this entry of providers", HelpName = "name" };
        var service = new Option<string?>("--service") { Description = "Only this service, and its provider", HelpName = "name" };
        var resolver = new Option<string?>("--resolver") { Description = "Who is asked where zones are delegated to, for private DNS. Without it: the resolvers of this machine", HelpName = "address[:port]" };
        Add(root, "doctor", "Look at each provider's credential, permissions, zone and clock, at each name's records, TTL and delegation, and say how to mend what is wrong. Writes nothing. Exit code 0: no problem, 1: a problem", [provider, service, resolver, json, data],
            (parse, token) => DoctorCommand.RunAsync(new DoctorSettings(parse.GetValue(config), parse.GetValue(data), parse.GetValue(provider), parse.GetValue(service), parse.GetValue(resolver), parse.GetValue(json)), terminal, token));

        new OperatorVerbs(root, config, data, json, terminal).Add();
        DrillVerb.Add(root, config, data, json, terminal);

        var explained = new Argument<string>("service") { Description = "The name being steered" };
        var at = new Option<string?>("--at") { Description = $"The time to look at: {Moment.Expected}. Without it: now", HelpName = "time" };
        Add(root, "explain", "Say why a name is answered as it is, or was at a time: the decision with its evidence, guards, provider calls and times, what stood in the way, and the health of each endpoint then. Reads the journal alone, whether the daemon runs or not", [at, data],
            (parse, _) => Task.FromResult(ExplainCommand.Run(parse.GetValue(config), parse.GetValue(data), parse.GetValue(explained)!, parse.GetValue(at), terminal, TimeProvider.System))).Arguments.Add(explained);

        var journal = new Option<string>("--journal") { Description = "The journal to replay: the file, or the data directory that it is in", HelpName = "file", Required = true };
        var since = new Option<string?>("--since") { Description = "Replay from this time on; as --at of explain. Without it: from the first observation that is kept", HelpName = "time" };
        var only = new Option<string?>("--service") { Description = "Only this service", HelpName = "name" };
        Add(root, "replay", "Run what a journal recorded through a changed configuration (--config), and say which switches would have happened, when, and which not. Asks nobody and writes nothing", [journal, since, only],
            (parse, _) => Task.FromResult(ReplayCommand.Run(new ReplaySettings(parse.GetValue(config), parse.GetValue(journal)!, parse.GetValue(since), parse.GetValue(only)), terminal, TimeProvider.System)));

        var notify = new Command("notify", "Alerts: 'notify test' tries whether they arrive");
        var channel = new Argument<string?>("channel") { Description = "Only this entry of notifications", Arity = ArgumentArity.ZeroOrOne };
        Add(notify, "test", "Send an alert that says that nothing happened to every channel, or to one, and show what each made of it. Exit code 0: all took it, 1: one did not", [],
            (parse, token) => NotifyCommand.TestAsync(parse.GetValue(config), parse.GetValue(channel), terminal, TimeProvider.System, token)).Arguments.Add(channel);
        root.Subcommands.Add(notify);

        var keep = new Option<bool>("--keep") { Description = "Leave it running at the end, to be looked at with dig" };
        Add(root, "demo", "Watch a real DNS name fail over and back: two endpoints, a DNS server and the daemon in this one process, on loopback. Needs nothing, ends by itself", [keep],
            (parse, token) => DemoCommand.RunAsync(parse.GetValue(keep), terminal, token));
        return root;
    }

    /// <summary>Adds a verb.</summary>
    internal static Command Add(Command root, string name, string description, Option[] options, Func<ParseResult, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parse, token) =>
        {
            try
            {
                return await run(parse, token);
            }
            catch (OperationCanceledException e) when (token.IsCancellationRequested)
            {
                throw new InterruptedException(e); // only here it is known that a signal was the cause
            }
        });
        root.Subcommands.Add(command);
        return command;
    }

    private sealed class InterruptedException(OperationCanceledException cause) : Exception("a signal ended the command", cause);
}
