using DnsFailover.Configuration.Yaml;

namespace DnsFailover.Configuration.Schema;

/// <summary>
/// The declaration of one key: reading, finding unknown keys, the JSON schema and the reference all come from it.
/// </summary>
internal abstract class Key(string name, string description)
{
    /// <summary>As it is spelled in the file.</summary>
    public string Name { get; } = name;

    /// <summary>What it does, in one or two sentences of Markdown.</summary>
    public string Description { get; } = description;

    /// <summary>True when the section makes no sense without it.</summary>
    public bool Required { get; init; }

    /// <summary>The default in words, where it is not one value.</summary>
    public string? DefaultText { get; init; }

    /// <summary>What its value looks like.</summary>
    public abstract ValueKind Kind { get; }

    /// <summary>The default as the file would spell it, or null.</summary>
    public abstract string? ShownDefault { get; }

    /// <summary>Reads the value; what is wrong was reported when this is false.</summary>
    public abstract bool TryRead(YamlNode node, Reading reading, out object? value);
}

/// <inheritdoc/>
internal sealed class Key<T>(string name, ValueKind<T> kind, string description) : Key(name, description)
{
    private bool _hasDefault;

    /// <summary>What holds where the key is not written.</summary>
    public T? Default
    {
        get;
        init
        {
            field = value;
            _hasDefault = true;
        }
    }

    /// <inheritdoc/>
    public override ValueKind Kind => kind;

    /// <inheritdoc/>
    public override string? ShownDefault => DefaultText ?? (_hasDefault ? $"`{kind.Show(Default!)}`" : null);

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, Reading reading, out object? value)
    {
        var read = kind.TryRead(node, Name, reading, out var typed);
        value = typed;
        return read;
    }
}
