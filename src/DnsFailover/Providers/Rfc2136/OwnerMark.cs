using System.Text;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Rfc2136;

/// <summary>
/// The TXT set that holds the mark of a name's owner (<see cref="OwnerText"/>), as it was read. Single records are
/// deleted and added, so that whatever else is in the set stays.
/// </summary>
internal sealed class OwnerMark
{
    private readonly WireName _at;
    private readonly List<TxtData> _values;
    private readonly uint _ttl;

    private OwnerMark(DnsName at, List<TxtData> values, uint ttl) => (At, _at, _values, _ttl) = (at, WireName.From(at), values, ttl);

    /// <summary>Where the set is.</summary>
    public DnsName At { get; }

    /// <summary>The controller that is marked; null when none is.</summary>
    public string? Owner => OwnerText.OwnerIn(_values.Select(Quoted));

    /// <summary>Takes the set out of a reply.</summary>
    public static OwnerMark In(DnsMessage reply, DnsName at)
    {
        var name = WireName.From(at);
        var own = reply.Answers.Where(record => record.Type == DnsType.TXT && record.Class == DnsClass.IN && record.Name == name).ToList();
        return new OwnerMark(at, [.. own.Select(record => record.Data).OfType<TxtData>()], own.Count > 0 ? own.Min(record => record.Ttl) : OwnerText.Ttl);
    }

    /// <summary>True when both hold the same values.</summary>
    public bool IsSameAs(OwnerMark other) => _values.Select(Quoted).ToHashSet(StringComparer.Ordinal).SetEquals(other._values.Select(Quoted));

    /// <summary>True when this owner, and nobody else, is marked already.</summary>
    public bool IsOf(string owner) => _values.Select(Quoted).Where(IsMark).SequenceEqual([OwnerText.ValueFor(owner)]);

    /// <summary>
    /// The condition that the mark still is the one that was read. A set without a mark is left out of it: a wildcard may
    /// answer in its place, which no condition ever finds, and its values are not touched anyway.
    /// </summary>
    public IEnumerable<ResourceRecord> Conditions() =>
        _values.Count == 0 ? [new ResourceRecord(_at, DnsType.TXT, DnsClass.NONE, 0, EmptyData.Instance)] // RFC 2136 section 2.4.3
        : Owner is null ? []
        : _values.Select(value => new ResourceRecord(_at, DnsType.TXT, DnsClass.IN, 0, value)); // section 2.4.2

    /// <summary>What puts this owner's mark in place of any other.</summary>
    public IEnumerable<ResourceRecord> Changes(string owner)
    {
        var marks = _values.Where(value => IsMark(Quoted(value)));
        return marks.Select(mark => new ResourceRecord(_at, DnsType.TXT, DnsClass.NONE, 0, mark)) // RFC 2136 section 2.5.4
            .Append(new ResourceRecord(_at, DnsType.TXT, DnsClass.IN, _ttl, TxtData.FromText(Unquoted(OwnerText.ValueFor(owner)))));
    }

    private static bool IsMark(string quoted) => OwnerText.OwnerIn([quoted]) is not null;

    /// <summary>As in a zone file. The names of owners have no characters that would be escaped there.</summary>
    private static string Quoted(TxtData value) => $"\"{string.Concat(value.Strings.Select(Encoding.UTF8.GetString))}\"";

    private static string Unquoted(string quoted) => quoted[1..^1];
}
