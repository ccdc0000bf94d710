using System.Net;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Builtin;

/// <summary>
/// Reads the kept zone of a daemon, which may be running, and touches nothing. A daemon that keeps its zone in memory
/// cannot be read like this; then the zone looks empty.
/// </summary>
internal sealed class BuiltinZoneReader(BuiltinOptions options, string? dataDirectory, TimeProvider time) : IRecordReader
{
    /// <inheritdoc/>
    public ProviderCapabilities Capabilities => BuiltinOptions.Capabilities;

    /// <inheritdoc/>
    public Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var records = dataDirectory is null ? [] : ZoneFile.Peek(dataDirectory, options.Zone);
        return Task.FromResult(records.FirstOrDefault(kept => kept.Name == name) ?? NameRecords.Create(name, []));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<IPEndPoint>>([options.Listen]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) => new BuiltinExamination(options, dataDirectory, time).RunAsync(cancellationToken);
}
