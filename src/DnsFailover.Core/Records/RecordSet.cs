using System.Net;
using System.Net.Sockets;

namespace DnsFailover.Core.Records;

/// <summary>The record types that are steered. The numbers are those of RFC 1035 section 3.2.2 and RFC 3596.</summary>
public enum RecordType
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>The canonical name of an alias.</summary>
    CNAME = 5,

    /// <summary>An IPv6 address.</summary>
    AAAA = 28,
}

/// <summary>One value of an RRset, in canonical text; the weight only where the provider serves by weight.</summary>
/// <param name="Data">An address as <see cref="IPAddress"/> prints it, or a host name without the trailing dot.</param>
/// <param name="Weight">The share of queries this value should get, relative to the others' weights.</param>
public readonly record struct RecordValue(string Data, int? Weight = null) : IComparable<RecordValue>
{
    /// <inheritdoc/>
    public int CompareTo(RecordValue other)
    {
        var byData = string.CompareOrdinal(Data, other.Data);
        return byData != 0 ? byData : Nullable.Compare(Weight, other.Weight);
    }

    /// <summary>For example <c>192.0.2.1</c> or <c>192.0.2.1 (weight 3)</c>.</summary>
    public override string ToString() => Weight is { } weight ? $"{Data} (weight {weight})" : Data;

    /// <summary>Ordinal order.</summary>
    public static bool operator <(RecordValue left, RecordValue right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(RecordValue left, RecordValue right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(RecordValue left, RecordValue right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(RecordValue left, RecordValue right) => left.CompareTo(right) >= 0;
}

/// <summary>
/// The records of one name and type (an RRset, RFC 2181 section 5). It always holds at least one value, so that an
/// empty answer cannot even be written down; its values are sorted and distinct, so that sets compare as sets.
/// </summary>
public sealed record RecordSet
{
    private RecordSet(DnsName name, RecordType type, TimeSpan ttl, ValueList<RecordValue> values, bool isDescribed = false) =>
        (Name, Type, Ttl, Values, IsDescribed) = (name, type, ttl, values, isDescribed);

    /// <summary>The owner name.</summary>
    public DnsName Name { get; }

    /// <summary>The type of every record in the set.</summary>
    public RecordType Type { get; }

    /// <summary>The time to live, in whole seconds; the same for every record of a set (RFC 2181 section 5.2).</summary>
    public TimeSpan Ttl { get; }

    /// <summary>One or more values, sorted and distinct.</summary>
    public ValueList<RecordValue> Values { get; }

    /// <summary>True when the values are descriptions, made by <see cref="Described"/>.</summary>
    public bool IsDescribed { get; }

    /// <summary>Builds a set; values are put in canonical form, sorted and freed of repetitions.</summary>
    /// <exception cref="ArgumentException">No value at all, a value that is not of the type, or two for a CNAME.</exception>
    public static RecordSet Create(DnsName name, RecordType type, TimeSpan ttl, IEnumerable<RecordValue> values)
    {
        var canonical = values.Select(value => value with { Data = Canonical(type, value.Data) }).Distinct().Order().ToValueList();
        if (canonical.Count == 0)
        {
            throw new ArgumentException($"an RRset has at least one value ({name} {type})", nameof(values));
        }

        if (type == RecordType.CNAME && canonical.Count > 1 && canonical.Any(value => value.Weight is null))
        {
            throw new ArgumentException($"a CNAME has one value, {name} would have {canonical.Count}", nameof(values));
        }

        return new RecordSet(name, type, TimeSpan.FromSeconds(Math.Floor(ttl.TotalSeconds)), canonical);
    }

    /// <summary>As <see cref="Create(DnsName, RecordType, TimeSpan, IEnumerable{RecordValue})"/>, for values without weights.</summary>
    public static RecordSet Create(DnsName name, RecordType type, TimeSpan ttl, params IEnumerable<string> values) =>
        Create(name, type, ttl, values.Select(value => new RecordValue(value)));

    /// <summary>
    /// What a provider answers by rules of its own that values cannot tell: an alias, or sets that are chosen by where the
    /// client is. Each description stands in the place of a value that no endpoint declares, so that it is somebody else's
    /// until <c>adopt</c> says otherwise. It is only ever read, and never what a set shall be.
    /// </summary>
    /// <exception cref="ArgumentException">No description at all.</exception>
    public static RecordSet Described(DnsName name, RecordType type, TimeSpan ttl, params IEnumerable<string> descriptions)
    {
        var values = descriptions.Select(description => new RecordValue(description)).Distinct().Order().ToValueList();
        return values.Count > 0
            ? new RecordSet(name, type, TimeSpan.FromSeconds(Math.Floor(ttl.TotalSeconds)), values, isDescribed: true)
            : throw new ArgumentException($"there is nothing to describe ({name} {type})", nameof(descriptions));
    }

    /// <summary>The one spelling of a value that is compared, stored and printed.</summary>
    /// <exception cref="ArgumentException">The text is no value of this type.</exception>
    public static string Canonical(RecordType type, string data)
    {
        if (type == RecordType.CNAME)
        {
            return DnsName.TryParse(data, out var name, out var error) ? name.ToString() : throw new ArgumentException(error, nameof(data));
        }

        var family = type == RecordType.A ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        return IPAddress.TryParse(data, out var address) && address.AddressFamily == family
            ? address.ToString()
            : throw new ArgumentException($"'{data}' is not the value of an {type} record", nameof(data));
    }

    /// <summary>True when both sets hold the same values with the same weights, whatever their TTL.</summary>
    public bool HasSameValues(RecordSet other) => Type == other.Type && IsDescribed == other.IsDescribed && Values.Equals(other.Values);

    /// <summary>For example <c>api.example.com 30 A 192.0.2.1, 192.0.2.2</c>.</summary>
    public override string ToString() => $"{Name} {(long)Ttl.TotalSeconds} {Type} {Values}";
}

/// <summary>
/// What a provider holds at one name: its A, AAAA and CNAME sets. It stands for a complete, successful read; a failed
/// or partial read is an exception, never an empty one of these.
/// </summary>
/// <param name="Name">The name that was read.</param>
/// <param name="Sets">At most one set per type, sorted by type.</param>
public sealed record NameRecords(DnsName Name, ValueList<RecordSet> Sets)
{
    /// <summary>The controller whose mark the records carry; null when they carry none, or the provider has no marks.</summary>
    public string? Owner { get; init; }

    /// <summary>The set of this type, or null when the name has none.</summary>
    public RecordSet? this[RecordType type] => Sets.FirstOrDefault(set => set.Type == type);

    /// <summary>True when the set of this type has this value, with whatever weight.</summary>
    public bool Holds(RecordType type, string data) => this[type]?.Values.Any(value => value.Data == data) == true;

    /// <summary>Sorts the sets and refuses two of one type.</summary>
    /// <exception cref="ArgumentException">Two sets of one type, or a set of another name.</exception>
    public static NameRecords Create(DnsName name, IEnumerable<RecordSet> sets)
    {
        var sorted = sets.OrderBy(set => set.Type).ToValueList();
        if (sorted.Any(set => set.Name != name) || sorted.Select(set => set.Type).Distinct().Count() != sorted.Count)
        {
            throw new ArgumentException($"the records of {name} are one set per type", nameof(sets));
        }

        return new NameRecords(name, sorted);
    }
}
