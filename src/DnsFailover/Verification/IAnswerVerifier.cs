using System.Net;
using DnsFailover.Core;
using DnsFailover.Core.Records;

namespace DnsFailover.Verification;

/// <summary>Proves that a change has arrived where resolvers ask.</summary>
public interface IAnswerVerifier
{
    /// <summary>
    /// Asks every server itself, without recursion, until all of them answer exactly these sets or the bound has passed.
    /// Trouble on the network is part of the result and not an exception.
    /// </summary>
    /// <param name="servers">The authoritative servers; without any there is nothing to prove it with.</param>
    /// <param name="expected">
    /// What was written. The values are compared as a set; a set whose values carry weights is satisfied by any of its
    /// values, since one query shows one of them. The TTL may be smaller, not larger.
    /// </param>
    /// <param name="bound">After which the servers that still answer something else are given up; they are asked at least once.</param>
    /// <param name="cancellationToken">Ends the verification with an <see cref="OperationCanceledException"/>.</param>
    Task<VerificationResult> VerifyAsync(IReadOnlyList<IPEndPoint> servers, IReadOnlyList<RecordSet> expected, TimeSpan bound, CancellationToken cancellationToken);
}

/// <summary>What the authoritative servers answered.</summary>
/// <param name="Verified">True when every server answers what was expected.</param>
/// <param name="Elapsed">Until the last server did, or until it was given up.</param>
/// <param name="Servers">Each server's own result, in the order they were given.</param>
public sealed record VerificationResult(bool Verified, TimeSpan Elapsed, ValueList<ServerVerification> Servers)
{
    /// <summary>One sentence for journal, log and alert; when it failed, about the servers that do not answer it.</summary>
    public string Reason =>
        Servers.Count == 0 ? "there is no authoritative server to ask"
        : Verified ? string.Join("; ", Servers.Select(server => server.Sentence))
        : string.Join("; ", Servers.Where(server => !server.Verified).Select(server => server.Sentence));
}

/// <summary>What one authoritative server answered.</summary>
/// <param name="Server">The server.</param>
/// <param name="Verified">True when it answers what was expected.</param>
/// <param name="Elapsed">Until it did, or until it was given up.</param>
/// <param name="Sentence">For example <c>192.0.2.53:53 still answers 192.0.2.1 after 30 s</c>.</param>
public sealed record ServerVerification(IPEndPoint Server, bool Verified, TimeSpan Elapsed, string Sentence);
