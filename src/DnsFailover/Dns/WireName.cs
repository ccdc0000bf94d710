using System.Globalization;
using System.Text;
using DnsFailover.Core.Records;

namespace DnsFailover.Dns;

/// <summary>
/// A domain name as messages carry it: labels of any octets (RFC 2181 section 11), the root included. It keeps the
/// spelling that it came with, since a reply repeats the question as it was, and compares without regard to the case
/// of ASCII letters (RFC 4343). <see langword="default"/> is the root.
/// </summary>
internal readonly struct WireName : IEquatable<WireName>
{
    /// <summary>The longest name in octets, length octets and root label included (RFC 1035 section 3.1).</summary>
    public const int MaxLength = 255;

    private static readonly byte[] RootWire = [0];
    private readonly byte[]? _wire;

    private WireName(byte[] wire) => _wire = wire;

    /// <summary>The root of the name space.</summary>
    public static WireName Root => default;

    /// <summary>The uncompressed form: each label after its length, then a zero.</summary>
    public ReadOnlySpan<byte> Wire => _wire ?? RootWire;

    /// <summary>True for the name without labels.</summary>
    public bool IsRoot => Wire.Length == 1;

    /// <summary>How many labels it has; the root has none.</summary>
    public int LabelCount
    {
        get
        {
            var count = 0;
            var wire = Wire;
            for (var at = 0; wire[at] != 0; at += 1 + wire[at])
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>The name without its first label; the root's parent is the root.</summary>
    public WireName Parent => IsRoot ? Root : new WireName(Wire[(1 + Wire[0])..].ToArray());

    /// <summary>A name that is steered, in wire form.</summary>
    public static WireName From(DnsName name)
    {
        var text = name.ToString();
        if (text.Length == 0)
        {
            return Root;
        }

        // Each dot becomes the length of the label after it, with one more length in front and the zero at the end.
        var wire = new byte[text.Length + 2];
        Encoding.ASCII.GetBytes(text, wire.AsSpan(1));
        for (var start = 0; start < text.Length;)
        {
            var dot = text.IndexOf('.', start);
            var end = dot < 0 ? text.Length : dot;
            wire[start] = (byte)(end - start);
            start = end + 1;
        }

        return new WireName(wire);
    }

    /// <summary>Reads a name of letters, digits, hyphens and underscores; <c>.</c> is the root.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static WireName Parse(string text) => text == "." ? Root : From(DnsName.Parse(text));

    /// <summary>Takes a copy of bytes that are known to be a whole, uncompressed name.</summary>
    internal static WireName FromValidWire(ReadOnlySpan<byte> wire) => wire.Length == 1 ? Root : new WireName(wire.ToArray());

    /// <summary>The name as one that can be steered; false for the root and for labels that host names do not have.</summary>
    public bool TryToDnsName(out DnsName name)
    {
        name = default;
        return !IsRoot && DnsName.TryParse(ToString(), out name, out _);
    }

    /// <summary>True for the other name itself and for every name below it.</summary>
    public bool IsWithin(WireName other)
    {
        var wire = Wire;
        var at = 0;
        while (wire.Length - at > other.Wire.Length)
        {
            at += 1 + wire[at];
        }

        return SameOctets(wire[at..], other.Wire);
    }

    /// <summary>In lower case, as signatures want it (RFC 8945 section 4.3.3).</summary>
    public WireName ToLower()
    {
        var lower = Wire.ToArray();
        for (var i = 0; i < lower.Length; i++)
        {
            lower[i] = Fold(lower[i]);
        }

        return new WireName(lower);
    }

    /// <inheritdoc/>
    public bool Equals(WireName other) => SameOctets(Wire, other.Wire);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is WireName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = 17;
        foreach (var octet in Wire)
        {
            hash = unchecked((hash * 31) + Fold(octet));
        }

        return hash;
    }

    /// <summary>
    /// The presentation form (RFC 1035 section 5.1) without the trailing dot, and <c>.</c> for the root; octets that
    /// would be misread are escaped, so that it is safe in a log.
    /// </summary>
    public override string ToString()
    {
        if (IsRoot)
        {
            return ".";
        }

        var text = new StringBuilder(Wire.Length);
        var wire = Wire;
        for (var at = 0; wire[at] != 0; at += 1 + wire[at])
        {
            if (at > 0)
            {
                text.Append('.');
            }

            foreach (var octet in wire.Slice(at + 1, wire[at]))
            {
                AppendEscaped(text, octet);
            }
        }

        return text.ToString();
    }

    /// <summary>Equal but for the case of letters. A length octet is at most 63 and so never looks like a letter.</summary>
    internal static bool SameOctets(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i] && Fold(left[i]) != Fold(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Appends one octet of a label or a character string as text.</summary>
    internal static void AppendEscaped(StringBuilder text, byte octet)
    {
        if (octet is < 0x21 or > 0x7E)
        {
            text.Append('\\').Append(octet.ToString("D3", CultureInfo.InvariantCulture));
            return;
        }

        if ((char)octet is '.' or '\\' or '"' or ';' or '(' or ')' or '@' or '$')
        {
            text.Append('\\');
        }

        text.Append((char)octet);
    }

    private static byte Fold(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;

    /// <summary>Equal but for the case of letters.</summary>
    public static bool operator ==(WireName left, WireName right) => left.Equals(right);

    /// <summary>Different in more than the case of letters.</summary>
    public static bool operator !=(WireName left, WireName right) => !left.Equals(right);
}
