using BenchmarkDotNet.Attributes;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Benchmarks.Functions;

/// <summary>Messages of DNS, to bytes and back: a query, and an answer with four addresses.</summary>
public class DnsFunctions
{
    private readonly byte[] _buffer = new byte[1232];
    private DnsMessage _query = null!;
    private DnsMessage _answer = null!;
    private byte[] _queryBytes = null!;
    private byte[] _answerBytes = null!;

    [GlobalSetup]
    public void Prepare()
    {
        var name = DnsName.Parse("api.example.com");
        _query = DnsMessage.Query(name, DnsType.A, id: 1);
        _answer = new DnsMessage
        {
            Id = 1,
            Flags = DnsFlags.Response | DnsFlags.AuthoritativeAnswer,
            Questions = _query.Questions,
            Answers = [.. Enumerable.Range(1, 4).Select(number => new ResourceRecord(_query.Questions[0].Name, 30, new AddressData(System.Net.IPAddress.Parse($"192.0.2.{number}"))))],
        };
        _queryBytes = DnsMessageWriter.ToArray(_query);
        _answerBytes = DnsMessageWriter.ToArray(_answer);
    }

    /// <summary>A query to bytes.</summary>
    [Benchmark]
    public int EncodeQuery() => DnsMessageWriter.Write(_query, _buffer, out _);

    /// <summary>An answer to bytes.</summary>
    [Benchmark]
    public int EncodeAnswer() => DnsMessageWriter.Write(_answer, _buffer, out _);

    /// <summary>Bytes to a query.</summary>
    [Benchmark]
    public object DecodeQuery() => DnsMessageReader.Read(_queryBytes);

    /// <summary>Bytes to an answer.</summary>
    [Benchmark]
    public object DecodeAnswer() => DnsMessageReader.Read(_answerBytes);
}
