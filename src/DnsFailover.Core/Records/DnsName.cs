using System.Diagnostics.CodeAnalysis;

namespace DnsFailover.Core.Records;

/// <summary>
/// A fully qualified domain name in canonical form: lower case, without the trailing dot (RFC 1035 section 2.3,
/// RFC 4343). Two spellings of one name are equal. The root is not representable: nothing is steered there.
/// </summary>
public readonly record struct DnsName : IComparable<DnsName>
{
    private readonly string? _text;

    private DnsName(string text) => _text = text;

    /// <summary>The name without its first label; false when only one label is left.</summary>
    public bool TryGetParent(out DnsName parent)
    {
        if (ToString().Split('.', 2) is [_, var rest])
        {
            parent = new DnsName(rest);
            return true;
        }

        parent = default;
        return false;
    }

    /// <summary>The labels from left to right.</summary>
    public string[] Labels => ToString().Split('.');

    /// <summary>Reads a name; letters, digits, hyphen and underscore, labels of 1–63 octets, 253 in all.</summary>
    /// <exception cref="FormatException">The text is not a host name; the message says why.</exception>
    public static DnsName Parse(string text) => TryParse(text, out var name, out var error) ? name : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>, with the complaint as a value.</summary>
    public static bool TryParse(string? text, out DnsName name, [NotNullWhen(false)] out string? error)
    {
        name = default;
        var trimmed = text is not null && text.EndsWith('.') ? text[..^1] : text;
        error = Complaint(trimmed);
        if (error is not null)
        {
            return false;
        }

        name = new DnsName(trimmed!.ToLowerInvariant());
        return true;
    }

    /// <summary>True for the zone itself and for every name below it.</summary>
    public bool IsWithin(DnsName zone)
    {
        var (text, apex) = (ToString(), zone.ToString());
        return text == apex || text.EndsWith($".{apex}", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public int CompareTo(DnsName other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>The canonical text, without the trailing dot.</summary>
    public override string ToString() => _text ?? string.Empty;

    private static string? Complaint(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "a host name is expected, for example api.example.com";
        }

        if (text.Length > 253)
        {
            return $"'{text[..40]}…' has {text.Length} characters; a host name has at most 253";
        }

        foreach (var label in text.Split('.'))
        {
            if (label.Length is 0 or > 63)
            {
                return $"'{text}' is not a host name: each part between dots has 1 to 63 characters";
            }

            if (label[0] == '-' || label[^1] == '-')
            {
                return $"'{text}' is not a host name: '{label}' begins or ends with a hyphen";
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                {
                    return $"'{text}' is not a host name: '{c}' is not a letter, a digit, '-' or '_'";
                }
            }
        }

        return null;
    }

    /// <summary>Ordinal order of the canonical texts.</summary>
    public static bool operator <(DnsName left, DnsName right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order of the canonical texts.</summary>
    public static bool operator >(DnsName left, DnsName right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order of the canonical texts.</summary>
    public static bool operator <=(DnsName left, DnsName right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order of the canonical texts.</summary>
    public static bool operator >=(DnsName left, DnsName right) => left.CompareTo(right) >= 0;
}
