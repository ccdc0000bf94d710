using DnsFailover.Api;
using DnsFailover.Schedules;

namespace DnsFailover.Cli;

/// <summary>Who says something, why, and for how long: the options that all of these commands have.</summary>
internal sealed record Intent(string? Reason, string? Actor, string? For, string? Until);

/// <summary>The commands with which an operator takes over, and gives back.</summary>
internal sealed class OverrideCommand(DaemonPlace place, Intent intent, Terminal terminal, TimeProvider time)
{
    /// <summary>What is said without <c>--for</c> and <c>--until</c> ends after this.</summary>
    internal const string DefaultLength = "1h";

    private const string All = "all";

    /// <summary><c>force</c>: the name is answered with an endpoint, whatever its health.</summary>
    public Task<int> ForceAsync(string service, string endpoint, CancellationToken cancellationToken) =>
        BeginAsync($"services/{Part(service)}/force", endpoint, Needed("force"), $"release {service}", cancellationToken);

    /// <summary><c>release</c>: the end of that.</summary>
    public Task<int> ReleaseAsync(string service, CancellationToken cancellationToken) => EndAsync($"services/{Part(service)}/force", endpoint: null, cancellationToken);

    /// <summary><c>drain</c>: an endpoint gets no traffic.</summary>
    public Task<int> DrainAsync(string service, string endpoint, CancellationToken cancellationToken) =>
        BeginAsync($"services/{Part(service)}/drain", endpoint, Needed("drain"), $"undrain {service} {endpoint}", cancellationToken);

    /// <summary><c>undrain</c>: the end of that.</summary>
    public Task<int> UndrainAsync(string service, string endpoint, CancellationToken cancellationToken) => EndAsync($"services/{Part(service)}/drain", endpoint, cancellationToken);

    /// <summary><c>freeze</c>: nothing is written.</summary>
    public Task<int> FreezeAsync(string service, CancellationToken cancellationToken) =>
        BeginAsync(Freeze(service), endpoint: null, Needed("freeze"), $"thaw {service}", cancellationToken);

    /// <summary><c>thaw</c>: the end of that.</summary>
    public Task<int> ThawAsync(string service, CancellationToken cancellationToken) => EndAsync(Freeze(service), endpoint: null, cancellationToken);

    /// <summary><c>approve</c>: traffic may return to the preferred endpoint.</summary>
    public Task<int> ApproveAsync(string service, CancellationToken cancellationToken) =>
        BeginAsync($"services/{Part(service)}/approve", endpoint: null, intent.Reason ?? "failback approved", $"unapprove {service}", cancellationToken);

    /// <summary><c>unapprove</c>: the end of that.</summary>
    public Task<int> UnapproveAsync(string service, CancellationToken cancellationToken) => EndAsync($"services/{Part(service)}/approve", endpoint: null, cancellationToken);

    /// <summary><c>maintenance</c>: a planned drain of an endpoint, or a planned freeze of a service.</summary>
    public Task<int> MaintainAsync(string service, string? endpoint, CancellationToken cancellationToken)
    {
        var reason = intent.Reason ?? "planned maintenance";
        return endpoint is not null
            ? BeginAsync($"services/{Part(service)}/drain", endpoint, reason, $"undrain {service} {endpoint}", cancellationToken)
            : BeginAsync(Freeze(service), endpoint: null, reason, $"thaw {service}", cancellationToken);
    }

    /// <summary>Who runs this, behind sudo too.</summary>
    internal static string Me() => $"{Environment.GetEnvironmentVariable("SUDO_USER") ?? Environment.UserName}@{Environment.MachineName}";

    private async Task<int> BeginAsync(string address, string? endpoint, string reason, string ends, CancellationToken cancellationToken)
    {
        if (intent is { For: not null, Until: not null })
        {
            throw new BadInputException("--for and --until exclude each other: give a length of time or its end");
        }

        var until = intent.Until is { } text ? ClockText.Parse(text, time.GetUtcNow()) : null;
        if (until is not null && !until.Contains('T', StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException($"--until: '{intent.Until}' is no time; expected {ClockText.Expected}");
        }

        using var client = ControlClient.Of(place);
        var bounded = intent.For is not null || intent.Until is not null;
        var reply = await client.PostAsync(
            address,
            new CommandDocument { Endpoint = endpoint, Reason = reason, Actor = intent.Actor ?? Me(), For = bounded ? intent.For : DefaultLength, Until = until },
            cancellationToken);
        terminal.Line($"{reply.Says} End it with: dnsfailover {ends}");
        if (!bounded)
        {
            terminal.Line($"It ends by itself after {DefaultLength}, as neither --for nor --until says otherwise.");
        }

        return ExitCode.Ok;
    }

    private async Task<int> EndAsync(string address, string? endpoint, CancellationToken cancellationToken)
    {
        using var client = ControlClient.Of(place);
        string[] query = [.. from pair in new[] { ("endpoint", endpoint), ("reason", intent.Reason), ("actor", intent.Actor ?? Me()) } where pair.Item2 is not null select $"{pair.Item1}={Part(pair.Item2)}"];
        var reply = await client.DeleteAsync($"{address}?{string.Join('&', query)}", cancellationToken);
        terminal.Line(reply.Says);
        return ExitCode.Ok;
    }

    private string Needed(string verb) => intent.Reason ?? throw new BadInputException($"--reason is missing: say why, as everyone who is paged will see it, for example: dnsfailover {verb} … --reason 'deploying 2.4'");

    private static string Freeze(string service) => service == All ? "freeze" : $"services/{Part(service)}/freeze";

    private static string Part(string text) => Uri.EscapeDataString(text);
}
