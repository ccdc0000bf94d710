using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Hetzner;

/// <summary>One call that writes.</summary>
/// <param name="Ttl">The TTL that it asks for, in seconds; null when it leaves that alone.</param>
/// <param name="SendAsync">Makes it.</param>
internal sealed record RrsetWrite(int? Ttl, Func<HetznerClient, CancellationToken, Task> SendAsync);

/// <summary>The calls, in order, that turn the RRsets of a name into what a change set wants.</summary>
/// <param name="Marks">Write the owner's mark on RRsets that are there; they come first. An RRset that is new is created with it.</param>
/// <param name="Steps">Write values, and then TTLs.</param>
internal sealed record RrsetWrites(IReadOnlyList<RrsetWrite> Marks, IReadOnlyList<RrsetWrite> Steps)
{
    /// <summary>Plans the calls.</summary>
    /// <param name="change">What is wanted.</param>
    /// <param name="rrsets">The steered RRsets of the name, as they are now.</param>
    /// <param name="zone">The zone.</param>
    public static RrsetWrites For(ChangeSet change, IReadOnlyList<HetznerRrset> rrsets, DnsName zone)
    {
        var owner = change.Owner is { } named && OwnerLabel.Fits(named) ? named : null;
        var (values, ttls) = (new List<RrsetWrite>(), new List<RrsetWrite>());
        foreach (var one in change.Changes)
        {
            if (one.Before is null || rrsets.FirstOrDefault(rrset => rrset.Type == one.After.Type) is not { } present)
            {
                values.Add(Create(one.After, owner, zone));
                continue;
            }

            if (!one.After.HasSameValues(one.Before))
            {
                values.Add(SetRecords(one.After, present));
            }

            if (one.After.Ttl != one.Before.Ttl)
            {
                var ttl = (int)one.After.Ttl.TotalSeconds;
                ttls.Add(new RrsetWrite(ttl, (client, token) => client.ChangeTtlAsync(change.Name, one.After.Type, ttl, token)));
            }
        }

        return new RrsetWrites(owner is null ? [] : [.. rrsets.Where(rrset => NeedsMark(rrset, change, owner)).Select(rrset => Mark(rrset, owner))], [.. values, .. ttls]);
    }

    /// <summary>A name that is taken over would else carry two marks.</summary>
    private static bool NeedsMark(HetznerRrset rrset, ChangeSet change, string owner) =>
        rrset.Owner != owner && (rrset.Owner is not null || change.Changes.Any(one => one.After.Type == rrset.Type));

    private static RrsetWrite Mark(HetznerRrset rrset, string owner) =>
        new(Ttl: null, (client, token) => client.SetLabelsAsync(rrset.Name, rrset.Type, OwnerLabel.With(owner, rrset.Labels), token));

    private static RrsetWrite Create(RecordSet after, string? owner, DnsName zone)
    {
        var ttl = (int)after.Ttl.TotalSeconds;
        return new RrsetWrite(ttl, (client, token) =>
        {
            var body = new JsonObject
            {
                ["name"] = RelativeName.Of(after.Name, zone),
                ["type"] = after.Type.ToString(),
                ["ttl"] = ttl,
                ["records"] = new JsonArray([.. after.Values.Select(value => Record(after.Type, value.Data, comment: null))]),
            };
            if (owner is not null)
            {
                body["labels"] = HetznerClient.ToJson(OwnerLabel.With(owner, new Dictionary<string, string>()));
            }

            return client.CreateAsync(after.Name, body, token);
        });
    }

    /// <summary>The whole set is written; a value that is exchanged for another hands its comment on.</summary>
    private static RrsetWrite SetRecords(RecordSet after, HetznerRrset present)
    {
        var exchange = ValueExchange<HetznerValue>.Plan(present.Values, value => value.Data, [.. after.Values.Select(value => value.Data)]);
        var comments = exchange.Kept.Select(kept => (kept.Data, kept.Comment))
            .Concat(exchange.Changed.Select(pair => (Data: pair.Value, pair.Record.Comment)))
            .ToDictionary(pair => pair.Data, pair => pair.Comment);
        return new RrsetWrite(Ttl: null, (client, token) => client.SetRecordsAsync(
            after.Name,
            after.Type,
            new JsonArray([.. after.Values.Select(value => Record(after.Type, value.Data, comments.GetValueOrDefault(value.Data)))]),
            token));
    }

    private static JsonObject Record(RecordType type, string data, string? comment)
    {
        var json = new JsonObject { ["value"] = HetznerRrset.Written(type, data) };
        if (comment is not null)
        {
            json["comment"] = comment;
        }

        return json;
    }
}
