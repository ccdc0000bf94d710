using DnsFailover.Configuration.Yaml;

namespace DnsFailover.Configuration.Schema;

/// <summary>A map with declared keys.</summary>
/// <param name="name">What it is called in messages and in the reference: "service".</param>
/// <param name="description">What it is for, in Markdown.</param>
/// <param name="keys">Its keys, in the order of the reference.</param>
internal sealed class Section(string name, string description, params Key[] keys)
{
    private readonly Dictionary<string, Key> _byName = keys.ToDictionary(key => key.Name, StringComparer.Ordinal);

    /// <summary>What it is called in messages and in the reference.</summary>
    public string Name => name;

    /// <summary>What it is for, in Markdown.</summary>
    public string Description => description;

    /// <summary>Its keys, in the order of the reference.</summary>
    public IReadOnlyList<Key> Keys => keys;

    /// <summary>Keys that are often written into this section and belong elsewhere.</summary>
    public IReadOnlyList<string> Misplaced { get; init; } = [];

    /// <summary>Where those belong: "in the service".</summary>
    public string MisplacedBelong { get; init; } = string.Empty;

    /// <summary>Reads every key; null when it is no map. What is wrong was reported.</summary>
    /// <param name="node">The section.</param>
    /// <param name="key">The key that it stands under.</param>
    /// <param name="reading">Where problems go.</param>
    public Values? Read(YamlNode node, string key, Reading reading)
    {
        if (node is not YamlMap map)
        {
            reading.Error(node, $"{key}: {node.Shape} is written here; expected a map with the keys {List(keys.Select(known => known.Name))}");
            return null;
        }

        var label = Label(map, key);
        var values = new Values(node);
        foreach (var entry in map.Entries)
        {
            if (!_byName.TryGetValue(entry.Key.Text, out var known))
            {
                reading.Error(entry.Key, Unknown(entry.Key.Text, label));
            }
            else if (known.TryRead(entry.Value, reading, out var value))
            {
                values.Set(known, value, entry.Value);
            }
            else
            {
                values.SetBroken(known, entry.Value);
            }
        }

        foreach (var missing in keys.Where(known => known.Required && !values.IsWritten(known)))
        {
            reading.Error(node, $"{label} has no '{missing.Name}'; expected {missing.Kind.Expected}");
        }

        return values;
    }

    /// <summary>The words as a list for people: "a, b and c".</summary>
    public static string List(IEnumerable<string> words, string last = "and")
    {
        string[] all = [.. words];
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} {last} {all[^1]}";
    }

    private string Label(YamlMap map, string key) => map.Find("name") is YamlScalar { IsNull: false } own && _byName.ContainsKey("name")
        ? $"{name} '{Reading.Shorten(own.Text)}'"
        : key == name || key.EndsWith('s') ? name : $"{name} '{key}'";

    private string Unknown(string text, string label)
    {
        // What follows a colon may be a secret that lacks the space before it.
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            return $"'{Reading.Shorten(text[..(colon + 1)])}…' is not a key of {label}; expected a space behind the colon";
        }

        var shown = Reading.Shorten(text);
        return Nearest.Of(text, keys.Select(key => key.Name)) is { } near ? $"unknown key '{shown}' in {label}; did you mean '{near}'?"
            : Misplaced.Contains(text) ? $"'{shown}' is not a key of {label}; expected it {MisplacedBelong}"
            : $"unknown key '{shown}' in {label}; expected one of {List(keys.Select(key => key.Name), "or")}";
    }
}
