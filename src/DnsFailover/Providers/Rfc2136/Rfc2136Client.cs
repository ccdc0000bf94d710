using System.Net;
using System.Net.Sockets;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Providers.Rfc2136;

/// <summary>The two calls that are made to the primary, with every failure as a <see cref="ProviderException"/>.</summary>
internal sealed class Rfc2136Client(Rfc2136Options options, TimeProvider time)
{
    private readonly DnsClient _client = new(time);
    private readonly TsigSigner? _signer = options.Tsig is { } key ? new TsigSigner(key, time) : null;

    /// <summary>How far the primary's clock was ahead of ours in its last signed reply, in whole seconds (RFC 8945 section 5.2.3).</summary>
    public TimeSpan? ClockSkew { get; private set; }

    /// <summary>The primary as the configuration has it, for messages.</summary>
    public string Server { get; } = $"{options.Server}:{options.Port}";

    /// <summary>Asks the primary; the reply is authoritative, and says that there are records or that there are none.</summary>
    /// <exception cref="ProviderException">Anything else.</exception>
    public async Task<DnsMessage> QueryAsync(DnsName name, DnsType type, CancellationToken cancellationToken)
    {
        var reply = await AskAsync(name, type, cancellationToken);
        if (reply.Rcode is DnsRcode.NOERROR or DnsRcode.NXDOMAIN && reply.IsAuthoritative)
        {
            return reply;
        }

        if (reply.Rcode == DnsRcode.SERVFAIL)
        {
            throw new ProviderException(ProviderFailure.Transient, $"{Server} has trouble of its own reading {name} {type} (SERVFAIL): its log says why");
        }

        var soa = await AskAsync(options.Zone, DnsType.SOA, cancellationToken);
        throw new ProviderException(ProviderFailure.Rejected, (ServesZone(soa), reply.Rcode) switch
        {
            (false, _) => $"{Server} does not serve the zone {options.Zone} ({reply.Rcode}): check zone and server",
            (true, DnsRcode.REFUSED) => $"{Server} refuses to answer for {name} {type} (REFUSED): {Who} needs permission to query, in BIND allow-query",
            (true, DnsRcode.NOERROR or DnsRcode.NXDOMAIN) => $"{Server} serves {options.Zone} but is no authority for {name}: the name is delegated to other servers, so that its zone is another one",
            (true, _) => $"{Server} did not answer for {name} {type}: {reply.Rcode}",
        });
    }

    /// <summary>
    /// Sends an update, always over TCP: a connection that is refused proves that nothing was written, there is no
    /// datagram to send a second time, and no limit of 512 octets.
    /// </summary>
    /// <returns>What the server says to it; with anything but NOERROR it did nothing (RFC 2136 section 3).</returns>
    /// <exception cref="ProviderException">It may have been carried out, or the server could not be asked.</exception>
    public async Task<DnsRcode> UpdateAsync(DnsMessage update, CancellationToken cancellationToken) =>
        (await ExchangeAsync(update, DnsTransport.Tcp, ProviderFailure.Ambiguous, cancellationToken)).Rcode;

    /// <summary>Asks the primary, and takes any reply that is to be trusted.</summary>
    /// <exception cref="ProviderException">There is none.</exception>
    public Task<DnsMessage> AskAsync(DnsName name, DnsType type, CancellationToken cancellationToken) =>
        ExchangeAsync(DnsMessage.Query(name, type, DnsClient.NewId()), DnsTransport.UdpThenTcp, ProviderFailure.Transient, cancellationToken);

    /// <summary>Whether a reply to a question for the zone's SOA record is that of a server which serves the zone.</summary>
    public bool ServesZone(DnsMessage soa)
    {
        var zone = WireName.From(options.Zone);
        return soa.Rcode == DnsRcode.NOERROR && soa.IsAuthoritative && soa.Answers.Any(record => record.Type == DnsType.SOA && record.Name == zone);
    }

    /// <summary>The addresses of a host, by the system's resolver and in its order of preference.</summary>
    /// <exception cref="SocketException">It cannot be resolved, or not in time.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        try
        {
            return await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(options.Timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    /// <summary>Who updates, for messages.</summary>
    public string Who => options.Tsig is { } key ? $"the key '{key.Name}'" : "this machine's address";

    /// <summary>
    /// Tries the server's addresses in turn for as long as none of them has been sent anything. <paramref name="whenLost"/>
    /// is what it means when the request went out and no reply came that can be trusted.
    /// </summary>
    private async Task<DnsMessage> ExchangeAsync(DnsMessage request, DnsTransport transport, ProviderFailure whenLost, CancellationToken cancellationToken)
    {
        DnsClientException? last = null;
        foreach (var address in await ServerAddressesAsync(cancellationToken))
        {
            try
            {
                var reply = await _client.ExchangeAsync(new IPEndPoint(address, options.Port), request, transport, options.Timeout, _signer, cancellationToken);
                NoteClock(reply);
                return reply;
            }
            catch (SecretUnavailableException e)
            {
                throw new ProviderException(ProviderFailure.Rejected, e.Message, e);
            }
            catch (DnsClientException e) when (e.Failure == DnsFailure.Unreachable)
            {
                last = e;
            }
            catch (DnsClientException e)
            {
                throw Translate(e, whenLost);
            }
        }

        throw new ProviderException(ProviderFailure.Transient, last?.Message ?? $"the server name '{options.Server}' has no address", last);
    }

    /// <summary>A reply that came this far has a signature that was verified, or there is no key.</summary>
    private void NoteClock(DnsMessage reply)
    {
        if (_signer is not null && reply.Tsig is { Data.TimeSigned: var seconds })
        {
            ClockSkew = TimeSpan.FromSeconds((long)seconds - time.GetUtcNow().ToUnixTimeSeconds());
        }
    }

    private static ProviderException Translate(DnsClientException e, ProviderFailure whenLost)
    {
        var failure = e.Failure switch
        {
            DnsFailure.SignatureRefused or DnsFailure.UnusableKey => ProviderFailure.Rejected,
            _ => e.RequestSent ? whenLost : ProviderFailure.Transient,
        };
        return new ProviderException(failure, e.Message, e);
    }

    private async Task<IPAddress[]> ServerAddressesAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ResolveAsync(options.Server, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new ProviderException(ProviderFailure.Transient, $"the server name '{options.Server}' cannot be resolved: {e.Message}", e);
        }
    }

    /// <summary>What an update-policy needs for these sets, in BIND's words.</summary>
    public string Grants(IEnumerable<(DnsName Name, DnsType Type)> sets) => string.Join(' ', sets.GroupBy(set => set.Name)
        .Select(at => $"grant {options.Tsig?.Name.TrimEnd('.')}. name {at.Key}. {string.Join(' ', at.Select(set => set.Type))};"));

    /// <summary>What a refused update means (RFC 2136 section 2.2 lists the codes).</summary>
    public ProviderException Refusal(DnsRcode rcode, ChangeSet change)
    {
        var mark = options.OwnerMark && change.Owner is not null ? OwnerText.NameFor(change.Name) : null;
        IEnumerable<(DnsName, DnsType)> sets = [.. change.Changes.Select(one => (change.Name, (DnsType)one.After.Type)), .. mark is { } at ? [(at, DnsType.TXT)] : Array.Empty<(DnsName, DnsType)>()];
        var (failure, message) = rcode switch
        {
            DnsRcode.NXRRSET or DnsRcode.YXRRSET or DnsRcode.NXDOMAIN or DnsRcode.YXDOMAIN =>
                (ProviderFailure.Conflict, $"the records of {change.Name} are no longer what was read ({rcode}); nothing was written"),
            DnsRcode.REFUSED when options.Tsig is { } key =>
                (ProviderFailure.Rejected, $"{Server} refuses the update of {change.Name} (REFUSED): the key '{key.Name}' needs permission, in BIND update-policy {{ {Grants(sets)} }} or allow-update"),
            DnsRcode.REFUSED =>
                (ProviderFailure.Rejected, $"{Server} refuses the unsigned update of {change.Name} (REFUSED): set tsig, or permit this machine's address, in BIND with allow-update"),
            DnsRcode.NOTAUTH or DnsRcode.NOTZONE =>
                (ProviderFailure.Rejected, $"{Server} does not serve the zone {options.Zone} as its primary ({rcode}): check zone and server"),
            DnsRcode.NOTIMP => (ProviderFailure.Rejected, $"{Server} takes no dynamic updates (NOTIMP)"),
            DnsRcode.SERVFAIL => (ProviderFailure.Transient, $"{Server} could not carry out the update of {change.Name} (SERVFAIL): its log says why"),
            _ => (ProviderFailure.Rejected, $"{Server} did not accept the update of {change.Name} ({rcode})"),
        };
        return new ProviderException(failure, message);
    }
}
