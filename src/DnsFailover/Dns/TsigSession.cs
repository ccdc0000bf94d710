using System.Buffers.Binary;
using System.Security.Cryptography;
using DnsFailover.Providers.Rfc2136;

namespace DnsFailover.Dns;

/// <summary>One signed request and the verification of its reply, whose signature covers the request's.</summary>
internal sealed class TsigSession : IDisposable
{
    /// <summary>How far the clocks may be apart, in seconds: what RFC 8945 section 10 recommends.</summary>
    internal const ushort Fudge = 300;

    private readonly WireName _keyName;
    private readonly WireName _algorithm;
    private readonly HashAlgorithmName _hash;
    private readonly byte[] _secret;
    private readonly TimeProvider _time;
    private byte[] _requestMac = [];

    internal TsigSession(WireName keyName, TsigAlgorithm algorithm, ReadOnlySpan<byte> secret, TimeProvider time)
    {
        (_algorithm, _hash) = algorithm == TsigAlgorithm.HmacSha512
            ? (WireName.Parse("hmac-sha512"), HashAlgorithmName.SHA512)
            : (WireName.Parse("hmac-sha256"), HashAlgorithmName.SHA256);
        (_keyName, _secret, _time) = (keyName, secret.ToArray(), time);
    }

    /// <summary>Appends the signature to a complete message (RFC 8945 section 5.1).</summary>
    /// <returns>The new length.</returns>
    public int Sign(Span<byte> buffer, int length)
    {
        var id = BinaryPrimitives.ReadUInt16BigEndian(buffer);
        var unsigned = new TsigData { Algorithm = _algorithm, TimeSigned = Now, Fudge = Fudge, Mac = [], OriginalId = id };
        _requestMac = Mac([], buffer[..DnsMessage.HeaderLength], buffer[DnsMessage.HeaderLength..length], unsigned);
        var signed = new TsigData { Algorithm = _algorithm, TimeSigned = unsigned.TimeSigned, Fudge = Fudge, Mac = _requestMac, OriginalId = id };
        return DnsMessageWriter.AppendTsig(buffer, length, _keyName, signed);
    }

    /// <summary>Holds a reply against the request that was signed before (RFC 8945 section 5.3).</summary>
    /// <param name="bytes">The reply as it came.</param>
    /// <param name="reply">The same, read.</param>
    /// <param name="server">For messages.</param>
    /// <exception cref="DnsClientException">The server did not accept our signature, or its own is missing or wrong.</exception>
    public void Verify(ReadOnlySpan<byte> bytes, DnsMessage reply, string server)
    {
        if (reply.Tsig is not { Data: var tsig, Offset: var end, KeyName: var keyName })
        {
            // PowerDNS says so what others say by BADKEY and BADSIG, which come without a signature as well.
            throw reply.Rcode == DnsRcode.REFUSED
                ? new DnsClientException(DnsFailure.SignatureRefused, $"{server} refuses what is signed with the TSIG key '{_keyName}', and does not sign its reply (REFUSED): it does not know this key for {_algorithm}, or tsig.secret is not the text that it has under this name, or it is not the right server", requestSent: true)
                : Unsigned($"the reply of {server} ({reply.Rcode}) is not signed, though the request was: does the server know TSIG, and is it the right one?");
        }

        // A server that could not check our signature cannot sign its reply either (RFC 8945 section 5.3.2).
        if (reply.Rcode == DnsRcode.NOTAUTH && tsig.Mac.Length == 0)
        {
            throw Refused(tsig, server);
        }

        if (keyName != _keyName || tsig.Algorithm != _algorithm)
        {
            throw Unsigned($"the reply of {server} is signed with the key '{keyName}' ({tsig.Algorithm}) and not with '{_keyName}' ({_algorithm})");
        }

        Span<byte> header = stackalloc byte[DnsMessage.HeaderLength];
        bytes[..DnsMessage.HeaderLength].CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header, tsig.OriginalId);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(header[10..]) - 1));
        if (!CryptographicOperations.FixedTimeEquals(Mac(_requestMac, header, bytes[DnsMessage.HeaderLength..end], tsig), tsig.Mac))
        {
            throw Unsigned($"the signature of the reply of {server} is wrong: something on the way changed it, or it is not the server");
        }

        if (tsig.Error != TsigError.None)
        {
            throw Refused(tsig, server);
        }

        if (Distance(Now, tsig.TimeSigned) > tsig.Fudge)
        {
            throw Unsigned($"the reply of {server} was signed at a time that is {Distance(Now, tsig.TimeSigned)} s away from this machine's clock");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);

    private ulong Now => (ulong)_time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The signature over message and TSIG variables, after the request's when there is one (RFC 8945 section 4.3).</summary>
    private byte[] Mac(ReadOnlySpan<byte> requestMac, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, TsigData tsig)
    {
        using var hmac = IncrementalHash.CreateHMAC(_hash, _secret);
        Span<byte> scratch = stackalloc byte[(2 * WireName.MaxLength) + 18];
        if (!requestMac.IsEmpty)
        {
            BinaryPrimitives.WriteUInt16BigEndian(scratch, (ushort)requestMac.Length);
            hmac.AppendData(scratch[..2]);
            hmac.AppendData(requestMac);
        }

        hmac.AppendData(header);
        hmac.AppendData(body);
        var variables = new WireWriter(scratch, default);
        variables.Name(_keyName.ToLower());
        variables.U16((ushort)DnsClass.ANY);
        variables.U32(0);
        variables.Name(_algorithm.ToLower());
        variables.U16((ushort)(tsig.TimeSigned >> 32));
        variables.U32((uint)tsig.TimeSigned);
        variables.U16(tsig.Fudge);
        variables.U16((ushort)tsig.Error);
        variables.U16((ushort)tsig.Other.Length);
        hmac.AppendData(scratch[..variables.Length]);
        hmac.AppendData(tsig.Other);
        return hmac.GetHashAndReset();
    }

    private DnsClientException Refused(TsigData tsig, string server)
    {
        var message = tsig.Error switch
        {
            TsigError.BadKey => $"{server} does not know the TSIG key '{_keyName}' for {_algorithm} (BADKEY): check tsig.name and tsig.algorithm against the server's configuration",
            TsigError.BadSignature => $"{server} finds the signature of the TSIG key '{_keyName}' wrong (BADSIG): tsig.secret is not the text that the server has under this name",
            TsigError.BadTime when tsig.ServerTime is { } theirs =>
                $"the clock of {server} differs from this machine's by {Distance(Now, theirs)} s (BADTIME), more than the {Fudge} s that TSIG allows: synchronise both clocks",
            TsigError.BadTime => $"the clock of {server} differs from this machine's by more than {Fudge} s (BADTIME): synchronise both clocks",
            _ => $"{server} does not accept the signature of the TSIG key '{_keyName}' (TSIG error {(int)tsig.Error})",
        };
        return new DnsClientException(DnsFailure.SignatureRefused, message, requestSent: true) { SignatureError = tsig.Error };
    }

    private static DnsClientException Unsigned(string message) => new(DnsFailure.UnsignedReply, message, requestSent: true);

    private static ulong Distance(ulong one, ulong other) => one > other ? one - other : other - one;
}
