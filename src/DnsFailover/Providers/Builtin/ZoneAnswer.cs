using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Builtin;

/// <summary>Finds what a zone says to one question (RFC 1034 section 4.3.2, without wildcards and delegations).</summary>
internal sealed class ZoneAnswer
{
    // Longer chains of aliases are the resolver's to follow.
    private const int MaxAliases = 8;

    private readonly ZoneSnapshot _zone;
    private readonly DnsQuestion _question;
    private readonly Func<int, int> _random;
    private readonly List<ResourceRecord> _answers = [];
    private readonly List<ResourceRecord> _authorities = [];
    private readonly List<ResourceRecord> _additionals = [];

    private ZoneAnswer(ZoneSnapshot zone, DnsQuestion question, Func<int, int> random) =>
        (_zone, _question, _random) = (zone, question, random);

    /// <summary>Sections, response code and AA; the rest of the message is the caller's.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="question">Any question, also for another zone.</param>
    /// <param name="random">A number from 0 to below its argument.</param>
    public static DnsMessage To(ZoneSnapshot zone, DnsQuestion question, Func<int, int> random)
    {
        if (question.Class != DnsClass.IN || question.Type is DnsType.AXFR or DnsType.IXFR || zone.Find(question.Name, out _) == NameKind.Outside)
        {
            return new DnsMessage { Rcode = DnsRcode.REFUSED };
        }

        var answer = new ZoneAnswer(zone, question, random);
        var rcode = answer.Resolve();
        return rcode == DnsRcode.SERVFAIL
            ? new DnsMessage { Rcode = rcode }
            : new DnsMessage
            {
                Flags = DnsFlags.AuthoritativeAnswer,
                Rcode = rcode,
                Answers = answer._answers,
                Authorities = answer._authorities,
                Additionals = answer._additionals,
            };
    }

    private DnsRcode Resolve()
    {
        var owner = _question.Name;
        for (var aliases = 0; aliases < MaxAliases; aliases++)
        {
            switch (_zone.Find(owner, out var name))
            {
                case NameKind.Missing:
                    Deny();
                    return DnsRcode.NXDOMAIN;
                case NameKind.Empty:
                    Deny();
                    return DnsRcode.NOERROR;
                case NameKind.Awaited:
                    return DnsRcode.SERVFAIL;
                case NameKind.Present:
                    if (AnswerAt(owner, name))
                    {
                        return DnsRcode.NOERROR;
                    }

                    if (_zone.IsAwaited(name))
                    {
                        return DnsRcode.SERVFAIL;
                    }

                    if (!TryFollow(ref owner, name))
                    {
                        Deny();
                        return DnsRcode.NOERROR;
                    }

                    break;
                default:
                    return DnsRcode.NOERROR; // The alias leads out of the zone, where the resolver goes on.
            }

            if (_answers.Exists(record => record.Name == owner))
            {
                return DnsRcode.NOERROR; // The aliases go in a circle; the resolver is shown it once.
            }
        }

        return DnsRcode.NOERROR;
    }

    /// <summary>Adds what the name has of the type that was asked for.</summary>
    private bool AnswerAt(WireName owner, DnsName name)
    {
        var type = _question.Type;
        if (name == _zone.Apex.Zone && type is DnsType.SOA or DnsType.NS)
        {
            AddApex(owner, type);
            return true;
        }

        var served = _zone.Served(name);
        if (type == DnsType.ANY)
        {
            return AnswerAny(owner, served);
        }

        return Enum.IsDefined((RecordType)type) && served[(RecordType)type] is { } set && Add(_answers, owner, set);
    }

    /// <summary>One set stands for all (RFC 8482 section 4.1), so that nobody can turn ANY into a flood.</summary>
    private bool AnswerAny(WireName owner, NameRecords served)
    {
        if (served.Sets.Count > 0)
        {
            return Add(_answers, owner, served.Sets[0]);
        }

        AddApex(owner, DnsType.SOA);
        return true;
    }

    private bool TryFollow(ref WireName owner, DnsName name)
    {
        if (_zone.Served(name)[RecordType.CNAME] is not { } alias)
        {
            return false;
        }

        Add(_answers, owner, alias);
        owner = ((NameData)_answers[^1].Data).Name;
        return true;
    }

    private void AddApex(WireName owner, DnsType type)
    {
        var ttl = (uint)ZoneApex.Ttl.TotalSeconds;
        if (type == DnsType.SOA)
        {
            _answers.Add(new ResourceRecord(owner, DnsType.SOA, DnsClass.IN, ttl, _zone.Apex.Soa(_zone.Serial)));
            return;
        }

        foreach (var server in _zone.Apex.NameServers)
        {
            var target = WireName.From(server);
            _answers.Add(new ResourceRecord(owner, DnsType.NS, DnsClass.IN, ttl, new NameData(target)));
            foreach (var glue in _zone.Served(server).Sets)
            {
                Add(_additionals, target, glue);
            }
        }
    }

    /// <summary>The SOA record with the TTL that the denial may be kept for (RFC 2308 section 3).</summary>
    private void Deny() => _authorities.Add(
        new ResourceRecord(_zone.Apex.WireZone, DnsType.SOA, DnsClass.IN, (uint)ZoneApex.NegativeTtl.TotalSeconds, _zone.Apex.Soa(_zone.Serial)));

    private bool Add(List<ResourceRecord> section, WireName owner, RecordSet set)
    {
        foreach (var value in ValueChoice.Choose(set.Values, _random))
        {
            RecordData data = set.Type == RecordType.CNAME ? new NameData(WireName.Parse(value.Data)) : new AddressData(IPAddress.Parse(value.Data));
            section.Add(new ResourceRecord(owner, (DnsType)set.Type, DnsClass.IN, (uint)set.Ttl.TotalSeconds, data));
        }

        return true;
    }
}
