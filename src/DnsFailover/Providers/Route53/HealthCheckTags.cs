using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Route53;

/// <summary>
/// Whose the health checks are, by their tags, each asked for once. Those of health checks that are not the daemon's may change without being noticed,
/// which is as well.
/// </summary>
internal sealed class HealthCheckTags
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _byId = new(StringComparer.Ordinal);

    /// <summary>Asks for those that are not known.</summary>
    /// <exception cref="ProviderException">They cannot be read.</exception>
    public async Task LearnAsync(HealthCheckClient client, List<string> ids, CancellationToken cancellationToken)
    {
        foreach (var some in ids.Where(id => !_byId.ContainsKey(id)).Chunk(HealthCheckClient.MostTagged))
        {
            var tags = await client.TagsAsync(some, cancellationToken);
            foreach (var id in some)
            {
                _byId[id] = tags.GetValueOrDefault(id) ?? None;
            }
        }
    }

    /// <summary>Marks one as the daemon's.</summary>
    /// <exception cref="ProviderException">It cannot be marked.</exception>
    public async Task MarkAsync(HealthCheckClient client, string id, WantedHealthCheck want, FoundZone zone, CancellationToken cancellationToken)
    {
        await client.TagAsync(id, HealthCheckMark.Tags(want, zone.Id), cancellationToken);
        _byId[id] = new Dictionary<string, string>(HealthCheckMark.Tags(want, zone.Id), StringComparer.Ordinal);
    }

    /// <summary>Its tags may not be read: it counts as somebody else's.</summary>
    public void LeaveAlone(string id) => _byId.TryAdd(id, None);

    /// <summary>True when it is that of a daemon for one of these owners.</summary>
    public bool IsOurs(string id, FoundZone zone, HashSet<string> owners) => _byId.TryGetValue(id, out var tags) && HealthCheckMark.IsOurs(tags, zone.Id, owners);

    /// <summary>True when it was made for what is wanted, also where a crash came before its tags.</summary>
    public bool IsFor(ListedHealthCheck check, WantedHealthCheck want, FoundZone zone, HashSet<string> owners) =>
        (_byId[check.Id].Count == 0 && HealthCheckMark.IsReferenceOf(check.Reference, want, zone.Id)) || (IsOurs(check.Id, zone, owners) && HealthCheckMark.IsOf(_byId[check.Id], want.Target));

    /// <summary>The name whose records it was made for; null when its tags do not say.</summary>
    public DnsName? NameOf(string id) => HealthCheckMark.NameIn(_byId[id]) is { } text && DnsName.TryParse(text, out var name, out _) ? name : null;
}
