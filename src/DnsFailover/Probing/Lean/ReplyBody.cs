using System.Buffers.Text;

namespace DnsFailover.Probing.Lean;

/// <summary>Reads the body of a reply as it comes in: by its length, in chunks, or to the end of the connection (RFC 9112 sections 6.3 and 7.1).</summary>
/// <param name="chunked">True when it comes in chunks.</param>
/// <param name="length">Its length; null when it goes to the end of the connection, or comes in chunks.</param>
/// <param name="most">So many bytes of it are wanted.</param>
internal sealed class ReplyBody(bool chunked, long? length, int most)
{
    private const int LongestLine = 4096;
    private const int LongestTrailer = HttpExchange.MaxHeaderKilobytes * 1024;

    private readonly List<byte> _line = [];
    private byte[] _content = new byte[(int)Math.Min(most, Math.Min(length ?? long.MaxValue, 16 * 1024))];
    private int _count;
    private long _left = chunked ? 0 : length ?? long.MaxValue;
    private int _trailer;
    private Part _part = chunked ? Part.Size : Part.Data;

    private enum Part
    {
        Size,
        Data,
        DataEnd,
        Trailer,
    }

    /// <summary>What was read of it.</summary>
    public ReadOnlyMemory<byte> Content => _content.AsMemory(0, _count);

    /// <summary>The connection has ended.</summary>
    public ReplyState Ended() => !chunked && length is null ? ReplyState.Complete : ReplyState.CutOff;

    /// <summary>Takes what came.</summary>
    public ReplyState Take(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (_part == Part.Data)
            {
                Keep(ref bytes);
                if (_count == most || (_left == 0 && !chunked))
                {
                    return ReplyState.Complete;
                }

                if (_left > 0)
                {
                    return ReplyState.Unfinished;
                }

                _part = Part.DataEnd;
            }

            var end = bytes.IndexOf((byte)'\n');
            var limit = _part == Part.Trailer ? LongestTrailer : LongestLine;
            if (_line.Count + (end < 0 ? bytes.Length : end) > limit)
            {
                return ReplyState.Malformed;
            }

            _line.AddRange(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
            {
                return ReplyState.Unfinished;
            }

            bytes = bytes[(end + 1)..];
            if (Line() is var state and not ReplyState.Unfinished)
            {
                return state;
            }
        }
    }

    private void Keep(ref ReadOnlySpan<byte> bytes)
    {
        var count = (int)Math.Min(bytes.Length, Math.Min(_left, most - _count));
        if (_content.Length < _count + count)
        {
            Array.Resize(ref _content, (int)Math.Min(most, Math.Max(_count + count, _content.Length * 2L)));
        }

        bytes[..count].CopyTo(_content.AsSpan(_count));
        bytes = bytes[count..];
        _count += count;
        _left -= length is null && !chunked ? 0 : count;
    }

    private ReplyState Line()
    {
        if (_line.Count > 0 && _line[^1] == '\r')
        {
            _line.RemoveAt(_line.Count - 1);
        }

        var line = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_line);
        var part = _part;
        var state = part switch
        {
            Part.Size => Size(line),
            Part.DataEnd => line.IsEmpty ? ReplyState.Unfinished : ReplyState.Malformed,
            _ => line.IsEmpty ? ReplyState.Complete : (_trailer += line.Length) > LongestTrailer ? ReplyState.Malformed : ReplyState.Unfinished,
        };
        _part = part == Part.DataEnd ? Part.Size : _part;
        _line.Clear();
        return state;
    }

    // chunk-size [ chunk-ext ]; the last chunk has size 0.
    private ReplyState Size(ReadOnlySpan<byte> line)
    {
        if (!Utf8Parser.TryParse(line, out long size, out var read, 'x') || read > 15 || size < 0)
        {
            return ReplyState.Malformed;
        }

        var rest = line[read..].Trim(" \t"u8);
        if (!rest.IsEmpty && rest[0] != ';')
        {
            return ReplyState.Malformed;
        }

        (_left, _part) = (size, size == 0 ? Part.Trailer : Part.Data);
        return ReplyState.Unfinished;
    }
}
