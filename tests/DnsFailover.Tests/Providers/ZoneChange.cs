using DnsFailover.Core;

namespace DnsFailover.Tests.Providers;

/// <summary>One update of a zone as BIND journalled it, as far as it concerns one RRset; each record is <c>ttl value</c>.</summary>
/// <param name="Deleted">What was taken away.</param>
/// <param name="Added">What was put there in the same moment.</param>
public sealed record ZoneChange(ValueList<string> Deleted, ValueList<string> Added)
{
    /// <summary>Reads the output of <c>named-journalprint</c>; updates that do not touch the RRset are left out.</summary>
    public static IReadOnlyList<ZoneChange> Parse(string output, string name, string type)
    {
        var changes = new List<(List<string> Deleted, List<string> Added)>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // add lane0.example.test. 42 IN A 127.0.50.1
            var fields = line.Split((char[])['\t', ' '], 6, StringSplitOptions.RemoveEmptyEntries);
            if (fields is ["del", _, _, "IN", "SOA", _])
            {
                changes.Add(([], [])); // each update begins with the end of the zone's old serial
            }
            else if (fields.Length == 6 && fields[1] == $"{name}." && fields[4] == type)
            {
                (fields[0] == "del" ? changes[^1].Deleted : changes[^1].Added).Add($"{fields[2]} {fields[5]}");
            }
        }

        return [.. changes.Where(change => change.Deleted.Count + change.Added.Count > 0).Select(change => new ZoneChange(change.Deleted.ToValueList(), change.Added.ToValueList()))];
    }
}
