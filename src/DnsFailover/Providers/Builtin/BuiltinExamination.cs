using System.Net;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Builtin;

/// <summary>Looks at the kept zone of a daemon, and at whether somebody answers for it, from the outside.</summary>
/// <param name="options">The options of the provider.</param>
/// <param name="dataDirectory">Where the zone is kept; null when it is in memory only.</param>
/// <param name="time">The clock.</param>
internal sealed class BuiltinExamination(BuiltinOptions options, string? dataDirectory, TimeProvider time)
{
    private const int DnsPort = 53;

    private readonly DnsClient _client = new(time);

    /// <summary>What is found.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var (kept, file) = ZoneFileFinding();
        return [file, ListenFinding(), await ServerFindingAsync(kept, cancellationToken)];
    }

    private (bool IsKept, Finding Finding) ZoneFileFinding()
    {
        if (dataDirectory is null)
        {
            return (false, Finding.Advice("zone file", "the zone is kept in memory only", "Name a data directory with dataDirectory or --data, so that answers survive a restart."));
        }

        try
        {
            var path = ZoneFile.PathIn(dataDirectory, options.Zone);
            return File.Exists(path)
                ? (true, Finding.Good("zone file", $"{path} holds records of {Names(ZoneFile.Peek(dataDirectory, options.Zone).Count)}"))
                : (false, Finding.Advice("zone file", $"there is no {path}: no daemon has run with this data directory yet", "Start the daemon, or name its data directory with --data."));
        }
        catch (ProviderException e)
        {
            return (true, Finding.Problem("zone file", e.Message, "Make it readable for this user; a damaged one is put aside when the daemon starts, and is filled again by the first round of probes."));
        }
    }

    private Finding ListenFinding() =>
        IPAddress.IsLoopback(options.Listen.Address) ? Finding.Advice("listen", $"{options.Listen} is reached from this machine alone", "To serve a delegated zone, set listen to an address that resolvers reach, with port 53.")
        : options.Listen.Port != DnsPort ? Finding.Advice("listen", $"resolvers ask port {DnsPort}, and it listens at {options.Listen}", $"Set the port to {DnsPort}, or forward that port, over UDP and TCP.")
        : Finding.Good("listen", $"it listens at {options.Listen}");

    private async Task<Finding> ServerFindingAsync(bool kept, CancellationToken cancellationToken)
    {
        if (options.Listen.Port == 0)
        {
            return Finding.Advice("server", "it listens at a port that is free when it starts, so that it cannot be asked", "Give listen a port.");
        }

        var server = ReachableEndPoint;
        try
        {
            var udp = await AskAsync(server, DnsTransport.UdpThenTcp, cancellationToken);
            var tcp = await AskAsync(server, DnsTransport.Tcp, cancellationToken);
            return Answers(udp) && Answers(tcp)
                ? Finding.Good("server", $"{server} answers for {options.Zone} over UDP and TCP")
                : Finding.Problem("server", $"{server} answers, but not for {options.Zone} ({udp.Rcode}): another server or another daemon is there", "Stop it, or let this one listen elsewhere.");
        }
        catch (DnsClientException e)
        {
            var sentence = $"nobody answers for {options.Zone} at {server}: {e.Message}";
            return kept
                ? Finding.Problem("server", sentence, "Start the daemon: while it is down, the names of the zone do not resolve.")
                : Finding.Advice("server", sentence, "Start the daemon.");
        }
    }

    private IPEndPoint ReachableEndPoint =>
        options.Listen.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, options.Listen.Port)
        : options.Listen.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, options.Listen.Port)
        : options.Listen;

    private Task<DnsMessage> AskAsync(IPEndPoint server, DnsTransport transport, CancellationToken cancellationToken) =>
        _client.ExchangeAsync(server, DnsMessage.Query(options.Zone, DnsType.SOA, DnsClient.NewId()), transport, options.Timeout, signer: null, cancellationToken);

    private bool Answers(DnsMessage reply)
    {
        var zone = WireName.From(options.Zone);
        return reply.Rcode == DnsRcode.NOERROR && reply.IsAuthoritative && reply.Answers.Any(record => record.Type == DnsType.SOA && record.Name == zone);
    }

    private static string Names(int count) => count == 1 ? "1 name" : $"{count} names";
}
