using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Verification;

/// <summary>
/// Asks each authoritative server on its own, so that a slow one delays the result but not the questions to the others:
/// at once, soon again, then ever more slowly up to once a second.
/// </summary>
public sealed class AuthoritativeVerifier : IAnswerVerifier
{
    private static readonly TimeSpan s_queryTimeout = TimeSpan.FromSeconds(2);

    // Even when the bound is nearly over, a reply must be able to come back.
    private static readonly TimeSpan s_leastQueryTimeout = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan[] s_pauses = [.. new[] { 10, 20, 50, 100, 200, 500, 1000 }.Select(pause => TimeSpan.FromMilliseconds(pause))];

    private readonly TimeProvider _time;
    private readonly DnsClient _client;

    /// <summary>A verifier on this clock.</summary>
    public AuthoritativeVerifier(TimeProvider time) => (_time, _client) = (time, new DnsClient(time));

    /// <inheritdoc/>
    public async Task<VerificationResult> VerifyAsync(
        IReadOnlyList<IPEndPoint> servers, IReadOnlyList<RecordSet> expected, TimeSpan bound, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var results = await Task.WhenAll(servers.Select(server => VerifyAsync(server, expected, start, bound, cancellationToken)));
        return new VerificationResult(results.Length > 0 && results.All(result => result.Verified), _time.GetElapsedTime(start), [.. results]);
    }

    private async Task<ServerVerification> VerifyAsync(
        IPEndPoint server, IReadOnlyList<RecordSet> expected, long start, TimeSpan bound, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var complaint = await ComplaintAsync(server, expected, start, bound, cancellationToken);
            var elapsed = _time.GetElapsedTime(start);
            if (complaint is null)
            {
                return new ServerVerification(server, Verified: true, elapsed, $"{server} answers {string.Join(" and ", expected.Select(set => set.Values))}");
            }

            var left = bound - elapsed;
            if (left <= TimeSpan.Zero)
            {
                return new ServerVerification(server, Verified: false, elapsed, $"{complaint} after {Seconds(elapsed)}");
            }

            // The last pause ends with the bound, so that the last word about a server is its newest answer.
            var pause = s_pauses[Math.Min(attempt, s_pauses.Length - 1)];
            await Task.Delay(pause < left ? pause : left, _time, cancellationToken);
        }
    }

    /// <summary>What is wrong at one server, in a sentence that names it; null when it answers every set.</summary>
    private async Task<string?> ComplaintAsync(
        IPEndPoint server, IReadOnlyList<RecordSet> expected, long start, TimeSpan bound, CancellationToken cancellationToken)
    {
        foreach (var set in expected)
        {
            try
            {
                var reply = await _client.QueryAsync(server, set.Name, (DnsType)set.Type, Timeout(bound - _time.GetElapsedTime(start)), cancellationToken);
                if (AnswerComparison.Difference(set, reply) is { } difference)
                {
                    return $"{server} {difference}";
                }
            }
            catch (DnsClientException exception)
            {
                return exception.Failure == DnsFailure.NoReply ? $"{server} gives no reply" : exception.Message;
            }
        }

        return null;
    }

    private static TimeSpan Timeout(TimeSpan left) =>
        left > s_queryTimeout ? s_queryTimeout
        : left < s_leastQueryTimeout ? s_leastQueryTimeout
        : left;

    private static string Seconds(TimeSpan elapsed) => elapsed.TotalSeconds < 10 ? $"{elapsed.TotalSeconds:0.0} s" : $"{elapsed.TotalSeconds:0} s";
}
