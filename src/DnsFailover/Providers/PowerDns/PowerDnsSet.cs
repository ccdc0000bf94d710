using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.PowerDns;

/// <summary>A zone as far as it matters here (https://doc.powerdns.com/authoritative/http-api/zone.html).</summary>
/// <param name="Kind">For example <c>Native</c>; newer servers may say Primary and Secondary for Master and Slave. Empty when it is not said.</param>
/// <param name="SoaEditApi">How a change by the API raises the serial; empty when it does not.</param>
/// <param name="IsSigned">Whether PowerDNS signs it.</param>
/// <param name="IsPresigned">Whether it came signed, so that PowerDNS cannot sign what changes.</param>
/// <param name="IsRectified">Whether a change by the API brings the order for denial of existence up to date.</param>
internal sealed record PowerDnsZone(string Kind, string SoaEditApi, bool IsSigned, bool IsPresigned, bool IsRectified)
{
    /// <summary>True when it is copied from another server, so that what is written here would be lost or never sent on.</summary>
    public bool IsCopy => Kind.ToUpperInvariant() is "SLAVE" or "SECONDARY" or "CONSUMER";

    /// <summary>True when other servers copy it from here.</summary>
    public bool IsCopied => Kind.ToUpperInvariant() is "MASTER" or "PRIMARY" or "PRODUCER";

    /// <summary>Reads a Zone object.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static PowerDnsZone Read(JsonElement json) => new(
        json.OptionalText("kind") ?? string.Empty,
        json.OptionalText("soa_edit_api") ?? string.Empty,
        json.Flag("dnssec") ?? false,
        json.Flag("presigned") ?? false,
        json.Flag("api_rectify") ?? false);
}

/// <summary>One value of an RRset.</summary>
/// <param name="Content">As PowerDNS keeps it; host names with the trailing dot.</param>
/// <param name="IsDisabled">Whether it is kept but not answered.</param>
internal sealed record PowerDnsValue(string Content, bool IsDisabled);

/// <summary>A comment on an RRset.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Account">Who wrote it, by local policy.</param>
/// <param name="ModifiedAt">In seconds since 1970; null lets the server take its time.</param>
internal sealed record PowerDnsComment(string Content, string Account, long? ModifiedAt);

/// <summary>An RRset as PowerDNS keeps it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, of whatever kind: <c>A</c>, <c>LUA</c>.</param>
/// <param name="Ttl">In seconds.</param>
/// <param name="Values">Its values; none where only comments were shown.</param>
/// <param name="Comments">Its comments.</param>
internal sealed record PowerDnsSet(DnsName Name, string Type, int Ttl, IReadOnlyList<PowerDnsValue> Values, IReadOnlyList<PowerDnsComment> Comments)
{
    /// <summary>The values that are answered.</summary>
    public IEnumerable<PowerDnsValue> Live => Values.Where(value => !value.IsDisabled);

    /// <summary>Reads one of <c>rrsets</c>; null when its name is none that is steered, such as a wildcard.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static PowerDnsSet? Read(JsonElement json)
    {
        if (!DnsName.TryParse(json.Text("name"), out var name, out _))
        {
            return null;
        }

        var records = json.List("records") ?? throw new JsonException("'records' is no list");
        return new PowerDnsSet(
            name,
            json.Text("type"),
            (int)Math.Clamp(Seconds(json, "ttl") ?? throw new JsonException("'ttl' is missing or no number"), 0, int.MaxValue),
            [.. records.Select(record => new PowerDnsValue(record.Text("content"), record.Flag("disabled") ?? false))],
            [.. (json.List("comments") ?? []).Select(comment => new PowerDnsComment(comment.Text("content"), comment.OptionalText("account") ?? string.Empty, Seconds(comment, "modified_at")))]);
    }

    /// <summary>
    /// It as one of the <c>rrsets</c> of a PATCH that replaces it. Values replace values, all of them; comments replace
    /// comments where there are any, and stay where there are none.
    /// </summary>
    public JsonObject ToReplacement(IReadOnlyList<PowerDnsComment>? comments)
    {
        var json = new JsonObject
        {
            ["name"] = $"{Name}.",
            ["type"] = Type,
            ["ttl"] = Ttl,
            ["changetype"] = "REPLACE",
            ["records"] = new JsonArray([.. Values.Select(value => new JsonObject { ["content"] = value.Content, ["disabled"] = value.IsDisabled })]),
        };
        if (comments is not null)
        {
            json["comments"] = new JsonArray([.. comments.Select(ToJson)]);
        }

        return json;
    }

    private static JsonObject ToJson(PowerDnsComment comment)
    {
        var json = new JsonObject { ["content"] = comment.Content, ["account"] = comment.Account };
        if (comment.ModifiedAt is { } at)
        {
            json["modified_at"] = at;
        }

        return json;
    }

    /// <summary>PowerDNS prints whole numbers as numbers of any size.</summary>
    private static long? Seconds(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? (long)number : null;
}
