using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers.Builtin;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Doctor;

/// <summary>A resolver on a port of 127.0.0.1 that knows the delegations it is told, and no other name.</summary>
internal sealed class FakeResolver : IAsyncDisposable
{
    private readonly Dictionary<DnsName, string[]> _delegations = [];
    private readonly Dictionary<DnsName, IPAddress> _hosts = [];
    private readonly DnsListener _listener;

    public FakeResolver() =>
        _listener = new DnsListener(SocketPair.Bind(new IPEndPoint(IPAddress.Loopback, 0)), Answer, TimeProvider.System, NullLogger.Instance);

    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>What everything is answered with, in place of an answer.</summary>
    public DnsRcode? Trouble { get; set; }

    /// <summary>Delegates a zone to hosts with one address each.</summary>
    public FakeResolver Delegates(string zone, params (string Host, string Address)[] servers)
    {
        _delegations[DnsName.Parse(zone)] = [.. servers.Select(server => server.Host)];
        foreach (var (host, address) in servers.Where(server => server.Address.Length > 0))
        {
            _hosts[DnsName.Parse(host)] = IPAddress.Parse(address);
        }

        return this;
    }

    /// <summary>It resolves for somebody who asks like <c>doctor</c>.</summary>
    public RecursiveResolver Client() => new([EndPoint], TimeSpan.FromSeconds(5), TimeProvider.System);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private byte[]? Answer(ReadOnlyMemory<byte> query, bool overTcp)
    {
        if (!DnsMessageReader.TryRead(query.Span, out var request, out _))
        {
            return null;
        }

        var (question, answers) = (request.Questions[0], new List<ResourceRecord>());
        Assert.True((request.Flags & DnsFlags.RecursionDesired) != DnsFlags.None);
        var known = question.Name.TryToDnsName(out var name) && (_hosts.ContainsKey(name) || _delegations.Keys.Any(zone => zone.IsWithin(name)));
        if (question.Type == DnsType.NS && _delegations.TryGetValue(name, out var hosts))
        {
            answers.AddRange(hosts.Select(host => new ResourceRecord(question.Name, DnsType.NS, DnsClass.IN, 300, new NameData(WireName.Parse(host)))));
        }
        else if (_hosts.TryGetValue(name, out var address) && new AddressData(address) is var data && data.Type == question.Type)
        {
            answers.Add(new ResourceRecord(question.Name, 300, data));
        }

        return DnsMessageWriter.ToArray(new DnsMessage
        {
            Id = request.Id,
            Flags = DnsFlags.Response | DnsFlags.RecursionAvailable | DnsFlags.RecursionDesired,
            Rcode = Trouble ?? (known ? DnsRcode.NOERROR : DnsRcode.NXDOMAIN),
            Questions = request.Questions,
            Answers = Trouble is null ? answers : [],
        });
    }
}
