using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Doctor;
using DnsFailover.Probing;
using DnsFailover.Providers;
using DnsFailover.SelfCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary>What <c>doctor</c> is asked.</summary>
/// <param name="Config">The configuration file.</param>
/// <param name="Data">The data directory, which outranks that of the file.</param>
/// <param name="Provider">Only this provider; null means all.</param>
/// <param name="Service">Only this service; null means all.</param>
/// <param name="Resolver">Who is asked for the delegation; null means this machine's resolvers.</param>
/// <param name="Json">Whether to print JSON.</param>
internal sealed record DoctorSettings(string? Config, string? Data, string? Provider, string? Service, string? Resolver, bool Json);

/// <summary><c>dnsfailover doctor</c>: what stands between the daemon and a failover, and how to mend it. It holds providers that cannot write.</summary>
internal static class DoctorCommand
{
    private const int DnsPort = 53;

    /// <summary>For one question to a resolver, which may have to ask far away.</summary>
    private static readonly TimeSpan ResolverTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A provider with what is to be examined of it.</summary>
    private sealed record Patient(ProviderDefinition Provider, IReadOnlyList<ServiceDefinition> Services, IRecordReader? Reader, string? Trouble);

    /// <summary>Examines, prints. Exit code 0 when there is no problem, 1 when there is one; advice changes nothing.</summary>
    public static async Task<int> RunAsync(DoctorSettings settings, Terminal terminal, CancellationToken cancellationToken)
    {
        var configuration = ConfigurationFile.LoadValid(settings.Config, terminal);
        var services = Services(configuration, settings);
        var resolver = new RecursiveResolver(Resolvers(settings.Resolver), ResolverTimeout, TimeProvider.System);
        var patients = configuration.Providers.Values.Select(provider => Open(provider, services, configuration.Checks, settings.Data ?? configuration.DataDirectory)).ToList();
        try
        {
            var network = ExamineNetworkAsync(configuration, cancellationToken);
            var reports = await ExamineAsync([.. patients.Where(patient => IsMeant(patient, settings))], patients, resolver, cancellationToken);
            if (settings.Json)
            {
                terminal.Json(Document(await network, reports));
            }
            else
            {
                Print(await network, reports, terminal);
            }

            return (await network).Concat(reports.SelectMany(report => report.Everything)).Any(finding => finding.Grade == FindingGrade.Problem) ? ExitCode.Failed : ExitCode.Ok;
        }
        finally
        {
            await CloseAsync(patients);
        }
    }

    /// <summary>The services that are meant.</summary>
    /// <exception cref="BadInputException">There is no provider or service of that name.</exception>
    private static IReadOnlyList<ServiceDefinition> Services(DaemonConfiguration configuration, DoctorSettings settings)
    {
        if (settings.Provider is { } provider && !configuration.Providers.ContainsKey(provider))
        {
            throw new BadInputException($"there is no provider '{provider}'; there are: {string.Join(", ", configuration.Providers.Keys)}{Nearest.Hint(provider, configuration.Providers.Keys)}");
        }

        if (settings.Service is not { } text)
        {
            return configuration.Services;
        }

        var names = configuration.Services.Select(service => service.Name.ToString());
        return DnsName.TryParse(text, out var name, out _) && configuration.Services.Where(service => service.Name == name).ToList() is { Count: > 0 } found
            ? found
            : throw new BadInputException($"there is no service '{text}'; there are: {string.Join(", ", names)}{Nearest.Hint(text, names)}");
    }

    /// <summary>Who is asked for the delegation.</summary>
    /// <exception cref="BadInputException">That is no address.</exception>
    private static IReadOnlyList<IPEndPoint> Resolvers(string? given) =>
        given is null ? RecursiveResolver.OfSystem()
        : IPEndPoint.TryParse(given, out var server) ? [server.Port == 0 ? new IPEndPoint(server.Address, DnsPort) : server]
        : throw new BadInputException($"--resolver '{given}' is no address with an optional port, such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53");

    /// <summary>With a service but no provider, only the providers of that service are meant.</summary>
    private static bool IsMeant(Patient patient, DoctorSettings settings) =>
        settings.Provider is { } name ? patient.Provider.Name == name : settings.Service is null || patient.Services.Count > 0;

    private static Patient Open(ProviderDefinition provider, IReadOnlyList<ServiceDefinition> services, IReadOnlyDictionary<TargetId, CheckDefinition> checks, string dataDirectory)
    {
        var own = services.Where(service => service.Providers.Contains(provider.Name, StringComparer.Ordinal)).ToList();
        var around = new ProviderSurroundings([.. own.Select(service => service.Name)], dataDirectory, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Services = own.ConvertAll(service => new DeclaredService(service, checks)),
            DeclaredSets = [.. own.SelectMany(service => service.Types.Select(type => (service.Name, type)))],
        };
        try
        {
            return new Patient(provider, own, ProviderTable.Kinds.Single(kind => kind.Type == provider.Type).OpenReader(provider.Options, around), Trouble: null);
        }
        catch (Exception e) when (e is ProviderException or SecretUnavailableException)
        {
            return new Patient(provider, own, Reader: null, e.Message);
        }
    }

    /// <summary>All at once: none waits for another. Of the providers that are not meant, only the servers of shared zones are looked up.</summary>
    private static async Task<IReadOnlyList<ProviderReport>> ExamineAsync(IReadOnlyList<Patient> meant, IReadOnlyList<Patient> all, RecursiveResolver resolver, CancellationToken cancellationToken)
    {
        var zones = meant.Select(patient => patient.Provider.Options.Zone).ToHashSet();
        var examinations = all.Where(patient => patient.Reader is not null && zones.Contains(patient.Provider.Options.Zone))
            .ToDictionary(patient => patient, patient => new ProviderExamination(patient.Provider, patient.Reader!, resolver, TimeProvider.System));
        var servers = examinations.ToDictionary(pair => pair.Key, pair => pair.Value.ServersAsync(cancellationToken));
        return await Task.WhenAll(meant.Select(async patient =>
        {
            if (patient.Trouble is { } trouble)
            {
                return new ProviderReport(patient.Provider, [Finding.Problem("provider", trouble, "Correct its entry in failover.yaml, or what it refers to.")], []);
            }

            var others = new Dictionary<string, IReadOnlyList<IPEndPoint>>(StringComparer.Ordinal);
            foreach (var (other, look) in servers.Where(pair => pair.Key != patient && pair.Key.Provider.Options.Zone == patient.Provider.Options.Zone))
            {
                others[other.Provider.Name] = (await look).Servers;
            }

            return await examinations[patient].RunAsync(patient.Services, await servers[patient], others, cancellationToken);
        }));
    }

    private static async Task CloseAsync(IEnumerable<Patient> patients)
    {
        foreach (var reader in patients.Select(patient => patient.Reader))
        {
            switch (reader)
            {
                case IAsyncDisposable closing:
                    await closing.DisposeAsync();
                    break;
                case IDisposable closing:
                    closing.Dispose();
                    break;
            }
        }
    }

    /// <summary>Asks the control targets, if there are any.</summary>
    private static async Task<IReadOnlyList<Finding>> ExamineNetworkAsync(DaemonConfiguration configuration, CancellationToken cancellationToken)
    {
        if (configuration.SelfCheck is not { } options)
        {
            return [];
        }

        using var controls = new ControlTargets(TimeProvider.System);
        controls.Replace(options);
        return [SelfCheckFinding.Of(options, await controls.AskAsync(cancellationToken))];
    }

    private static void Print(IReadOnlyList<Finding> network, IReadOnlyList<ProviderReport> reports, Terminal terminal)
    {
        if (network.Count > 0)
        {
            terminal.Line("this machine's network");
            Print(network, terminal);
            terminal.Line();
        }

        foreach (var report in reports)
        {
            terminal.Line($"provider {report.Provider.Name} ({report.Provider.Type}, zone {report.Provider.Options.Zone})");
            Print(report.Findings, terminal);
            foreach (var service in report.Services)
            {
                terminal.Line();
                terminal.Line($"service {service.Service.Name} at {report.Provider.Name}");
                Print(service.Findings, terminal);
            }

            terminal.Line();
        }

        var (problems, advice) = (Count(network, reports, FindingGrade.Problem), Count(network, reports, FindingGrade.Advice));
        terminal.Line($"{(problems == 0 ? "No problem" : problems == 1 ? "1 problem" : $"{problems} problems")}, {(advice == 1 ? "1 piece" : $"{advice} pieces")} of advice. Nothing was written.", problems == 0 ? Color.Green : Color.Red);
    }

    private static void Print(IReadOnlyList<Finding> findings, Terminal terminal)
    {
        foreach (var finding in findings)
        {
            var (sign, word, colour) = finding.Grade switch
            {
                FindingGrade.Good => ("✓ ", "ok", Color.Green),
                FindingGrade.Advice => ("! ", "advice", Color.Yellow),
                _ => ("✗ ", "PROBLEM", Color.Red),
            };
            terminal.Line($"  {(terminal.IsInteractive ? sign : string.Empty)}{word,-8} {finding.Subject,-12}  {finding.Sentence}", colour);
            if (finding.Mend is { } mend)
            {
                terminal.Line($"  {(terminal.IsInteractive ? "  " : string.Empty)}{string.Empty,-8} {string.Empty,-12}  to do: {mend}");
            }
        }
    }

    private static int Count(IReadOnlyList<Finding> network, IEnumerable<ProviderReport> reports, FindingGrade grade) => network.Count(finding => finding.Grade == grade) + reports.Sum(report => report.Everything.Count(finding => finding.Grade == grade));

    private static JsonObject Document(IReadOnlyList<Finding> network, IReadOnlyList<ProviderReport> reports) => new()
    {
        ["problems"] = Count(network, reports, FindingGrade.Problem),
        ["advice"] = Count(network, reports, FindingGrade.Advice),
        ["network"] = Document(network),
        ["providers"] = new JsonArray([.. reports.Select(report => (JsonNode)new JsonObject
        {
            ["name"] = report.Provider.Name,
            ["type"] = report.Provider.Type,
            ["zone"] = report.Provider.Options.Zone.ToString(),
            ["findings"] = Document(report.Findings),
            ["services"] = new JsonArray([.. report.Services.Select(service => (JsonNode)new JsonObject
            {
                ["name"] = service.Service.Name.ToString(),
                ["findings"] = Document(service.Findings),
            })]),
        })]),
    };

    private static JsonArray Document(IReadOnlyList<Finding> findings) => new([.. findings.Select(finding => (JsonNode)new JsonObject
    {
        ["grade"] = Text.Of(finding.Grade),
        ["subject"] = finding.Subject,
        ["sentence"] = finding.Sentence,
        ["mend"] = finding.Mend,
    })]);
}
