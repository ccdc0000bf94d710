using System.Buffers;
using DnsFailover.Dns;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Builtin;

/// <summary>Turns the bytes of a query into the bytes of its answer.</summary>
/// <param name="zone">The zone at the moment of the query.</param>
/// <param name="random">A number from 0 to below its argument.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where trouble of our own goes.</param>
internal sealed class ZoneResponder(Func<ZoneSnapshot> zone, Func<int, int> random, TimeProvider time, ILogger logger)
{
    private ReplyMemo? _memo;

    /// <summary>
    /// The answer, or null for what must not be answered: less than a header, and responses, because two servers that
    /// answered each other's answers would never stop. The array may be another query's answer as well: its ID is the caller's
    /// to set, in a copy.
    /// </summary>
    public byte[]? Answer(ReadOnlyMemory<byte> query, bool overTcp)
    {
        var memo = Memo();
        if (!overTcp && memo.TryFind(query.Span, out var known))
        {
            return known.Pick(random);
        }

        return WorkOut(memo, query, overTcp);
    }

    /// <summary>Apart, because what it hands on to others is allocated as it begins.</summary>
    private byte[]? WorkOut(ReplyMemo memo, ReadOnlyMemory<byte> query, bool overTcp)
    {
        if (!DnsMessageReader.TryReadHeader(query.Span, out var header) || (header.Flags & DnsFlags.Response) != DnsFlags.None)
        {
            return null;
        }

        try
        {
            var request = DnsMessageReader.TryRead(query.Span, out var message, out _) ? message : null;
            if (!overTcp && IsWorthKeeping(memo.Zone, header, request) && ReplyChoice.Of(ticket => Write(Reply(memo.Zone, header, request, ticket), Limit(request?.Edns, overTcp))) is { } choice)
            {
                memo.Keep(query.Span, choice);
                return choice.Pick(random);
            }

            return Write(Reply(memo.Zone, header, request, random), Limit(request?.Edns, overTcp));
        }
        catch (Exception exception)
        {
            // A bug of ours on one query must not silence the server for all the others.
            BuiltinLog.QueryFailed(logger, exception);
            return Write(Envelope(header, request: null) with { Rcode = DnsRcode.SERVFAIL }, DnsMessage.PlainUdpLength);
        }
    }

    /// <summary>What was worked out of an earlier zone is forgotten with it.</summary>
    private ReplyMemo Memo()
    {
        var (memo, now) = (Volatile.Read(ref _memo), zone());
        if (memo is not null && ReferenceEquals(memo.Zone, now) && !memo.IsWornOut)
        {
            return memo;
        }

        memo = new ReplyMemo(now, time);
        Volatile.Write(ref _memo, memo);
        return memo;
    }

    /// <summary>Names that do not exist are endless, and would fill the memo with what nobody asks twice.</summary>
    private static bool IsWorthKeeping(ZoneSnapshot zone, DnsHeader header, DnsMessage? request) =>
        header.Opcode == DnsOpcode.Query && request is { Tsig: null, Questions: [var question] } && zone.Find(question.Name, out _) == NameKind.Present;

    private static DnsMessage Reply(ZoneSnapshot zone, DnsHeader header, DnsMessage? request, Func<int, int> random)
    {
        var envelope = Envelope(header, request);
        if (header.Opcode != DnsOpcode.Query)
        {
            return envelope with { Rcode = DnsRcode.NOTIMP };
        }

        if (request is null)
        {
            return envelope with { Rcode = DnsRcode.FORMERR };
        }

        if (request.Edns is { Version: not 0 })
        {
            return envelope with { Rcode = DnsRcode.BADVERS };
        }

        if (request.Tsig is { } tsig)
        {
            return envelope with { Rcode = DnsRcode.NOTAUTH, Tsig = UnknownKey(tsig) };
        }

        if (request.Questions is not [var question])
        {
            return envelope with { Rcode = DnsRcode.FORMERR };
        }

        var answer = ZoneAnswer.To(zone, question, random);
        return envelope with
        {
            Flags = envelope.Flags | answer.Flags,
            Rcode = answer.Rcode,
            Answers = answer.Answers,
            Authorities = answer.Authorities,
            Additionals = answer.Additionals,
        };
    }

    /// <summary>What every reply to this request has; RA stays 0, because there is no recursion.</summary>
    private static DnsMessage Envelope(DnsHeader header, DnsMessage? request) => new()
    {
        Id = header.Id,
        Opcode = header.Opcode,
        Flags = DnsFlags.Response | (header.Flags & DnsFlags.RecursionDesired),
        Questions = request?.Questions is [var question] ? [question] : [],
        Edns = request?.Edns is null ? null : new Edns(Edns.SafeUdpPayload),
    };

    /// <summary>We have no keys, so every signature is by an unknown one (RFC 8945 section 5.2.1).</summary>
    private static TsigRecord UnknownKey(TsigRecord tsig) => new(
        tsig.KeyName,
        new TsigData
        {
            Algorithm = tsig.Data.Algorithm,
            TimeSigned = tsig.Data.TimeSigned,
            Fudge = tsig.Data.Fudge,
            Mac = [],
            OriginalId = tsig.Data.OriginalId,
            Error = TsigError.BadKey,
        },
        Offset: 0);

    /// <summary>How many octets the client can take, and we want to send in one datagram (RFC 6891 section 6.2.3).</summary>
    private static int Limit(Edns? edns, bool overTcp) =>
        overTcp ? DnsMessage.MaxLength
        : edns is { } sent ? Math.Clamp(sent.UdpPayload, (ushort)DnsMessage.PlainUdpLength, Edns.SafeUdpPayload)
        : DnsMessage.PlainUdpLength;

    private static byte[] Write(DnsMessage reply, int limit)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(limit);
        try
        {
            return buffer.AsSpan(0, DnsMessageWriter.Write(reply, buffer.AsSpan(0, limit), out _)).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
