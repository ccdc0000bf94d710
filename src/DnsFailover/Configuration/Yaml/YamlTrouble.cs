using System.Buffers;
using YamlDotNet.Core;

namespace DnsFailover.Configuration.Yaml;

/// <summary>Turns the parser's complaint into one that an operator can act on.</summary>
internal static class YamlTrouble
{
    /// <summary>The parser's mark as a position.</summary>
    public static Position At(Mark mark, string file) => new(file, Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column));

    /// <summary>Where reading ended and why. Nothing of the file's text is repeated: it may be a secret.</summary>
    public static (Position Position, string Message) Describe(YamlException exception, string text, string file)
    {
        if (exception is YamlRefusedException)
        {
            return (At(exception.Start, file), exception.Message);
        }

        if (IndentingTab(text, (int)exception.End.Line) is { } tab)
        {
            return (tab with { File = file }, "a tab is used for indentation, which YAML does not allow; expected spaces");
        }

        var message = exception.Message;
        var line = text.Split('\n').ElementAtOrDefault((int)exception.Start.Line - 1) ?? string.Empty;
        var hint = message switch
        {
            _ when message.Contains("flow", StringComparison.Ordinal) && line.Contains("${", StringComparison.Ordinal) => "between { } or [ ], a text with ${…} needs quotes: \"${NAME}\"",
            _ when message.Contains("unknown escape", StringComparison.Ordinal) => "a backslash in double quotes begins an escape; expected single quotes around a text with backslashes",
            _ when message.Contains("quoted scalar", StringComparison.Ordinal) => "a quote is opened here; expected its closing quote, with further lines indented",
            _ when message.Contains("flow", StringComparison.Ordinal) => "expected ',' or the closing bracket of a { } or [ ] that is open here",
            _ when message.Contains("invalid mapping", StringComparison.Ordinal) => "a second ': ' or a wrongly indented key; expected one key per line, indented like its neighbours, and quotes around a text with a colon",
            _ when message.Contains("block mapping", StringComparison.Ordinal) => "expected 'key: value', indented like the keys before it",
            _ when message.Contains("block collection", StringComparison.Ordinal) => "expected '- ', indented like the list items before it",
            _ when message.Contains("cannot start any token", StringComparison.Ordinal) => "expected quotes around a text that begins with a special character",
            _ when message.Contains("expected node content", StringComparison.Ordinal) => "expected a value here, or the closing bracket of a { } or [ ] that is open before it",
            _ => "check indentation, quotes and brackets here and in the line before",
        };
        return (At(exception.Start, file), Invalid(hint));
    }

    /// <summary>The sentence for what is no YAML at all.</summary>
    public static string Invalid(string hint) => $"this is not valid YAML, so nothing else was checked; {hint}";

    /// <summary>The first character that YAML does not allow (YAML 1.2 section 5.1), or null.</summary>
    public static Position? ControlCharacter(string text, string file)
    {
        var index = text.AsSpan().IndexOfAnyExcept(Allowed);
        while (index >= 0 && !char.IsControl(text[index]))
        {
            var next = text.AsSpan(index + 1).IndexOfAnyExcept(Allowed);
            index = next < 0 ? -1 : index + 1 + next;
        }

        if (index < 0)
        {
            return null;
        }

        var before = text.AsSpan(0, index);
        return new Position(file, 1 + before.Count('\n'), index - before.LastIndexOf('\n'));
    }

    private static readonly SearchValues<char> Allowed = SearchValues.Create([.. Enumerable.Range(' ', 95).Select(c => (char)c), '\t', '\n', '\r', '\u0085']);

    private static Position? IndentingTab(string text, int line)
    {
        // The scanner complains at the tab, or at the key in the line before it.
        var lines = text.Split('\n');
        foreach (var index in new[] { line - 1, line, line - 2 })
        {
            if (index < 0 || index >= lines.Length)
            {
                continue;
            }

            var indentation = lines[index].Length - lines[index].TrimStart(' ', '\t').Length;
            var tab = lines[index].IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && tab < indentation)
            {
                return new Position(string.Empty, index + 1, tab + 1);
            }
        }

        return null;
    }
}
