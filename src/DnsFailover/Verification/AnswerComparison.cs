using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Verification;

/// <summary>Holds a server's reply against what it should answer.</summary>
internal static class AnswerComparison
{
    /// <summary>
    /// How the reply differs, as the end of a sentence that begins with the server ("still answers 192.0.2.1"); null when
    /// it does not.
    /// </summary>
    public static string? Difference(RecordSet expected, DnsMessage reply)
    {
        if (reply.Rcode is not (DnsRcode.NOERROR or DnsRcode.NXDOMAIN))
        {
            return $"answers {reply.Rcode} for {expected.Name} {expected.Type}";
        }

        if (!reply.IsAuthoritative)
        {
            return $"answers {expected.Name} {expected.Type} without authority (is it a name server of the zone?)";
        }

        var records = reply.Answers.Where(record => IsOf(expected, record)).ToList();
        if (records.Count == 0)
        {
            return $"has no {expected.Type} record of {expected.Name}";
        }

        var values = records.Select(record => Text(record.Data)).Distinct().Order(StringComparer.Ordinal).ToList();
        if (!Matches(expected, values))
        {
            return $"still answers {string.Join(", ", values)}";
        }

        var ttl = records.Max(record => record.Ttl);
        return ttl > expected.Ttl.TotalSeconds ? $"still answers with a TTL of {ttl} s instead of {(long)expected.Ttl.TotalSeconds} s" : null;
    }

    private static bool IsOf(RecordSet expected, ResourceRecord record) =>
        (ushort)record.Type == (ushort)expected.Type && record.Class == DnsClass.IN && record.Name == WireName.From(expected.Name);

    private static bool Matches(RecordSet expected, List<string> values)
    {
        var wanted = expected.Values.Select(value => value.Data).ToHashSet();
        return expected.Values.Any(value => value.Weight is not null) ? wanted.IsSupersetOf(values) : wanted.SetEquals(values);
    }

    private static string Text(RecordData data) => data is NameData { Name: var name } ? name.ToLower().ToString() : data.ToString()!;
}
