using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>One call that changes, creates or deletes a record.</summary>
/// <param name="Replaces">The record that it changes or deletes; null when it creates one.</param>
/// <param name="Body">What it says; null when it deletes.</param>
/// <param name="Ttl">The TTL that it asks for, in seconds; null when it leaves that alone.</param>
internal sealed record RecordWrite(DigitalOceanRecord? Replaces, JsonObject? Body, int? Ttl);

/// <summary>
/// The calls, in order, that turn the records of a name into what a change set wants: each changes one record. Values are exchanged
/// within records, and what is left over is deleted last, so that no moment is without a value.
/// </summary>
/// <param name="Mark">Writes the mark of the owner; it comes before everything else. Null when the mark is there already, or none is asked for.</param>
/// <param name="Steps">Write the values and the TTL.</param>
internal sealed record RecordWrites(RecordWrite? Mark, IReadOnlyList<RecordWrite> Steps)
{
    /// <summary>Plans the calls.</summary>
    /// <param name="change">What is wanted.</param>
    /// <param name="records">All records of the name that are steered, and its marks, as they are now.</param>
    /// <param name="zone">The zone.</param>
    public static RecordWrites For(ChangeSet change, IReadOnlyList<DigitalOceanRecord> records, DnsName zone)
    {
        var (writes, deletes) = (new List<RecordWrite>(), new List<RecordWrite>());
        foreach (var one in change.Changes)
        {
            var present = records.Where(record => record.Type == one.After.Type).OrderBy(record => record.Id).ToList();
            var exchange = ValueExchange<DigitalOceanRecord>.Plan(present, record => record.Data, [.. one.After.Values.Select(value => value.Data)]);
            int? ttl = one.After.Ttl != one.Before?.Ttl ? (int)one.After.Ttl.TotalSeconds : null;
            writes.AddRange(exchange.Changed.Select(pair => Patch(pair.Record, pair.Value, ttl)).OfType<RecordWrite>());
            writes.AddRange(exchange.Missing.Select(value => Create(RelativeName.Of(change.Name, zone), one.After.Type.ToString(), DigitalOceanRecord.Written(one.After.Type, value), (int)one.After.Ttl.TotalSeconds)));
            writes.AddRange(exchange.Kept.Select(record => Patch(record, value: null, ttl)).OfType<RecordWrite>());
            deletes.AddRange(exchange.LeftOver.Select(record => new RecordWrite(record, Body: null, Ttl: null)));
        }

        return new RecordWrites(MarkFor(change, records, zone), [.. writes, .. deletes]);
    }

    /// <summary>Nothing where the mark is there already, or where the name is too long to have one.</summary>
    private static RecordWrite? MarkFor(ChangeSet change, IReadOnlyList<DigitalOceanRecord> records, DnsName zone)
    {
        if (change.Owner is not { } owner || records.Any(record => record.Owner == owner) || OwnerText.NameFor(change.Name) is not { } name)
        {
            return null;
        }

        return records.FirstOrDefault(record => record.Owner is not null) is { } other
            ? new RecordWrite(other, new JsonObject { ["type"] = "TXT", ["data"] = DigitalOceanRecord.MarkOf(owner) }, Ttl: null)
            : Create(RelativeName.Of(name, zone), "TXT", DigitalOceanRecord.MarkOf(owner), OwnerText.Ttl);
    }

    private static RecordWrite Create(string name, string type, string data, int ttl) =>
        new(Replaces: null, new JsonObject { ["type"] = type, ["name"] = name, ["data"] = data, ["ttl"] = ttl }, ttl);

    /// <summary>A PATCH must repeat the type; what it leaves out stays.</summary>
    private static RecordWrite? Patch(DigitalOceanRecord record, string? value, int? ttl)
    {
        var newTtl = ttl == record.Ttl ? null : ttl;
        if (value is null && newTtl is null)
        {
            return null;
        }

        var body = new JsonObject { ["type"] = record.Type.ToString() };
        if (value is not null)
        {
            body["data"] = DigitalOceanRecord.Written(record.Type!.Value, value);
        }

        if (newTtl is not null)
        {
            body["ttl"] = newTtl;
        }

        return new RecordWrite(record, body, newTtl);
    }
}
