using System.Net;
using DnsFailover.Core;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Builtin;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Builtin;

/// <summary>Short ways to start a server for <c>lb.example.com</c> and to write to it.</summary>
internal static class Zone
{
    public static readonly DnsName Name = DnsName.Parse("lb.example.com");
    public static readonly DnsName Api = DnsName.Parse("api.lb.example.com");
    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);

    public static BuiltinOptions Options(IPEndPoint? listen = null, params string[] nameServers) => new()
    {
        Zone = Name,
        Listen = listen ?? new IPEndPoint(IPAddress.Loopback, 0),
        NameServers = nameServers.ToValueList(),
    };

    public static Task<BuiltinProvider> StartAsync(
        BuiltinOptions? options = null, IReadOnlyCollection<DnsName>? declared = null, string? directory = null, Func<int, int>? random = null, ILoggerFactory? loggers = null) =>
        BuiltinProvider.StartAsync(
            options ?? Options(), declared ?? [], directory, random ?? Random.Shared.Next, TimeProvider.System, loggers ?? NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    public static RecordSet Set(string name, RecordType type, params string[] values) => RecordSet.Create(DnsName.Parse(name), type, Ttl, values);

    public static RecordSet Weighted(string name, RecordType type, params (string Data, int Weight)[] values) =>
        RecordSet.Create(DnsName.Parse(name), type, Ttl, values.Select(value => new RecordValue(value.Data, value.Weight)));

    /// <summary>Writes sets of one name, whatever is there.</summary>
    public static async Task<NameRecords> WriteAsync(BuiltinProvider provider, params RecordSet[] sets)
    {
        var before = await provider.ReadAsync(sets[0].Name, TestContext.Current.CancellationToken);
        return await provider.ApplyAsync(Change(before, sets), TestContext.Current.CancellationToken);
    }

    /// <summary>The change from what was read to these sets.</summary>
    public static ChangeSet Change(NameRecords before, params RecordSet[] sets) =>
        new(1, before.Name, sets.OrderBy(set => set.Type).Select(set => new RecordChange(before[set.Type], set)).ToValueList());
}
