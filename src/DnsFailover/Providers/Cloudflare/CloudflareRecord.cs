using System.Text.Json;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>One record as Cloudflare keeps it; an RRset is several of these.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its full name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Content">Its value, in canonical text where it can be steered.</param>
/// <param name="Ttl">In seconds; 1 stands for automatic.</param>
/// <param name="IsProxied">Whether Cloudflare answers its own addresses for it and passes traffic on.</param>
/// <param name="IsFlattened">Whether Cloudflare answers the addresses of a CNAME's target in its place.</param>
/// <param name="Comment">What people, and <see cref="OwnerMark"/>, wrote about it.</param>
internal sealed record CloudflareRecord(string Id, DnsName Name, RecordType Type, string Content, int Ttl, bool IsProxied, bool IsFlattened, string? Comment)
{
    /// <summary>The TTL that stands for automatic.</summary>
    public const int Automatic = 1;

    /// <summary>What an automatic TTL is in answers; a proxied record's always is (https://developers.cloudflare.com/dns/manage-dns-records/reference/ttl/).</summary>
    private static readonly TimeSpan AutomaticTtl = TimeSpan.FromSeconds(300);

    /// <summary>The TTL in answers.</summary>
    public TimeSpan EffectiveTtl => Ttl == Automatic || IsProxied ? AutomaticTtl : TimeSpan.FromSeconds(Ttl);

    /// <summary>Reads one of <c>result</c>; null when it is of a type or a name that is not steered.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static CloudflareRecord? Read(JsonElement json)
    {
        // Wildcards and the names of other types need not be host names.
        if (!Enum.TryParse<RecordType>(json.Text("type"), out var type) || !DnsName.TryParse(json.Text("name"), out var name, out _))
        {
            return null;
        }

        return new CloudflareRecord(
            json.Text("id"),
            name,
            type,
            Canonical(type, json.Text("content")),
            json.Number("ttl") ?? Automatic,
            json.Flag("proxied") ?? false,
            type == RecordType.CNAME && json.Object("settings")?.Flag("flatten_cname") == true,
            json.OptionalText("comment"));
    }

    /// <summary>The records of one name as the sets that are steered.</summary>
    /// <exception cref="ProviderException">Rejected: two controllers have marked them, or they make no RRset.</exception>
    public static NameRecords Combine(DnsName name, IReadOnlyCollection<CloudflareRecord> records)
    {
        string[] owners = [.. records.Select(record => OwnerMark.Read(record.Comment)).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        if (owners.Length > 1)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the records of {name} carry the marks of several controllers ({string.Join(", ", owners)}): remove the wrong ones from the records' comments");
        }

        try
        {
            return NameRecords.Create(name, records.GroupBy(record => record.Type).Select(Set)) with { Owner = owners.SingleOrDefault() };
        }
        catch (ArgumentException e)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"{name} holds records that cannot be steered: {e.Message}", e);
        }

        // One set has one TTL; where Cloudflare holds several the smallest counts.
        RecordSet Set(IGrouping<RecordType, CloudflareRecord> of) => RecordSet.Create(name, of.Key, of.Min(record => record.EffectiveTtl), of.Select(record => record.Content));
    }

    /// <summary>What is no value of its type is kept as it is: it must not get into the way of other names.</summary>
    private static string Canonical(RecordType type, string content)
    {
        try
        {
            return RecordSet.Canonical(type, content);
        }
        catch (ArgumentException)
        {
            return content;
        }
    }
}
