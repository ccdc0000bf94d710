using System.Net;
using System.Net.Sockets;

namespace DnsFailover.Api;

/// <summary>
/// Counts wrong tokens by who showed them: so many at once, and then one for each pause. Beyond that the token is not even looked
/// at. The table is bounded; when it is full of others, the rest share one count.
/// </summary>
internal sealed class AttemptLimiter(TimeProvider time)
{
    /// <summary>So many wrong tokens at once.</summary>
    public const int AtOnce = 10;

    private const int MostPeers = 1024;

    /// <summary>After so long, one of them is forgotten.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(6);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, DateTimeOffset> _freeAt = [];

    /// <summary>How long a caller has to wait before its token is looked at; zero when it need not.</summary>
    public TimeSpan WaitOf(IPAddress peer)
    {
        lock (_gate)
        {
            var left = _freeAt.GetValueOrDefault(KeyOf(peer)) - time.GetUtcNow() - (Pause * (AtOnce - 1));
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>A caller has shown a wrong token.</summary>
    public void Wrong(IPAddress peer)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_freeAt.Count >= MostPeers)
            {
                foreach (var (known, freeAt) in _freeAt)
                {
                    if (freeAt <= now)
                    {
                        _freeAt.Remove(known);
                    }
                }
            }

            var key = KeyOf(peer);
            var from = _freeAt.GetValueOrDefault(key);
            _freeAt[key] = (from > now ? from : now) + Pause;
        }
    }

    /// <summary>Of an IPv6 network one person has them all.</summary>
    private IPAddress KeyOf(IPAddress peer)
    {
        var key = peer;
        if (peer.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var bytes = peer.GetAddressBytes();
            bytes.AsSpan(8).Clear();
            key = new IPAddress(bytes);
        }

        return _freeAt.Count < MostPeers || _freeAt.ContainsKey(key) ? key : IPAddress.None;
    }
}
