using System.Security.Cryptography;
using System.Text;

namespace DnsFailover.Configuration;

/// <summary>
/// A text that may be, or contain, a secret: what failover.yaml says, with its <c>${NAME}</c> and
/// <c>${file:/path}</c> references still in it. They are looked up each time the value is used, so that a rotated
/// credential needs no restart, and it prints as asterisks wherever it strays.
/// </summary>
public sealed class Secret : IEquatable<Secret>
{
    private readonly string _template;
    private readonly Func<string, string> _expand;

    /// <summary>Keeps the text as written, together with what expands the references in it.</summary>
    /// <param name="template">The text of failover.yaml.</param>
    /// <param name="expand">Replaces the references by what they stand for now.</param>
    public Secret(string template, Func<string, string> expand) => (_template, _expand) = (template, expand);

    /// <summary>A secret that is the text itself; references are not looked for.</summary>
    public static Secret Literal(string value) => new(value, static text => text);

    /// <summary>The value as it is at this moment. Never put it into a message.</summary>
    /// <exception cref="SecretUnavailableException">A variable is not set or a file cannot be read.</exception>
    public string Reveal() => _expand(_template);

    /// <summary>Changes when the text in the file changes, and says nothing about it.</summary>
    internal string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_template)));

    /// <inheritdoc/>
    public bool Equals(Secret? other) => other is not null && string.Equals(_template, other._template, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(_template, StringComparison.Ordinal);

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}

/// <summary>A reference to a secret leads nowhere. The message names the reference, never a value.</summary>
public sealed class SecretUnavailableException(string message) : Exception(message);
