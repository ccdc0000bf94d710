using System.Text.Json;
using DnsFailover.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace DnsFailover.Tests.Logging;

public sealed class JsonLinesTests
{
    [Fact]
    public void Whatever_is_logged_is_one_object_on_one_line()
    {
        var lines = Logged(log =>
        {
            log.Information("{Service}: {Reason} in {Took} after {Count}", "a\"b", "line\none\u0001", TimeSpan.FromSeconds(1.5), 3);
            log.ForContext(Constants.SourceContextPropertyName, "Some.Place").Error(new InvalidOperationException("two\nlines"), "{Message} {Level} {Absent}", "mine", 7, null);
        });

        Assert.Equal(2, lines.Count);
        Assert.Equal("a\"b: line\none\u0001 in 00:00:01.5000000 after 3", lines[0].GetProperty("message").GetString());
        Assert.Equal(("info", "a\"b", 3, "00:00:01.5000000"), (Text(lines[0], "level"), Text(lines[0], "service"), lines[0].GetProperty("count").GetInt32(), Text(lines[0], "took")));
        Assert.Equal(("error", "mine", 7, "Some.Place"), (Text(lines[1], "level"), Text(lines[1], "_message"), lines[1].GetProperty("_level").GetInt32(), Text(lines[1], "source")));
        Assert.Equal(JsonValueKind.Null, lines[1].GetProperty("absent").ValueKind);
        Assert.Contains("two\nlines", Text(lines[1], "exception"), StringComparison.Ordinal);
        Assert.True(DateTimeOffset.TryParse(Text(lines[0], "time"), out _));
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();

    private static List<JsonElement> Logged(Action<Logger> write)
    {
        var output = new StringWriter();
        using (var log = new LoggerConfiguration().WriteTo.Sink(new Written(new JsonLines(), output)).CreateLogger())
        {
            write(log);
        }

        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private sealed class Written(ITextFormatter formatter, TextWriter output) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => formatter.Format(logEvent, output);
    }
}
