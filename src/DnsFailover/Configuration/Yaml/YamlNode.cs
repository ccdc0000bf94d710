namespace DnsFailover.Configuration.Yaml;

/// <summary>A value in the file, with its place.</summary>
internal abstract class YamlNode(Position position)
{
    /// <summary>Where it begins.</summary>
    public Position Position { get; } = position;

    /// <summary>How many nodes it stands for when every alias in it is written out.</summary>
    public int Size { get; protected set; } = 1;

    /// <summary>What it is, for people: "a map".</summary>
    public abstract string Shape { get; }
}

/// <summary>A single text; numbers and booleans are texts here too.</summary>
internal sealed class YamlScalar(Position position, string text, bool isPlain) : YamlNode(position)
{
    /// <summary>As written, without quotes and with references still in it.</summary>
    public string Text { get; } = text;

    /// <summary>True for <c>key:</c> with nothing behind it, and for an unquoted <c>~</c> or <c>null</c>.</summary>
    public bool IsNull { get; } = isPlain && text is "" or "~" or "null";

    /// <inheritdoc/>
    public override string Shape => IsNull ? "nothing" : "a single value";
}

/// <summary>A list.</summary>
internal sealed class YamlList : YamlNode
{
    public YamlList(Position position, IReadOnlyList<YamlNode> items)
        : base(position) => (Items, Size) = (items, 1 + items.Sum(item => item.Size));

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<YamlNode> Items { get; }

    /// <inheritdoc/>
    public override string Shape => "a list";
}

/// <summary>A map; each key occurs once.</summary>
internal sealed class YamlMap : YamlNode
{
    public YamlMap(Position position, IReadOnlyList<YamlEntry> entries)
        : base(position) => (Entries, Size) = (entries, 1 + entries.Sum(entry => 1 + entry.Value.Size));

    /// <summary>In the order of the file; merged entries come last.</summary>
    public IReadOnlyList<YamlEntry> Entries { get; }

    /// <inheritdoc/>
    public override string Shape => "a map";

    /// <summary>The value of a key, or null.</summary>
    public YamlNode? Find(string key)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key.Text == key)
            {
                return entry.Value;
            }
        }

        return null;
    }
}

/// <summary>A key and its value.</summary>
internal readonly record struct YamlEntry(YamlScalar Key, YamlNode Value);
