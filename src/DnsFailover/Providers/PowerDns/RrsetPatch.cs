using System.Text;
using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.PowerDns;

/// <summary>
/// The PATCH that turns the records of a name into what a change set wants. It replaces whole RRsets, so that it repeats
/// what stays: disabled records, and where the mark changes the comments of others.
/// </summary>
internal sealed class RrsetPatch
{
    private readonly List<(PowerDnsSet Set, IReadOnlyList<PowerDnsComment>? Comments, bool IsChanged)> _sets = [];

    private RrsetPatch(DnsName name) => Name = name;

    /// <summary>The name whose records change.</summary>
    public DnsName Name { get; }

    /// <summary>True when there is nothing to write.</summary>
    public bool IsEmpty => _sets.Count == 0;

    /// <summary>How many RRsets are written.</summary>
    public int Count => _sets.Count;

    /// <summary>True when comments are written.</summary>
    public bool WritesComments => _sets.Exists(item => item.Comments is not null);

    /// <summary>Plans the writes.</summary>
    /// <param name="change">What is wanted.</param>
    /// <param name="now">What there is.</param>
    public static RrsetPatch For(ChangeSet change, SteeredName now)
    {
        var patch = new RrsetPatch(change.Name);
        foreach (var after in change.Changes.Select(one => one.After))
        {
            var before = now[after.Type];
            patch.Add(before, Wanted(after, before), change.Owner);
        }

        foreach (var other in now.Sets.Where(set => change.Changes.All(one => one.After.Type.ToString() != set.Type)))
        {
            // A name that is taken over would else carry two marks.
            if (change.Owner is { } owner && OwnerComment.OwnersIn(other.Comments).Any(marked => marked != owner))
            {
                patch.Add(other, other, owner);
            }
        }

        return patch;
    }

    /// <summary>The same for a server that keeps no comments.</summary>
    public RrsetPatch WithoutComments()
    {
        var patch = new RrsetPatch(Name);
        patch._sets.AddRange(_sets.Where(item => item.IsChanged).Select(item => item with { Comments = null }));
        return patch;
    }

    /// <summary>The body of the request.</summary>
    public byte[] ToJson() =>
        Encoding.UTF8.GetBytes(new JsonObject { ["rrsets"] = new JsonArray([.. _sets.Select(item => item.Set.ToReplacement(item.Comments))]) }.ToJsonString());

    private void Add(PowerDnsSet? before, PowerDnsSet wanted, string? owner)
    {
        var comments = owner is null ? null : OwnerComment.Write(wanted.Comments, owner);
        var isChanged = before is null || before.Ttl != wanted.Ttl || !before.Values.ToHashSet().SetEquals(wanted.Values);
        if (isChanged || comments is not null)
        {
            _sets.Add((wanted, comments, isChanged));
        }
    }

    /// <summary>The set with the wanted values. A disabled record stays, unless it is what is wanted: PowerDNS takes no value twice.</summary>
    private static PowerDnsSet Wanted(RecordSet after, PowerDnsSet? before)
    {
        var live = after.Values.Select(value => new PowerDnsValue(after.Type == RecordType.CNAME ? $"{value.Data}." : value.Data, IsDisabled: false)).ToList();
        var disabled = (before?.Values ?? []).Where(value => value.IsDisabled && !after.Values.Any(wanted => IsSame(after.Type, value.Content, wanted.Data)));
        return new PowerDnsSet(after.Name, after.Type.ToString(), (int)after.Ttl.TotalSeconds, [.. live, .. disabled], before?.Comments ?? []);
    }

    private static bool IsSame(RecordType type, string content, string data)
    {
        try
        {
            return RecordSet.Canonical(type, content) == data;
        }
        catch (ArgumentException)
        {
            return false; // nobody can want what is no value of the type
        }
    }
}
