using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DnsFailover.Probing;

/// <summary>
/// The part of RFC 9535 that names exactly one value: <c>$.a.b[0]</c>, <c>checks[0].ok</c> (the root may be left out)
/// and <c>$['a.b']</c> for a member whose name is no plain word. Negative indices count from the end.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<(string? Member, int Index)> _steps;

    private JsonPath(List<(string? Member, int Index)> steps) => _steps = steps;

    /// <summary>Reads a path; the error says what is wrong and where (columns count from 1).</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPath? path, [NotNullWhen(false)] out string? error)
    {
        path = null;
        var steps = new List<(string?, int)>();
        var at = text.StartsWith('$') ? 1 : 0;
        while (at < text.Length)
        {
            var step = text[at] == '[' ? Bracket(text, ref at) : Name(text, ref at);
            if (step is null)
            {
                error = $"'{Wording.Clean(text)}' is not a JSON path: column {at + 1} is neither a member (.name, ['name']) nor an index ([0])";
                return false;
            }

            steps.Add(step.Value);
        }

        error = null;
        path = new JsonPath(steps);
        return true;
    }

    /// <summary>The value there, or null when there is none.</summary>
    public JsonElement? Find(JsonElement root)
    {
        var here = root;
        foreach (var (member, index) in _steps)
        {
            if (member is not null)
            {
                if (here.ValueKind != JsonValueKind.Object || !here.TryGetProperty(member, out here))
                {
                    return null;
                }

                continue;
            }

            var length = here.ValueKind == JsonValueKind.Array ? here.GetArrayLength() : 0;
            var position = index < 0 ? length + index : index;
            if (position < 0 || position >= length)
            {
                return null;
            }

            here = here[position];
        }

        return here;
    }

    private static (string?, int)? Name(string text, ref int at)
    {
        // Only the first name may come without its dot.
        var start = text[at] == '.' ? at + 1 : at;
        if (start == at && at != 0)
        {
            return null;
        }

        var end = start;
        while (end < text.Length && text[end] is not ('.' or '['))
        {
            end++;
        }

        if (end == start)
        {
            return null;
        }

        at = end;
        return (text[start..end], 0);
    }

    private static (string?, int)? Bracket(string text, ref int at)
    {
        if (at + 1 < text.Length && text[at + 1] is '\'' or '"')
        {
            return Quoted(text, ref at);
        }

        var close = text.IndexOf(']', at);
        if (close < 0 || !int.TryParse(text.AsSpan(at + 1, close - at - 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return null;
        }

        at = close + 1;
        return (null, index);
    }

    private static (string?, int)? Quoted(string text, ref int at)
    {
        var quote = text[at + 1];
        var name = new StringBuilder();
        for (var i = at + 2; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                name.Append(text[++i]);
            }
            else if (text[i] != quote)
            {
                name.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == ']')
            {
                at = i + 2;
                return (name.ToString(), 0);
            }
            else
            {
                return null;
            }
        }

        return null;
    }
}
