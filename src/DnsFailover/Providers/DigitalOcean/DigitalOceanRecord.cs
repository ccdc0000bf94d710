using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>One record as DigitalOcean keeps it; an RRset is several of these.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its full name.</param>
/// <param name="Type">Its type; null for the mark of an owner, which is a TXT record.</param>
/// <param name="Data">Its value, in canonical text where it can be steered.</param>
/// <param name="Ttl">In seconds.</param>
internal sealed record DigitalOceanRecord(long Id, DnsName Name, RecordType? Type, string Data, int Ttl)
{
    /// <summary>The TTL of a record for which none was asked.</summary>
    private const int UsualTtl = 1800;

    /// <summary>The steered name that it belongs to: that of a mark is the name below which the mark is.</summary>
    public DnsName SteeredName => Type is null ? OwnerText.NameOf(Name) ?? Name : Name;

    /// <summary>The controller that it names, if it is a mark.</summary>
    public string? Owner => Type is null ? OwnerText.OwnerIn([Quoted(Data)]) : null;

    /// <summary>Reads one of <c>domain_records</c>; null when it is neither steered nor a mark.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static DigitalOceanRecord? Read(JsonElement json, DnsName zone)
    {
        // Wildcards and the names of other types need not be host names.
        var text = json.Text("type");
        if (RelativeName.Full(json.Text("name"), zone) is not { } name)
        {
            return null;
        }

        var (id, data, ttl) = (json.LargeNumber("id"), json.Text("data"), json.Number("ttl") ?? UsualTtl);
        if (text == "TXT")
        {
            var mark = new DigitalOceanRecord(id, name, Type: null, data, ttl);
            return OwnerText.NameOf(name) is not null && mark.Owner is not null ? mark : null;
        }

        return Enum.TryParse<RecordType>(text, out var type) ? new DigitalOceanRecord(id, name, type, Canonical(type, data, zone), ttl) : null;
    }

    /// <summary>The records of one name, and its marks, as the sets that are steered.</summary>
    /// <exception cref="ProviderException">Rejected: two controllers have marked it, or the records make no RRset.</exception>
    public static NameRecords Combine(DnsName name, IReadOnlyCollection<DigitalOceanRecord> records)
    {
        string[] owners = [.. records.Select(record => record.Owner).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        if (owners.Length > 1)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} carries the marks of several controllers ({string.Join(", ", owners)}): remove the wrong TXT records from {OwnerText.NameFor(name)}");
        }

        try
        {
            return NameRecords.Create(name, records.Where(record => record.Type is not null).GroupBy(record => record.Type!.Value).Select(Set)) with { Owner = owners.SingleOrDefault() };
        }
        catch (ArgumentException e)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} holds records that cannot be steered: {e.Message}", e);
        }

        // One set has one TTL; where DigitalOcean holds several the smallest counts.
        RecordSet Set(IGrouping<RecordType, DigitalOceanRecord> of) => RecordSet.Create(name, of.Key, TimeSpan.FromSeconds(of.Min(record => record.Ttl)), of.Select(record => record.Data));
    }

    /// <summary>The value as DigitalOcean takes it: a host name ends in a dot there, although it is shown without.</summary>
    public static string Written(RecordType type, string data) => type == RecordType.CNAME ? $"{data}." : data;

    /// <summary>The text of a TXT record is kept there without the quotes of a zone file.</summary>
    public static string MarkOf(string owner) => OwnerText.ValueFor(owner)[1..^1];

    private static string Quoted(string data) => data.StartsWith('"') ? data : $"\"{data}\"";

    /// <summary>What is no value of its type is kept as it is: it must not get into the way of other names.</summary>
    private static string Canonical(RecordType type, string data, DnsName zone)
    {
        try
        {
            return RecordSet.Canonical(type, type == RecordType.CNAME && data == RelativeName.Apex ? zone.ToString() : data);
        }
        catch (ArgumentException)
        {
            return data;
        }
    }
}
