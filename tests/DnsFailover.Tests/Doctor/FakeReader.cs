using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Builtin;

namespace DnsFailover.Tests.Doctor;

/// <summary>A provider that shows what a test says, and has no way to write.</summary>
internal sealed class FakeReader : IRecordReader
{
    public ProviderCapabilities Capabilities { get; init; } = BuiltinOptions.Capabilities with { OwnsRecords = false, OwnerMarks = true, SmallestTtl = TimeSpan.FromSeconds(30) };

    public Func<DnsName, Task<NameRecords>> Records { get; init; } = name => Task.FromResult(NameRecords.Create(name, []));

    public Func<IReadOnlyList<IPEndPoint>> Servers { get; init; } = () => [];

    public Func<CancellationToken, Task<IReadOnlyList<Finding>>> Findings { get; init; } = _ => Task.FromResult<IReadOnlyList<Finding>>([Finding.Good("credential", "it is taken")]);

    public string? NotVerifiable { get; init; }

    public TimeSpan? ClockSkew { get; init; }

    public Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken) => Records(name);

    public Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken) => Task.FromResult(Servers());

    public string? WhyNotVerifiable(DnsName name) => NotVerifiable;

    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => Findings(cancellationToken);
}
