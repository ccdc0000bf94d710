using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Reads and writes the XML of the API (https://docs.aws.amazon.com/Route53/latest/APIReference/Welcome.html). What is
/// written is in the API's namespace; what is read may be in any, since compatible servers differ there.
/// </summary>
internal static class Route53Xml
{
    /// <summary>The namespace of version 2013-04-01.</summary>
    public static readonly XNamespace Namespace = "https://route53.amazonaws.com/doc/2013-04-01/";

    private static readonly XmlReaderSettings Reading = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 8 * 1024 * 1024 };

    /// <summary>The root of a document; null when it is none.</summary>
    public static XElement? TryRead(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body.ToArray()), Reading);
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>A document as it goes out.</summary>
    public static ReadOnlyMemory<byte> ToBytes(XElement root)
    {
        using var stream = new MemoryStream();
        new XDocument(root).Save(stream, SaveOptions.DisableFormatting);
        return stream.ToArray();
    }

    /// <summary>A new element in the API's namespace.</summary>
    public static XElement Element(string name, params object?[] content) => new(Namespace + name, content);

    /// <summary>The first child of this name.</summary>
    public static XElement? Child(this XElement parent, string name) => parent.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    /// <summary>All children of this name.</summary>
    public static IEnumerable<XElement> Children(this XElement parent, string name) => parent.Elements().Where(child => child.Name.LocalName == name);

    /// <summary>The text at the end of a path; null where it leads nowhere.</summary>
    public static string? Text(this XElement parent, params ReadOnlySpan<string> path)
    {
        XElement? at = parent;
        foreach (var name in path)
        {
            at = at?.Child(name);
        }

        return at?.Value;
    }

    /// <summary>A number at the end of a path; null where there is none.</summary>
    public static long? Number(this XElement parent, string name) =>
        long.TryParse(parent.Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>True where the element says <c>true</c>.</summary>
    public static bool IsTrue(this XElement parent, params ReadOnlySpan<string> path) => parent.Text(path) == "true";

    /// <summary>A copy in the API's namespace, with everything in it.</summary>
    public static XElement Copy(this XElement element) =>
        new(Namespace + element.Name.LocalName, element.HasElements ? element.Elements().Select(Copy).ToArray<object>() : [element.Value]);
}
