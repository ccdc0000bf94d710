using System.Globalization;
using System.Text.Json.Nodes;
using DnsFailover.Core;
using DnsFailover.Core.Health;
using DnsFailover.Probing;
using Color = Spectre.Console.Color;

namespace DnsFailover.Cli;

/// <summary><c>dnsfailover check</c>: one verbose probe.</summary>
internal static class CheckCommand
{
    /// <summary>Probes every target that is meant, once. Exit code 0 when all passed.</summary>
    public static async Task<int> RunAsync(string? config, string target, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        var configuration = ConfigurationFile.LoadValid(config, terminal);
        var selected = EndpointSelection.Find(configuration, target);
        using var resolver = new SystemNameResolver();
        var prober = new Prober(resolver, TimeProvider.System);
        await ProbeWarmUp.RunAsync(prober, cancellationToken);
        var reports = new List<ProbeReport>();
        foreach (var (_, _, id) in selected)
        {
            var report = await prober.ProbeVerboseAsync(id, configuration.Checks[id], requestId: null, cancellationToken);
            reports.Add(report);
            if (!json)
            {
                Print(report, configuration.Checks[id], terminal);
            }
        }

        if (json)
        {
            terminal.Json(new JsonArray([.. reports.Select(Document)]));
        }

        return reports.TrueForAll(report => report.Observation.Verdict == Verdict.Pass) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Print(ProbeReport report, CheckDefinition check, Terminal terminal)
    {
        var observation = report.Observation;
        terminal.Line($"{observation.Verdict.ToString().ToUpperInvariant(),-6} {observation.Target.Service} / {observation.Target}: {observation.Reason}", observation.Verdict switch
        {
            Verdict.Pass => Color.Green,
            Verdict.Fail => Color.Red,
            _ => Color.Yellow,
        });
        terminal.Table(["", ""], Details(report, check).Where(row => row.Value is not null).Select(row => new[] { $"  {row.Name}", row.Value! }));
    }

    private static IEnumerable<(string Name, string? Value)> Details(ProbeReport report, CheckDefinition check)
    {
        var (observation, details) = (report.Observation, report.Details);
        yield return ("check", Masking.Of(check).Mask(Describe(check)));
        yield return ("dialed", details.RemoteAddress?.ToString());
        yield return ("resolved in", Time(observation.Phases.Dns));
        yield return ("connected in", Time(observation.Phases.Connect));
        yield return ("TLS in", Time(observation.Phases.Tls));
        yield return ("first byte in", Time(observation.Phases.FirstByte));
        yield return ("total", Time(observation.Phases.Total));
        yield return ("TLS", details.TlsProtocol is null ? null : $"{details.TlsProtocol} {details.TlsCipher}");
        yield return ("certificate", details.Certificate?.ToString());
        yield return ("days left", details.Certificate?.DaysLeft(observation.StartedAt).ToString(CultureInfo.InvariantCulture));
        yield return ("certificate trouble", observation.CertificateTrouble);
        yield return ("HTTP", details.StatusCode is null ? null : $"{details.HttpVersion} {details.StatusCode}");
        foreach (var header in details.ResponseHeaders)
        {
            yield return ("header", header);
        }
    }

    private static string Describe(CheckDefinition check) => check switch
    {
        HttpCheck http => $"{http.Method} {(http.Https ? "https" : "http")}://{http.Host}:{http.Port}{http.Path}, expects {http.Statuses}, within {Text.Of(http.Timeout)}",
        TlsCheck tls => $"TLS handshake for {tls.Host} on port {tls.Port}, within {Text.Of(tls.Timeout)}",
        _ => $"TCP connection to port {check.Port}, within {Text.Of(check.Timeout)}",
    };

    private static string? Time(TimeSpan? time) => time is { } value ? Text.Of(value) : null;

    private static JsonObject Document(ProbeReport report)
    {
        var observation = report.Observation;
        return new JsonObject
        {
            ["service"] = observation.Target.Service.ToString(),
            ["endpoint"] = observation.Target.Endpoint,
            ["address"] = observation.Target.Value,
            ["verdict"] = Text.Of(observation.Verdict),
            ["reason"] = observation.Reason,
            ["startedAt"] = observation.StartedAt,
            ["milliseconds"] = new JsonObject
            {
                ["dns"] = observation.Phases.Dns?.TotalMilliseconds,
                ["connect"] = observation.Phases.Connect?.TotalMilliseconds,
                ["tls"] = observation.Phases.Tls?.TotalMilliseconds,
                ["firstByte"] = observation.Phases.FirstByte?.TotalMilliseconds,
                ["total"] = observation.Phases.Total.TotalMilliseconds,
            },
            ["status"] = report.Details.StatusCode,
            ["dialed"] = report.Details.RemoteAddress?.ToString(),
            ["certificateExpiresAt"] = observation.CertificateExpiresAt,
            ["certificateDaysLeft"] = report.Details.Certificate?.DaysLeft(observation.StartedAt),
            ["certificateTrouble"] = observation.CertificateTrouble,
        };
    }
}
