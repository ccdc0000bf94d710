using System.Security.Cryptography;
using System.Text;
using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Core.Records;
using DnsFailover.Probing;

namespace DnsFailover.Configuration;

/// <summary>
/// Resolves what defaults, service and endpoint say about a check. Each of them, from the outside in, lays first the
/// check that it names and then its own keys over what it inherits, key by key.
/// </summary>
/// <param name="named">The entries of <c>checks</c>.</param>
/// <param name="reading">Where problems go.</param>
internal sealed class CheckReader(IReadOnlyList<Named<Values>> named, Reading reading)
{
    private readonly Dictionary<string, Named<Values>> _named = named.ToLookup(check => check.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private bool _someAreUnknown;

    /// <summary>The keys that hold for an endpoint, or null when there is no usable check, which was reported.</summary>
    /// <param name="layers">What defaults, service and endpoint say, in this order; null where they say nothing.</param>
    /// <param name="at">Where to complain about a check that is not there.</param>
    /// <param name="whose">For the message: "endpoint 'render'".</param>
    public Values? Resolve(IEnumerable<CheckLayer?> layers, YamlNode at, string whose)
    {
        var maps = new List<Values>();
        var complete = true;
        foreach (var layer in layers.OfType<CheckLayer>())
        {
            if (layer.Use is { } use)
            {
                var found = Find(use, layer.UseNode!);
                complete &= found is not null;
                maps.AddRange(found is null ? [] : [found]);
            }

            maps.AddRange(layer.Own is null ? [] : [layer.Own]);
        }

        var merged = maps.Aggregate((Values?)null, (outer, inner) => inner.Over(outer));
        if (merged is null || !merged.IsWritten(CheckKeys.Type))
        {
            if (complete)
            {
                reading.Error(merged?.Node ?? at, merged is null ? $"{whose} has no check; expected check: {{type: https, path: /healthz}} here, in the service or in defaults" : "the check has no 'type'; expected http, https, tcp or tls here or where it is inherited from");
            }

            return null;
        }

        return merged.TryGet(CheckKeys.Type, out var type) && Fits(type, maps) && complete ? merged : null;
    }

    /// <summary>Reports what is wrong with entries in <c>checks</c> by themselves, and warns of those that nothing refers to.</summary>
    public void CheckNamed()
    {
        // A misspelled reference leaves its entry unused; one complaint is enough.
        foreach (var check in named.Where(check => check.Value is not null && check.Value.TryGet(CheckKeys.Type, out _)))
        {
            KeysFit(check.Value!.Get(CheckKeys.Type), [check.Value]);
        }

        foreach (var check in named.Where(check => !_used.Contains(check.Name) && !_someAreUnknown))
        {
            reading.Warn(check.Node, $"check '{check.Name}' is not used by any service, endpoint or defaults");
        }
    }

    /// <summary>Notes that a check is named, also where nothing is built of it.</summary>
    public void Touch(CheckLayer? layer)
    {
        if (layer is { Use: { } use, UseNode: { } node })
        {
            Find(use, node);
        }
    }

    /// <summary>Builds the check, without its timeout's fingerprint: a new timeout does not make old observations worthless.</summary>
    public CheckDefinition Build(Values check, DnsName service, TimeSpan timeout) =>
        Definition(check, service, timeout) with { Masked = Masked(check) };

    // Texts only: a port or a duration is not worth hiding, and would make reasons unreadable. Headers are looked up
    // anew for each probe, which masks them itself.
    private ValueList<Secret> Masked(Values check)
    {
        var values = new[] { CheckKeys.Path, CheckKeys.BodyContains, CheckKeys.BodyMatches, CheckKeys.TrustedRoots }.Cast<Key>().Append(CheckKeys.BodyJson)
            .Where(check.IsWritten)
            .SelectMany(key => reading.LookedUp(check.NodeOf(key)));
        if (check.TryGet(CheckKeys.Host, out var host))
        {
            // A host name is normalised when it is read, so what was looked up need not be what is sent.
            string[] parts = [.. reading.LookedUp(check.NodeOf(CheckKeys.Host))];
            values = values.Concat(parts.Length > 0 ? [.. parts, host] : parts);
        }

        return values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(Secret.Literal).ToValueList();
    }

    private static CheckDefinition Definition(Values check, DnsName service, TimeSpan timeout)
    {
        var type = check.Get(CheckKeys.Type);
        var port = check.TryGet(CheckKeys.Port, out var written) ? written : type == CheckType.Http ? 80 : 443;
        var host = check.TryGet(CheckKeys.Host, out var own) ? own : service.ToString();
        TimeSpan? latency = check.TryGet(CheckKeys.LatencyLimit, out var limit) ? limit : null;
        TimeSpan? validity = check.TryGet(CheckKeys.MinCertificateDays, out var days) ? TimeSpan.FromDays(days) : null;
        var family = check.Get(CheckKeys.Family);
        return type switch
        {
            CheckType.Tcp => new TcpCheck { Port = port, Timeout = timeout, Host = host, Family = family, LatencyLimit = latency },
            CheckType.Tls => new TlsCheck { Port = port, Timeout = timeout, Host = host, Family = family, LatencyLimit = latency, MinimumCertificateValidity = validity, TrustedRoots = check.Get(CheckKeys.TrustedRoots) },
            _ => new HttpCheck
            {
                Port = port,
                Timeout = timeout,
                Host = host,
                Family = family,
                LatencyLimit = latency,
                MinimumCertificateValidity = type == CheckType.Https ? validity : null,
                TrustedRoots = type == CheckType.Https ? check.Get(CheckKeys.TrustedRoots) : null,
                Https = type == CheckType.Https,
                Method = check.Get(CheckKeys.Method)!,
                Path = check.Get(CheckKeys.Path)!,
                Headers = check.TryGet(CheckKeys.Headers, out var headers) ? headers : [],
                Statuses = check.Get(CheckKeys.Status)!,
                BodyContains = check.Get(CheckKeys.BodyContains),
                BodyMatches = check.Get(CheckKeys.BodyMatches),
                BodyJson = check.Get(CheckKeys.BodyJson),
                MaxBodyBytes = check.Get(CheckKeys.MaxBody),
                MaxRedirects = check.Get(CheckKeys.MaxRedirects),
            },
        };
    }

    /// <summary>A short text that changes when the check does, secrets included, and says nothing about them.</summary>
    public static string Fingerprint(CheckDefinition check)
    {
        // The printed record holds every public member; secrets print as asterisks and are added by their own fingerprints.
        var text = new StringBuilder((check with { Timeout = TimeSpan.Zero }).ToString());
        if (check is HttpCheck http)
        {
            text.AppendJoin('\n', http.Headers.Select(header => header.Value.Fingerprint));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }

    private Values? Find(string use, YamlNode at)
    {
        if (_named.TryGetValue(use, out var check))
        {
            _used.Add(check.Name);
            return check.Value;
        }

        _someAreUnknown = true;
        var known = _named.Count == 0 ? "expected an entry of that name in 'checks', or a map" : $"expected one of {Section.List(_named.Keys.Take(10), "or")}";
        reading.Error(at, $"check: there is no check '{Reading.Shown(at)}'; {known}{(References.IsIn(Reading.Shown(at)) ? string.Empty : Nearest.Hint(use, _named.Keys))}");
        return null;
    }

    private bool KeysFit(CheckType type, List<Values> maps)
    {
        var fits = true;
        foreach (var map in maps)
        {
            foreach (var key in map.Keys.Where(key => !CheckKeys.Has(type, key)))
            {
                reading.Error(map.NodeOf(key), $"{key.Name}: a check of type {CheckKeys.Types.Show(type)} does not have this key; expected {Section.List(CheckKeys.Named.Keys.Where(known => CheckKeys.Has(type, known)).Select(known => known.Name), "or")}");
                fits = false;
            }
        }

        return fits;
    }

    private bool Fits(CheckType type, List<Values> maps)
    {
        // What lies further out than the type was meant for another one, and is left aside; what lies further in is a mistake.
        var typed = maps.FindLastIndex(map => map.IsWritten(CheckKeys.Type));
        var fits = KeysFit(type, maps[typed..]);
        var merged = maps.Aggregate((Values?)null, (outer, inner) => inner.Over(outer))!;
        if (type == CheckType.Tcp && !merged.IsWritten(CheckKeys.Port))
        {
            reading.Error(maps[typed].Node, "a check of type tcp has no 'port'; expected a whole number from 1 to 65535");
            fits = false;
        }

        foreach (var key in new Key[] { CheckKeys.BodyContains, CheckKeys.BodyMatches, CheckKeys.BodyJson })
        {
            if (type is CheckType.Http or CheckType.Https && merged.Get(CheckKeys.Method) == "HEAD" && merged.IsWritten(key))
            {
                reading.Error(merged.InnerOf(CheckKeys.Method, key), $"{key.Name}: the answer to HEAD has no body; expected the method GET, or no '{key.Name}'");
                fits = false;
            }
        }

        return fits;
    }
}
