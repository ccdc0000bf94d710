using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace DnsFailover.Cli;

/// <summary>Where a command writes: tables for people, JSON for programs, and no colour into a pipe.</summary>
internal sealed class Terminal
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<IAnsiConsole> _console;
    private readonly bool _colour;

    /// <summary>Writes to these writers; colour only when both the output is a terminal and nobody set NO_COLOR.</summary>
    public Terminal(TextWriter output, TextWriter error, bool isInteractive)
    {
        (Output, Error, IsInteractive) = (output, error, isInteractive);
        _colour = isInteractive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        _console = new Lazy<IAnsiConsole>(() => // the daemon never needs it
        {
            var console = Console(output, _colour);
            if (!isInteractive)
            {
                console.Profile.Width = 1000; // a pipe has no edge to wrap at
            }

            return console;
        });
    }

    /// <summary>The process's own output and error.</summary>
    public static Terminal OfProcess() => new(System.Console.Out, System.Console.Error, !System.Console.IsOutputRedirected);

    /// <summary>True when people look at the output, and not a pipe or a file.</summary>
    public bool IsInteractive { get; }

    /// <summary>For results.</summary>
    public TextWriter Output { get; }

    /// <summary>For complaints.</summary>
    public TextWriter Error { get; }

    /// <summary>One line; square brackets mean nothing in it.</summary>
    public void Line(string text = "") => _console.Value.WriteLine(text);

    /// <summary>One line in a colour, where there is colour.</summary>
    public void Line(string text, Color colour) => _console.Value.WriteLine(text, new Style(colour));

    /// <summary>Begins anew: on a screen in place of what is there, in a pipe below it and behind a line of its own.</summary>
    public void Clear(string title)
    {
        if (IsInteractive)
        {
            _console.Value.Clear(home: true);
        }
        else
        {
            Line();
        }

        Line(title);
        Line();
    }

    /// <summary>One line to the error output.</summary>
    public void Complain(string text) => Error.WriteLine(text);

    /// <summary>A table without frames: it is read by people and cut up by scripts.</summary>
    public void Table(string[] header, IEnumerable<string[]> rows)
    {
        var content = rows.ToList();
        if (!_colour && !IsInteractive && PlainTable.Lines(header, content) is { } plainLines)
        {
            foreach (var line in plainLines)
            {
                Output.WriteLine(line);
            }

            return;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = Array.Exists(header, column => column.Length > 0) };
        foreach (var column in header)
        {
            table.AddColumn(new TableColumn(new Markup(Markup.Escape(column), new Style(decoration: Decoration.Bold))) { Padding = new Padding(0, 0, 3, 0), NoWrap = column != header[^1] });
        }

        foreach (var row in content)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        // Every cell is padded to its column; behind the last one that is only noise.
        var lines = new StringWriter();
        var plain = Console(lines, colour: _colour);
        plain.Profile.Width = _console.Value.Profile.Width;
        plain.Write(table);
        foreach (var line in lines.ToString().TrimEnd('\n', '\r').Split('\n'))
        {
            Output.WriteLine(line.TrimEnd());
        }
    }

    private static IAnsiConsole Console(TextWriter output, bool colour) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = colour ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(output),
    });

    /// <summary>A JSON document, indented.</summary>
    public void Json(JsonNode document) => Output.WriteLine(document.ToJsonString(Indented));
}
