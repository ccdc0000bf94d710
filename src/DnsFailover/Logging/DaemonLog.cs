using DnsFailover.Cli;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace DnsFailover.Logging;

/// <summary>The log of a daemon, on the standard output.</summary>
internal static class DaemonLog
{
    private const string Line = $$"""{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {{{Prefix}}}{Message:lj}{NewLine}{Exception}""";

    private const string Prefix = "DecisionPrefix";

    /// <summary>Writes what is logged, apart from those who log.</summary>
    /// <param name="verbose">Also what only who looks for a fault wants to know.</param>
    /// <param name="format">How.</param>
    public static Logger Create(bool verbose, LogFormat format) => new LoggerConfiguration()
        .MinimumLevel.Is(verbose ? LogEventLevel.Debug : LogEventLevel.Information)
        .MinimumLevel.Override("Microsoft", LogEventLevel.Fatal)
        .MinimumLevel.Override("Quartz", verbose ? LogEventLevel.Information : LogEventLevel.Warning)
        .WriteTo.Sink(new PatientSink(Output(format)))
        .CreateLogger();

    private static Logger Output(LogFormat format)
    {
        var output = new LoggerConfiguration().MinimumLevel.Verbose();
        return format == LogFormat.Json
            ? output.WriteTo.Console(new JsonLines()).CreateLogger()
            : output.Enrich.With(new DecisionPrefix()).WriteTo.Console(outputTemplate: Line, applyThemeToRedirectedOutput: false).CreateLogger();
    }

    /// <summary>A line that belongs to a decision begins with its name: <c>api.example.com#17: …</c>.</summary>
    private sealed class DecisionPrefix : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            if (logEvent.Properties.GetValueOrDefault(DecisionScope.Property) is ScalarValue { Value: string id })
            {
                logEvent.AddPropertyIfAbsent(new LogEventProperty(Prefix, new ScalarValue($"{id}: ")));
            }
        }
    }
}
