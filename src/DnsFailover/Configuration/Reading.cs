using DnsFailover.Configuration.Yaml;
using DnsFailover.Providers;

namespace DnsFailover.Configuration;

/// <summary>One run over one file: it gathers every problem and looks up references.</summary>
/// <param name="file">The path as the operator gave it.</param>
/// <param name="surroundings">Where variables and files come from.</param>
/// <param name="providerKinds">The kinds of provider that there are.</param>
internal sealed class Reading(string file, ISurroundings surroundings, IReadOnlyList<ProviderKind> providerKinds)
{
    private const int MostProblems = 500;

    private readonly HashSet<Problem> _problems = [];
    private readonly Dictionary<YamlNode, List<string>> _lookedUp = [];

    /// <summary>The path as the operator gave it.</summary>
    public string File => file;

    /// <summary>The kinds of provider that there are.</summary>
    public IReadOnlyList<ProviderKind> ProviderKinds => providerKinds;

    /// <summary>Where variables and files come from.</summary>
    public ISurroundings Surroundings => surroundings;

    /// <summary>Looks up <c>${…}</c>.</summary>
    public References References { get; } = new(surroundings, Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/");

    /// <summary>True once an error was reported.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Reports what keeps the file from being used. The same problem at the same place counts once: what is inherited is looked at often.</summary>
    public void Error(Position position, string message)
    {
        HasErrors = true;
        _problems.Add(new Problem(position, Severity.Error, message));
    }

    /// <inheritdoc cref="Error(Position, string)"/>
    public void Error(YamlNode node, string message) => Error(node.Position, message);

    /// <summary>Reports what is legal and probably not meant.</summary>
    public void Warn(YamlNode node, string message) => _problems.Add(new Problem(node.Position, Severity.Warning, message));

    /// <summary>What was reported, in the order of the file, errors first within a place; the tail of a very long list is counted.</summary>
    public IReadOnlyList<Problem> Problems()
    {
        Problem[] sorted = [.. _problems.OrderBy(problem => problem.Position.Line).ThenBy(problem => problem.Position.Column).ThenBy(problem => problem.Severity).ThenBy(problem => problem.Message, StringComparer.Ordinal)];
        if (sorted.Length <= MostProblems)
        {
            return sorted;
        }

        var tail = sorted[MostProblems..];
        var severity = tail.Min(problem => problem.Severity);
        return [.. sorted[..MostProblems], new Problem(tail[0].Position, severity, $"{tail.Length} more problems from here on; mend the ones above first")];
    }

    /// <summary>Reads a single value and replaces its references.</summary>
    /// <param name="node">The value.</param>
    /// <param name="key">Its key, for the message.</param>
    /// <param name="expected">What it should be, for the message: "a duration such as 10s".</param>
    /// <param name="text">The text, with what may be shown of it.</param>
    public bool TryText(YamlNode node, string key, string expected, out ReadText text)
    {
        text = default;
        if (node is not YamlScalar scalar || scalar.IsNull)
        {
            Error(node, node is YamlScalar ? $"{key}: nothing is written behind the colon; expected {expected}" : $"{key}: {node.Shape} is written here; expected {expected}");
            return false;
        }

        if (ReportReferences(scalar, key))
        {
            return false;
        }

        var lookedUp = new List<string>();
        var value = References.Expand(scalar.Text, lookedUp.Add);
        if (lookedUp.Count > 0)
        {
            _lookedUp[scalar] = lookedUp;
        }

        text = new ReadText(value, Shorten(scalar.Text), References.IsIn(scalar.Text));
        return true;
    }

    /// <summary>Reports each reference that leads nowhere; true when there is one.</summary>
    public bool ReportReferences(YamlScalar scalar, string key)
    {
        var failed = false;
        foreach (var complaint in References.Complaints(scalar.Text))
        {
            Error(scalar, $"{key}: {complaint}");
            failed = true;
        }

        return failed;
    }

    /// <summary>What the references in a value, and in whatever it holds, stood for when it was read; none of it may be shown.</summary>
    public IEnumerable<string> LookedUp(YamlNode node) => node switch
    {
        YamlList list => list.Items.SelectMany(LookedUp),
        YamlMap map => map.Entries.SelectMany(entry => LookedUp(entry.Value)),
        _ => _lookedUp.TryGetValue(node, out var values) ? values : [],
    };

    /// <summary>A text for a message: one line of bounded length.</summary>
    public static string Shorten(string text)
    {
        var oneLine = text.ReplaceLineEndings(" ");
        return oneLine.Length <= 60 ? oneLine : oneLine[..57] + "…";
    }

    /// <summary>A value's text as written, for messages about it.</summary>
    public static string Shown(YamlNode? node) => node is YamlScalar scalar ? Shorten(scalar.Text) : "?";
}

/// <summary>A single value of the file.</summary>
/// <param name="Value">With its references replaced.</param>
/// <param name="Shown">As written, for messages: a reference shows, what it stands for does not.</param>
/// <param name="HasReference">Whether nothing of the value may be shown.</param>
internal readonly record struct ReadText(string Value, string Shown, bool HasReference);
