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
        var zone = WireName.From(options.Zone);
        var serves = soa.Rcode == DnsRcode.NOERROR && soa.IsAuthoritative && soa.Answers.Any(record => record.Type == DnsType.SOA && record.Name == zone);
        throw new ProviderException(ProviderFailure.Rejected, (serves, reply.Rcode) switch
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
    /// <returns>When the server says that it is done.</returns>
    /// <exception cref="ProviderException">The server did not do it, or may have done it.</exception>
    public async Task UpdateAsync(DnsMessage update, ChangeSet change, CancellationToken cancellationToken)
    {
        var reply = await ExchangeAsync(update, DnsTransport.Tcp, ProviderFailure.Ambiguous, cancellationToken);
        if (reply.Rcode != DnsRcode.NOERROR)
        {
            throw Refusal(reply.Rcode, change);
        }
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

    private string Who => options.Tsig is { } key ? $"the key '{key.Name}'" : "this machine's address";

    private Task<DnsMessage> AskAsync(DnsName name, DnsType type, CancellationToken cancellationToken) =>
        ExchangeAsync(DnsMessage.Query(name, type, DnsClient.NewId()), DnsTransport.UdpThenTcp, ProviderFailure.Transient, cancellationToken);

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
                return await _client.ExchangeAsync(new IPEndPoint(address, options.Port), request, transport, options.Timeout, _signer, cancellationToken);
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

    /// <summary>What a refused update means (RFC 2136 section 2.2 lists the codes).</summary>
    private ProviderException Refusal(DnsRcode rcode, ChangeSet change)
    {
        var types = string.Join(' ', change.Changes.Select(one => one.After.Type));
        var (failure, message) = rcode switch
        {
            DnsRcode.NXRRSET or DnsRcode.YXRRSET or DnsRcode.NXDOMAIN or DnsRcode.YXDOMAIN =>
                (ProviderFailure.Conflict, $"the records of {change.Name} are no longer what was read ({rcode}); nothing was written"),
            DnsRcode.REFUSED when options.Tsig is { } key =>
                (ProviderFailure.Rejected, $"{Server} refuses the update of {change.Name} (REFUSED): the key '{key.Name}' needs permission, in BIND update-policy {{ grant {key.Name.TrimEnd('.')}. name {change.Name}. {types}; }} or allow-update"),
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
