using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Probing;

namespace DnsFailover.Configuration;

/// <summary>The short form of a check: the name of an entry in <c>checks</c>.</summary>
internal sealed class NamedCheckKind : ValueKind<CheckLayer>
{
    /// <inheritdoc/>
    public override string Expected => "the name of an entry in 'checks'";

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out CheckLayer value)
    {
        value = Kinds.Identifier.TryRead(node, key, reading, out var name) ? new CheckLayer(name, node, null) : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions) => Kinds.Identifier.ToSchema(definitions);
}

/// <summary>A list whose elements are lists themselves: <c>[200-299, "301,302"]</c>.</summary>
internal sealed class FlatListKind<T>(ListKind<ValueList<T>> lists) : ValueKind<ValueList<T>>
{
    /// <inheritdoc/>
    public override string Expected => lists.Expected;

    /// <inheritdoc/>
    public override string Summary => lists.Expected;

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out ValueList<T> value)
    {
        value = lists.TryRead(node, key, reading, out var read) ? read.SelectMany(item => item.Value).ToValueList() : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions) => lists.ToSchema(definitions);
}

/// <summary>A map of request headers.</summary>
internal sealed class HeaderKind : ValueKind<ValueList<CheckHeader>>
{
    private static readonly string[] Confidential = ["authorization", "cookie", "token", "secret", "password", "api-key", "apikey"];

    private static readonly SecretKind Value = new("a header value in one line", Complaint, warnWhenLiteral: false);

    private static readonly SecretKind ConfidentialValue = new("a header value in one line", Complaint, warnWhenLiteral: true);

    private static readonly MapKind<Secret> Map = new(new ByNameKind(), "a map of header names and values", NameComplaint) { IgnoresCase = true };

    private HeaderKind()
    {
    }

    /// <summary>The one instance; it has no state.</summary>
    public static HeaderKind Instance { get; } = new();

    /// <inheritdoc/>
    public override string Expected => Map.Expected;

    /// <inheritdoc/>
    public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out ValueList<CheckHeader> value)
    {
        value = Map.TryRead(node, key, reading, out var read)
            ? read.Where(header => header.Value is not null).Select(header => new CheckHeader(header.Name, header.Value!)).OrderBy(header => header.Name, StringComparer.OrdinalIgnoreCase).ToValueList()
            : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public override JsonObject ToSchema(SchemaDefinitions definitions) => Map.ToSchema(definitions);

    private static string? NameComplaint(string name) =>
        name.Length is 0 or > 128 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) ? "is not the name of a header; expected letters, digits and '-'"
        : name.ToLowerInvariant() switch
        {
            "host" => "is set by the key 'host' of the check; expected it there",
            "content-length" or "transfer-encoding" or "connection" or "upgrade" or "te" or "trailer" => "is set by the connection itself; expected another header",
            _ => null,
        };

    private static string? Complaint(string value) =>
        value.Any(c => c is < ' ' and not '\t' or '\u007f') ? "has a line break or another control character" : value.Length > 8192 ? "is longer than 8192 characters" : null;

    /// <summary>Warns of plain texts in headers that carry credentials.</summary>
    private sealed class ByNameKind : ValueKind<Secret>
    {
        /// <inheritdoc/>
        public override string Expected => Value.Expected;

        /// <inheritdoc/>
        public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out Secret value)
        {
            var confidential = Array.Exists(Confidential, word => key.Contains(word, StringComparison.OrdinalIgnoreCase));
            return (confidential ? ConfidentialValue : Value).TryRead(node, key, reading, out value);
        }

        /// <inheritdoc/>
        public override JsonObject ToSchema(SchemaDefinitions definitions) => Value.ToSchema(definitions);
    }
}
