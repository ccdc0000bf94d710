using System.Xml.Linq;
using DnsFailover.Core;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>A name of AWS that aliases lead to.</summary>
/// <param name="Name">The name, in canonical text.</param>
/// <param name="ZoneId">The hosted zone that it is in, which AWS lists for each of its services.</param>
public readonly record struct AliasEntry(string Name, string ZoneId);

/// <summary>
/// The <c>cname</c> targets that are written as aliases (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html):
/// an A and an AAAA set that Route 53 answers with the addresses of the target. To the daemon they are a CNAME with that
/// target, which unlike a CNAME may stand at the top of a zone, and costs no second look-up.
/// </summary>
internal sealed class AliasTargets(ValueList<AliasEntry> entries)
{
    /// <summary>The console writes aliases to load balancers with this in front of their names.</summary>
    private const string DualStack = "dualstack.";

    private static readonly RecordType[] Families = [RecordType.A, RecordType.AAAA];

    /// <summary>No targets: every alias is somebody else's.</summary>
    public static readonly AliasTargets None = new([]);

    /// <summary>True when this <c>cname</c> is written as an alias.</summary>
    public bool Contains(string target) => entries.Any(entry => entry.Name == target);

    /// <summary>The target of an alias set of the daemon's; null when the set is anything else.</summary>
    public string? TargetOf(ListedSet set)
    {
        if (set is not { SetIdentifier: null, AliasTarget: { } target, Type: "A" or "AAAA" })
        {
            return null;
        }

        var name = target.StartsWith(DualStack, StringComparison.Ordinal) && !Contains(target) ? target[DualStack.Length..] : target;
        return Contains(name) ? name : null;
    }

    /// <summary>The sets that a CNAME with this target is written as.</summary>
    public IEnumerable<XElement> Sets(DnsName name, string target)
    {
        var zone = entries.First(entry => entry.Name == target).ZoneId;
        return Families.Select(family => RecordSetXml.Alias(name, family.ToString(), zone, target));
    }
}
