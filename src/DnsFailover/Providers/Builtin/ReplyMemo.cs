using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DnsFailover.Providers.Builtin;

/// <summary>
/// The answers to queries that were asked before, of one zone that does not change: the whole query but its ID is the key, so
/// that whatever a client sends (spelling of the name, EDNS) gets what was worked out for just that.
/// It is bounded in memory, and lookups neither lock nor allocate.
/// </summary>
/// <param name="zone">The zone that the answers are of.</param>
/// <param name="time">When it was begun anew.</param>
internal sealed class ReplyMemo(ZoneSnapshot zone, TimeProvider time)
{
    /// <summary>Octets of the ID at the beginning of every message (RFC 1035 section 4.1.1).</summary>
    public const int IdLength = 2;

    private const int MostQueries = 4096;

    /// <summary>A query of a resolver has a name of at most 255 octets, and an OPT record with a cookie or two.</summary>
    private const int LongestQuery = 320;

    /// <summary>So that a flood of queries, each different, does not throw away what others ask all the time.</summary>
    private static readonly TimeSpan s_shortestLife = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<byte[], ReplyChoice> _replies = new(QueryComparer.Instance);
    private readonly long _begun = time.GetTimestamp();

    /// <summary>Counted apart: the dictionary takes all its locks to count.</summary>
    private int _kept;

    /// <summary>The zone that the answers are of.</summary>
    public ZoneSnapshot Zone => zone;

    /// <summary>True when it is full of what may not be asked any more.</summary>
    public bool IsWornOut => Volatile.Read(ref _kept) >= MostQueries && time.GetElapsedTime(_begun) >= s_shortestLife;

    /// <summary>Finds the answers to a query.</summary>
    public bool TryFind(ReadOnlySpan<byte> query, [NotNullWhen(true)] out ReplyChoice? choice)
    {
        choice = null;
        return query.Length is > IdLength and <= LongestQuery && _replies.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(query[IdLength..], out choice);
    }

    /// <summary>Keeps the answers to a query, as long as there is room.</summary>
    public void Keep(ReadOnlySpan<byte> query, ReplyChoice choice)
    {
        if (query.Length is > IdLength and <= LongestQuery && Volatile.Read(ref _kept) < MostQueries && _replies.TryAdd(query[IdLength..].ToArray(), choice))
        {
            Interlocked.Increment(ref _kept);
        }
    }

    private sealed class QueryComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly QueryComparer Instance = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        /// <summary>Seeded at random for each process: nobody outside can choose queries that collide.</summary>
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
