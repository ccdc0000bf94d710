using System.Text;

namespace DnsFailover.Configuration;

/// <summary>
/// Looks up <c>${NAME}</c> (an environment variable) and <c>${file:/path}</c> (a file's text, without its last line
/// break) in a text. <c>$${</c> stands for a plain <c>${</c>.
/// </summary>
/// <param name="surroundings">Where variables and files come from.</param>
/// <param name="directory">Where relative paths start: the directory of failover.yaml.</param>
internal sealed class References(ISurroundings surroundings, string directory)
{
    private const string FilePrefix = "file:";

    /// <summary>True when the text refers to something outside the file.</summary>
    public static bool IsIn(string text) => text.Contains("${", StringComparison.Ordinal) && Split(text).Exists(part => part.Kind != PartKind.Literal);

    /// <summary>The text with every reference replaced by what it stands for now.</summary>
    /// <exception cref="SecretUnavailableException">A reference leads nowhere; the message names it and no value.</exception>
    public string Expand(string text) => Expand(text, static _ => { });

    /// <inheritdoc cref="Expand(string)"/>
    /// <param name="text">The text.</param>
    /// <param name="found">Is told what each reference stands for.</param>
    public string Expand(string text, Action<string> found)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder();
        foreach (var part in Split(text))
        {
            if (part.Kind == PartKind.Literal)
            {
                result.Append(part.Text);
                continue;
            }

            var value = LookUp(part);
            found(value);
            result.Append(value);
        }

        return result.ToString();
    }

    /// <summary>What is wrong with each reference in the text; none when <see cref="Expand(string)"/> succeeds.</summary>
    public IEnumerable<string> Complaints(string text)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            yield break;
        }

        foreach (var part in Split(text).Where(part => part.Kind != PartKind.Literal))
        {
            string? complaint = null;
            try
            {
                LookUp(part);
            }
            catch (SecretUnavailableException exception)
            {
                complaint = exception.Message;
            }

            if (complaint is not null)
            {
                yield return complaint;
            }
        }
    }

    /// <summary>A path as written in the file, made absolute.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, directory);

    private string LookUp(Part part)
    {
        if (part.Kind == PartKind.Unclosed)
        {
            throw new SecretUnavailableException("'${' is not closed by '}'; write $${ for a plain ${");
        }

        return part.Text.StartsWith(FilePrefix, StringComparison.Ordinal) ? File(part.Text[FilePrefix.Length..]) : Variable(part.Text);
    }

    private string Variable(string name)
    {
        var valid = name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return valid
            ? surroundings.Variable(name) ?? throw new SecretUnavailableException($"${{{name}}}: the environment variable {name} is not set")
            : throw new SecretUnavailableException($"'${{{name}}}' is not a reference; expected ${{NAME}} or ${{file:/path}}, or $${{ for a plain ${{");
    }

    private string File(string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new SecretUnavailableException("'${file:}' names no file; expected ${file:/path}");
        }

        try
        {
            var text = surroundings.ReadFile(FullPath(path));
            return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SecretUnavailableException($"${{file:{path}}}: {FileTrouble.Describe(exception)}");
        }
    }

    private static List<Part> Split(string text)
    {
        var parts = new List<Part>();
        var literal = new StringBuilder();
        for (var index = 0; index < text.Length; index++)
        {
            if (string.CompareOrdinal(text, index, "$${", 0, 3) == 0)
            {
                literal.Append("${");
                index += 2;
            }
            else if (string.CompareOrdinal(text, index, "${", 0, 2) == 0)
            {
                parts.Add(new Part(PartKind.Literal, literal.ToString()));
                literal.Clear();
                var end = text.IndexOf('}', index);
                parts.Add(end < 0 ? new Part(PartKind.Unclosed, string.Empty) : new Part(PartKind.Reference, text[(index + 2)..end]));
                index = end < 0 ? text.Length : end;
            }
            else
            {
                literal.Append(text[index]);
            }
        }

        parts.Add(new Part(PartKind.Literal, literal.ToString()));
        return parts;
    }

    private enum PartKind
    {
        Literal,
        Reference,
        Unclosed,
    }

    private readonly record struct Part(PartKind Kind, string Text);
}

/// <summary>Says in a few words why a file cannot be read.</summary>
internal static class FileTrouble
{
    /// <summary>For example "the file does not exist".</summary>
    public static string Describe(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "the file does not exist",
        UnauthorizedAccessException => "the file may not be read by this user (or is a directory)",
        FileTooLargeException => $"the file cannot be read: {exception.Message}",
        _ => "the file cannot be read",
    };
}
