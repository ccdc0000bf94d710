namespace DnsFailover.Providers.Builtin;

/// <summary>
/// Every answer that one query may get: several where values are rotated or picked by weight. Worked out by asking once for each
/// number that the random choice may come to.
/// </summary>
internal sealed class ReplyChoice
{
    /// <summary>More would take long to work out while a client waits.</summary>
    private const int MostTickets = 256;

    private readonly byte[][] _replies;

    private ReplyChoice(byte[][] replies) => _replies = replies;

    /// <summary>The answers, when there is at most one choice and it is among few; null otherwise.</summary>
    /// <param name="answer">Works the answer out, with a number from 0 to below its argument.</param>
    public static ReplyChoice? Of(Func<Func<int, int>, byte[]> answer)
    {
        var (choices, tickets) = (0, 1);
        var first = answer(count =>
        {
            (choices, tickets) = (choices + 1, count);
            return 0;
        });
        if (choices > 1 || tickets > MostTickets)
        {
            return null;
        }

        var replies = new byte[tickets][];
        replies[0] = first;
        for (var ticket = 1; ticket < tickets; ticket++)
        {
            var reply = answer(_ => ticket);
            var same = Array.FindIndex(replies, 0, ticket, known => known.AsSpan().SequenceEqual(reply));
            replies[ticket] = same < 0 ? reply : replies[same];
        }

        return new ReplyChoice(replies);
    }

    /// <summary>One of them.</summary>
    /// <param name="random">A number from 0 to below its argument.</param>
    public byte[] Pick(Func<int, int> random) => _replies.Length == 1 ? _replies[0] : _replies[random(_replies.Length)];
}
