using System.Text;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>Names as Route 53 spells and sorts them (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html).</summary>
internal static class Route53Name
{
    /// <summary>
    /// The name without its final dot, in lower case, with octal escapes replaced: <c>\052.example.com.</c> is <c>*.example.com</c>.
    /// What is escaped is no letter, digit, hyphen or underscore, so that the result need not be a host name.
    /// </summary>
    public static string Decode(string name)
    {
        var text = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '\\' && i + 3 < name.Length && name[i + 1] is >= '0' and <= '3' && name[i + 2] is >= '0' and <= '7' && name[i + 3] is >= '0' and <= '7')
            {
                text.Append((char)(((name[i + 1] - '0') * 64) + ((name[i + 2] - '0') * 8) + (name[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(char.ToLowerInvariant(name[i]));
            }
        }

        return text.Length > 0 && text[^1] == '.' ? text.ToString(0, text.Length - 1) : text.ToString();
    }

    /// <summary>
    /// What listings are sorted by, in ordinal order: the labels from right to left, each with its dot, as Route 53 spells
    /// them. So a name comes right before the names below it.
    /// </summary>
    public static string SortKey(string name) => string.Concat(name.TrimEnd('.').ToLowerInvariant().Split('.').Reverse().Select(label => label + "."));

    /// <summary>As the other one, for a host name, which Route 53 spells as it is.</summary>
    public static string SortKey(DnsName name) => SortKey(name.ToString());
}
