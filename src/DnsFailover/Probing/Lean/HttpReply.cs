using System.Buffers;
using System.Buffers.Text;

namespace DnsFailover.Probing.Lean;

/// <summary>How far a reply is read.</summary>
internal enum ReplyState
{
    /// <summary>There is more to come.</summary>
    Unfinished,

    /// <summary>All that is wanted is here.</summary>
    Complete,

    /// <summary>The connection ended before the reply did.</summary>
    CutOff,

    /// <summary>It is not HTTP/1.</summary>
    Malformed,

    /// <summary>The head is longer than <see cref="HttpExchange.MaxHeaderKilobytes"/>.</summary>
    TooLong,
}

/// <summary>
/// Reads a reply of HTTP/1 (RFC 9112) as it comes in, strictly: what a reader could take in two ways is no HTTP. Lines end with CRLF or
/// LF, as that RFC allows and the framework's reader has it. Unlike the framework's, it takes no folded header lines, no blank in front of a header's
/// colon, no NUL or lone CR, and no two lengths that differ. Interim replies (1xx but 101) are passed over.
/// </summary>
/// <param name="check">Says whether a body is wanted, and how much of it.</param>
/// <param name="isHead">True when the request was HEAD, to which there is no body.</param>
/// <param name="keep">True when the head is wanted in any case; else it is kept only where there is something to judge in it.</param>
internal sealed class HttpReply(HttpCheck check, bool isHead, bool keep)
{
    private const int FirstBuffer = 4096;
    private const int LongestHead = HttpExchange.MaxHeaderKilobytes * 1024;

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create("\0\r"u8);

    private byte[] _buffer = [];
    private int _length;
    private int _line; // where the line begins that is not read yet
    private int _searched; // up to here there is no end of it
    private int _passed; // bytes of interim replies
    private bool _isChunked;
    private bool _isCoded;
    private ReplyBody? _body;

    /// <summary>The status code.</summary>
    public int Status { get; private set; }

    /// <summary>The x of HTTP/1.x.</summary>
    public int MinorVersion { get; private set; }

    /// <summary>What the head says of the body's length; null when it says nothing.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>True when the body is compressed, or otherwise encoded.</summary>
    public bool IsEncoded { get; private set; }

    /// <summary>True once the head is complete.</summary>
    public bool IsHeadRead { get; private set; }

    /// <summary>The header lines, when they were to be kept.</summary>
    public ReadOnlyMemory<byte> Head { get; private set; }

    /// <summary>What was read of the body.</summary>
    public ReadOnlyMemory<byte> Body => _body?.Content ?? default;

    /// <summary>Room for what comes next.</summary>
    public Span<byte> Space()
    {
        if (_buffer.Length == 0)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        }
        else if (_length == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_length * 2);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }

    /// <summary>So many bytes came into the room.</summary>
    public ReplyState Received(int count)
    {
        _length += count;
        return IsHeadRead ? TakeBody() : ReadLines();
    }

    /// <summary>The other side sends no more.</summary>
    public ReplyState Ended() => IsHeadRead && _body is not null ? _body.Ended() : ReplyState.CutOff;

    /// <summary>It is read no further, and the buffer is free for others.</summary>
    public void GiveBack()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private ReplyState ReadLines()
    {
        while (true)
        {
            var end = _buffer.AsSpan(_searched, _length - _searched).IndexOf((byte)'\n');
            if (_passed + (end < 0 ? _length : _searched + end) > LongestHead)
            {
                return ReplyState.TooLong;
            }

            if (end < 0)
            {
                _searched = _length;
                return ReplyState.Unfinished;
            }

            var line = _buffer.AsSpan(_line, _searched + end - _line);
            line = line.EndsWith((byte)'\r') ? line[..^1] : line;
            var first = _line == 0;
            _line = _searched = _searched + end + 1;
            if (line.IsEmpty && !first)
            {
                if (Status is < 200 and not 101)
                {
                    Pass();
                    continue;
                }

                return Decide();
            }

            if (!(first ? IsStatusLine(line) : IsHeaderLine(line)))
            {
                return ReplyState.Malformed;
            }
        }
    }

    // An interim reply: the real one follows.
    private void Pass()
    {
        _passed += _line;
        _buffer.AsSpan(_line, _length - _line).CopyTo(_buffer);
        _length -= _line;
        (_line, _searched, ContentLength, _isChunked, _isCoded, IsEncoded) = (0, 0, null, false, false, false);
    }

    private ReplyState Decide()
    {
        IsHeadRead = true;
        var passes = HttpVerdict.IsExpected(check, Status);
        var conditions = BodyConditions.Any(check);
        if (keep || !passes || conditions)
        {
            Head = _buffer.AsMemory(0, _line).ToArray();
        }

        if (!passes || !conditions || isHead || IsEncoded)
        {
            return ReplyState.Complete;
        }

        _body = new ReplyBody(_isChunked, Status is 101 or 204 or 304 ? 0 : _isCoded ? null : ContentLength, check.MaxBodyBytes);
        return TakeBody();
    }

    private ReplyState TakeBody()
    {
        var state = _body!.Take(_buffer.AsSpan(_line, _length - _line));
        (_line, _length) = (0, 0);
        return state;
    }

    // HTTP-version SP status-code [SP reason-phrase], RFC 9112 section 4.
    private bool IsStatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || !char.IsAsciiDigit((char)line[7]) || line[8] != ' '
            || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var digits) || digits != 3 || status < 100 || (line.Length > 12 && line[12] != ' ') || line.ContainsAny(Forbidden))
        {
            return false;
        }

        (MinorVersion, Status) = (line[7] - '0', status);
        return true;
    }

    // field-name ":" OWS field-value OWS, section 5. A line that begins with a blank continues the one before (obs-fold).
    private bool IsHeaderLine(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].ContainsAnyExcept(NameBytes) || line.ContainsAny(Forbidden))
        {
            return false;
        }

        var value = line[(colon + 1)..].Trim(" \t"u8);
        switch (colon)
        {
            case 14 when IsNamed(line, "content-length"u8):
                return IsLength(value);
            case 17 when IsNamed(line, "transfer-encoding"u8):
                (_isCoded, _isChunked) = (true, EndsInChunked(value));
                return true;
            case 16 when IsNamed(line, "content-encoding"u8):
                IsEncoded |= !value.IsEmpty && !System.Text.Ascii.EqualsIgnoreCase(value, "identity"u8);
                return true;
            default:
                return true;
        }
    }

    private static bool IsNamed(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) => System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name);

    // The last coding frames the message, section 6.1.
    private static bool EndsInChunked(ReadOnlySpan<byte> value) => System.Text.Ascii.EqualsIgnoreCase(value[(value.LastIndexOf((byte)',') + 1)..].Trim(" \t"u8), "chunked"u8);

    // One number, or the same one several times, section 6.3.
    private bool IsLength(ReadOnlySpan<byte> value)
    {
        foreach (var part in value.Split((byte)','))
        {
            var digits = value[part].Trim(" \t"u8);
            if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(digits, out long length, out var read) || read != digits.Length
                || (ContentLength is { } other && other != length))
            {
                return false;
            }

            ContentLength = length;
        }

        return true;
    }
}
