using System.Diagnostics.CodeAnalysis;
using DnsFailover.Configuration.Yaml;

namespace DnsFailover.Configuration.Schema;

/// <summary>What one section of the file says, key by key, each with its place; perhaps laid over what it inherits.</summary>
/// <param name="node">The section.</param>
internal sealed class Values(YamlNode node)
{
    private readonly Dictionary<Key, Entry> _entries = [];

    /// <summary>The section.</summary>
    public YamlNode Node => node;

    /// <summary>The keys that are written and could be read.</summary>
    public IEnumerable<Key> Keys => _entries.Where(entry => !entry.Value.IsBroken).Select(entry => entry.Key);

    /// <summary>Keeps what was read.</summary>
    public void Set(Key key, object? value, YamlNode at) => _entries[key] = new Entry(value, at, 0, IsBroken: false);

    /// <summary>Remembers that the key is written and was complained about, so that it does not count as missing too.</summary>
    public void SetBroken(Key key, YamlNode at) => _entries[key] = new Entry(null, at, 0, IsBroken: true);

    /// <summary>True when the key is written here or inherited, readable or not.</summary>
    public bool IsWritten(Key key) => _entries.ContainsKey(key);

    /// <summary>True when the key is written and was complained about.</summary>
    public bool IsBroken(Key key) => _entries.TryGetValue(key, out var entry) && entry.IsBroken;

    /// <summary>The value as written or inherited.</summary>
    public bool TryGet<T>(Key<T> key, [MaybeNullWhen(false)] out T value)
    {
        var found = _entries.TryGetValue(key, out var entry) && !entry.IsBroken;
        value = found ? (T)entry.Value! : default;
        return found;
    }

    /// <summary>The value as written or inherited, else the key's default.</summary>
    public T Get<T>(Key<T> key) => TryGet(key, out var value) ? value : key.Default!;

    /// <summary>Where the value is written; the section itself where it is not.</summary>
    public YamlNode NodeOf(Key key) => _entries.TryGetValue(key, out var entry) ? entry.Node : node;

    /// <summary>Of two keys, the place of the one that is written in the inner section: that is where to change something.</summary>
    public YamlNode InnerOf(Key first, Key second) => Rank(first) <= Rank(second) ? NodeOf(first) : NodeOf(second);

    /// <summary>What is written here, and for all other keys what the outer section says.</summary>
    public Values Over(Values? outer)
    {
        if (outer is null || outer._entries.Count == 0)
        {
            return this;
        }

        var merged = new Values(node);
        foreach (var (key, entry) in outer._entries)
        {
            merged._entries[key] = entry with { Rank = entry.Rank + 1 };
        }

        foreach (var (key, entry) in _entries)
        {
            merged._entries[key] = entry;
        }

        return merged;
    }

    private int Rank(Key key) => _entries.TryGetValue(key, out var entry) ? entry.Rank : int.MaxValue;

    private readonly record struct Entry(object? Value, YamlNode Node, int Rank, bool IsBroken);
}
