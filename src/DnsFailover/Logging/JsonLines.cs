using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace DnsFailover.Logging;

/// <summary>
/// The log as JSON lines: one object a line, with <c>time</c>, <c>level</c>, <c>eventId</c>, <c>event</c>, <c>source</c> and
/// <c>message</c> first, then what the message was made of under its own names, and <c>exception</c> last. The names are stable.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    private const string EventIdProperty = "EventId";

    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "time", "level", "eventId", "event", "source", "message", "exception" };

    private static readonly JsonValueFormatter Values = new(typeTagName: null);

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write("{\"time\":\"");
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        output.Write("\",\"level\":\"");
        output.Write(LevelOf(logEvent.Level));
        output.Write('"');
        if (logEvent.Properties.GetValueOrDefault(EventIdProperty) is StructureValue { Properties: var parts })
        {
            Part(parts, "Id", "eventId", output);
            Part(parts, "Name", "event", output);
        }

        if (logEvent.Properties.GetValueOrDefault(Constants.SourceContextPropertyName) is { } source)
        {
            Write("source", source, output);
        }

        var message = logEvent.MessageTemplate.Render(Literal(logEvent.Properties), CultureInfo.InvariantCulture);
        output.Write(",\"message\":");
        JsonValueFormatter.WriteQuotedJsonString(message, output);
        foreach (var (name, value) in logEvent.Properties.Where(pair => pair.Key is not EventIdProperty and not Constants.SourceContextPropertyName).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (value is not ScalarValue { Value: string text } || text != message) // a message that is one sentence is not written twice
            {
                Write(NameOf(name), value, output);
            }
        }

        if (logEvent.Exception is { } exception)
        {
            output.Write(",\"exception\":");
            JsonValueFormatter.WriteQuotedJsonString(exception.ToString(), output);
        }

        output.Write("}\n");
    }

    private static void Part(IReadOnlyList<LogEventProperty> parts, string part, string name, TextWriter output)
    {
        if (parts.FirstOrDefault(property => property.Name == part) is { } found)
        {
            Write(name, found.Value, output);
        }
    }

    private static void Write(string name, LogEventPropertyValue value, TextWriter output)
    {
        output.Write(',');
        JsonValueFormatter.WriteQuotedJsonString(name, output);
        output.Write(':');
        Values.Format(value, output);
    }

    /// <summary>As a message on the console has them: texts without quotes.</summary>
    private static Dictionary<string, LogEventPropertyValue> Literal(IReadOnlyDictionary<string, LogEventPropertyValue> properties) =>
        properties.ToDictionary(pair => pair.Key, pair => pair.Value is ScalarValue { Value: string text } ? new LiteralText(text) : pair.Value, StringComparer.Ordinal);

    private static string NameOf(string property)
    {
        var name = string.Concat(char.ToLowerInvariant(property[0]).ToString(), property.AsSpan(1));
        return Reserved.Contains(name) ? $"_{name}" : name;
    }

    private static string LevelOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "trace",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warn",
        LogEventLevel.Fatal => "critical",
        _ => level.ToString().ToLowerInvariant(),
    };

    private sealed class LiteralText(string text) : LogEventPropertyValue
    {
        public override void Render(TextWriter output, string? format = null, IFormatProvider? formatProvider = null) => output.Write(text);
    }
}
