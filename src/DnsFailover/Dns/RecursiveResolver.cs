using System.Net;
using DnsFailover.Core.Records;

namespace DnsFailover.Dns;

/// <summary>Asks resolvers, which ask on for us; the first that gives an answer is believed.</summary>
/// <param name="servers">The resolvers, in order of preference.</param>
/// <param name="timeout">For one question to one of them.</param>
/// <param name="time">The clock.</param>
internal sealed class RecursiveResolver(IReadOnlyList<IPEndPoint> servers, TimeSpan timeout, TimeProvider time)
{
    private const string SystemFile = "/etc/resolv.conf";
    private const int DnsPort = 53;

    /// <summary>The C library uses no more of them either (resolv.conf(5)).</summary>
    private const int MostServers = 3;

    private readonly DnsClient _client = new(time);

    /// <summary>The resolvers, for messages.</summary>
    public string Servers => string.Join(", ", servers);

    /// <summary>The resolvers of this machine; none where it does not keep them in <c>/etc/resolv.conf</c>.</summary>
    public static IReadOnlyList<IPEndPoint> OfSystem()
    {
        try
        {
            return ServersIn(File.ReadLines(SystemFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The <c>nameserver</c> lines of such a file.</summary>
    public static IReadOnlyList<IPEndPoint> ServersIn(IEnumerable<string> lines) =>
    [
        .. lines.Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["nameserver", _, ..])
            .Select(words => IPAddress.TryParse(words[1], out var address) ? new IPEndPoint(address, DnsPort) : null)
            .OfType<IPEndPoint>()
            .Take(MostServers),
    ];

    /// <summary>One question: the reply says that there are records (NOERROR) or that there is no such name (NXDOMAIN).</summary>
    /// <exception cref="DnsClientException">No resolver gives such a reply; the message is that of the last one.</exception>
    public async Task<DnsMessage> AskAsync(DnsName name, DnsType type, CancellationToken cancellationToken)
    {
        var trouble = new DnsClientException(DnsFailure.Unreachable, "this machine has no resolver that could be asked");
        foreach (var server in servers)
        {
            try
            {
                var query = DnsMessage.Query(name, type, DnsClient.NewId()) with { Flags = DnsFlags.RecursionDesired };
                var reply = await _client.ExchangeAsync(server, query, DnsTransport.UdpThenTcp, timeout, signer: null, cancellationToken);
                if (reply.Rcode is DnsRcode.NOERROR or DnsRcode.NXDOMAIN && (reply.IsAuthoritative || (reply.Flags & DnsFlags.RecursionAvailable) != DnsFlags.None))
                {
                    return reply;
                }

                trouble = new DnsClientException(DnsFailure.InvalidReply, reply.Rcode is DnsRcode.NOERROR or DnsRcode.NXDOMAIN
                    ? $"{server} does not look up {name} {type} for others"
                    : $"{server} answers {reply.Rcode} for {name} {type}");
            }
            catch (DnsClientException e)
            {
                trouble = e;
            }
        }

        throw trouble;
    }
}
