using System.Net;
using System.Net.Sockets;

namespace DnsFailover.Probing;

/// <summary>Finds the addresses of a CNAME target.</summary>
internal interface INameResolver
{
    /// <summary>Asks once. What goes wrong is in the answer.</summary>
    /// <param name="name">The name, without a trailing dot.</param>
    /// <param name="family">Which addresses are wanted; unspecified for both.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<NameAnswer> ResolveAsync(string name, AddressFamily family, CancellationToken cancellationToken);
}

/// <summary>What became of a question to the resolver.</summary>
internal enum NameStatus
{
    /// <summary>There is at least one address.</summary>
    Found,

    /// <summary>The name does not exist, or has no address of the family.</summary>
    NotFound,

    /// <summary>The resolver could not tell: it is down, overloaded or misconfigured.</summary>
    Unavailable,
}

/// <summary>The answer of the resolver.</summary>
/// <param name="Status">What became of the question.</param>
/// <param name="Addresses">The addresses in the order of the resolver.</param>
/// <param name="Trouble">Why it could not tell.</param>
internal sealed record NameAnswer(NameStatus Status, IReadOnlyList<IPAddress> Addresses, string? Trouble = null);
