using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using DnsFailover.Configuration.Yaml;

namespace DnsFailover.Configuration.Schema;

/// <summary>
/// A value that is kept as it is written, with its references, and looked up each time it is used. It is looked up
/// once here, so that an absent or unusable one is found before it is needed; it is never shown.
/// </summary>
/// <param name="expected">With an article, for messages.</param>
/// <param name="complain">What is wrong with the value, in words that do not repeat it; null when nothing.</param>
/// <param name="warnWhenLiteral">True when it is surely confidential and should not stand in the file.</param>
internal sealed class SecretKind(string expected, Func<string, string?> complain, bool warnWhenLiteral) : ValueKind<Secret>
{
    /// <inheritdoc/>
    public override string Expected => expected;

    /// <inheritdoc/>
    public override string Summary => $"{expected} (looked up each time it is used)";

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out Secret value)
    {
        value = null;
        if (!reading.TryText(node, key, expected, out var text))
        {
            return false;
        }

        if ((text.Value.Length == 0 ? "is empty" : complain(text.Value)) is { } complaint)
        {
            reading.Error(node, $"{key}: the value {complaint}; expected {expected}");
            return false;
        }

        if (warnWhenLiteral && !text.HasReference)
        {
            reading.Warn(node, $"{key}: a secret stands in the file in plain text; expected a reference such as \"${{NAME}}\" or \"${{file:/run/secrets/name}}\"");
        }

        value = new Secret(((YamlScalar)node).Text, reading.References.Expand);
        return true;
    }

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions) => new() { ["type"] = new JsonArray("string", "number") };
}
