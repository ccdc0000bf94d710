using System.Text.Json.Nodes;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>A record that is changed where it stands: what is null stays as it is, and so does all that is not here.</summary>
internal sealed record RecordPatch(string Id, string? Content, int? Ttl, string? Comment)
{
    /// <summary>True when it changes nothing.</summary>
    public bool IsEmpty => Content is null && Ttl is null && Comment is null;

    /// <summary>The body of a PATCH, or with its id an element of <c>patches</c>.</summary>
    public JsonObject ToJson(bool withId)
    {
        var json = new JsonObject();
        Add("id", withId ? Id : null);
        Add("content", Content);
        Add("ttl", Ttl);
        Add("comment", Comment);
        return json;

        void Add(string member, JsonNode? value)
        {
            if (value is not null)
            {
                json[member] = value;
            }
        }
    }
}

/// <summary>A record that is new.</summary>
internal sealed record NewRecord(DnsName Name, RecordType Type, string Content, int Ttl, bool IsProxied, string? Comment)
{
    /// <summary>An element of <c>posts</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["type"] = Type.ToString(), ["name"] = Name.ToString(), ["content"] = Content, ["ttl"] = Ttl, ["proxied"] = IsProxied };
        if (Comment is not null)
        {
            json["comment"] = Comment;
        }

        return json;
    }
}

/// <summary>
/// The writes that turn the records of a name into what a change set wants. Values are exchanged within records, and a
/// record is deleted only when another of its set stays: Cloudflare deletes first, and its edge may see each step.
/// </summary>
/// <param name="Deletes">Ids of the records that go.</param>
/// <param name="Patches">The records that change.</param>
/// <param name="Posts">The records that are new.</param>
internal sealed record RecordWrites(IReadOnlyList<string> Deletes, IReadOnlyList<RecordPatch> Patches, IReadOnlyList<NewRecord> Posts)
{
    /// <summary>How many records are written.</summary>
    public int Count => Deletes.Count + Patches.Count + Posts.Count;

    /// <summary>Plans the writes.</summary>
    /// <param name="change">What is wanted.</param>
    /// <param name="records">All records of the name that are steered, as they are now.</param>
    public static RecordWrites For(ChangeSet change, IReadOnlyList<CloudflareRecord> records)
    {
        var plan = new Plan(change, records);
        foreach (var one in change.Changes)
        {
            plan.Exchange(one);
        }

        plan.ReplaceOtherMarks();
        return new RecordWrites(plan.Deletes, plan.Patches, plan.Posts);
    }

    /// <summary>The body of a batch.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        Add("deletes", Deletes.Select(id => new JsonObject { ["id"] = id }));
        Add("patches", Patches.Select(patch => patch.ToJson(withId: true)));
        Add("posts", Posts.Select(post => post.ToJson()));
        return json;

        void Add(string member, IEnumerable<JsonObject> items)
        {
            var array = new JsonArray([.. items]);
            if (array.Count > 0)
            {
                json[member] = array;
            }
        }
    }

    private sealed class Plan(ChangeSet change, IReadOnlyList<CloudflareRecord> records)
    {
        public List<string> Deletes { get; } = [];

        public List<RecordPatch> Patches { get; } = [];

        public List<NewRecord> Posts { get; } = [];

        /// <summary>Keeps the records that hold a wanted value, and gives the other values to the records that are left.</summary>
        public void Exchange(RecordChange one)
        {
            var present = records.Where(record => record.Type == one.After.Type).OrderBy(record => record.Id, StringComparer.Ordinal).ToList();
            var exchange = ValueExchange<CloudflareRecord>.Plan(present, record => record.Content, [.. one.After.Values.Select(value => value.Data)]);
            int? ttl = one.Before is null || one.After.Ttl != one.Before.Ttl ? (int)one.After.Ttl.TotalSeconds : null;
            foreach (var record in exchange.Kept)
            {
                Patch(record, content: null, ttl);
            }

            foreach (var (record, value) in exchange.Changed)
            {
                Patch(record, value, ttl);
            }

            foreach (var value in exchange.Missing)
            {
                Post(one.After.Type, value, ttl, present is [var same, ..] ? same : records is [var other, ..] ? other : null);
            }

            Deletes.AddRange(exchange.LeftOver.Select(record => record.Id));
        }

        /// <summary>A name that is taken over would else carry two marks.</summary>
        public void ReplaceOtherMarks()
        {
            var others = records.Where(record => change.Changes.All(one => one.After.Type != record.Type) && OwnerMark.Read(record.Comment) is { } owner && owner != change.Owner);
            foreach (var record in change.Owner is null ? [] : others)
            {
                Patch(record, content: null, ttl: null);
            }
        }

        private void Patch(CloudflareRecord record, string? content, int? ttl)
        {
            // A proxied record's TTL is Cloudflare's to choose: asking for another would come back as it was, for ever.
            var newTtl = record.IsProxied || ttl == (int)record.EffectiveTtl.TotalSeconds ? null : ttl;
            var patch = new RecordPatch(record.Id, content, newTtl, NewComment(record.Comment));
            if (!patch.IsEmpty)
            {
                Patches.Add(patch);
            }
        }

        /// <summary>A record beside others is proxied as they are: one that is not would give away what the proxy hides.</summary>
        private void Post(RecordType type, string value, int? ttl, CloudflareRecord? sibling)
        {
            var isProxied = sibling?.IsProxied ?? false;
            Posts.Add(new NewRecord(change.Name, type, value, isProxied ? CloudflareRecord.Automatic : ttl ?? sibling?.Ttl ?? CloudflareRecord.Automatic, isProxied, NewComment(comment: null)));
        }

        private string? NewComment(string? comment) =>
            change.Owner is { } owner && OwnerMark.Write(comment, owner) is { } marked && marked != comment ? marked : null;
    }
}
