using System.Net;
using System.Net.Sockets;
using DnsFailover.Configuration;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Builtin;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Control;

public sealed class ProviderDirectoryTests : IAsyncDisposable
{
    private readonly ProviderDirectory _directory = new(dataDirectory: null, TimeProvider.System, NullLoggerFactory.Instance);
    private readonly int _port = FreePort.Next();

    public ValueTask DisposeAsync() => _directory.DisposeAsync();

    [Fact]
    public async Task What_a_reload_does_not_change_is_kept_open()
    {
        await ReplaceAsync(File($"local: {Local(_port)}", "a.example.test"));
        var before = Provider("local");

        await ReplaceAsync(File($"local: {Local(_port)}", "b.example.test"));

        Assert.Same(before, Provider("local"));
        Assert.Equal([DnsName.Parse("b.example.test")], Declared("local"));
    }

    [Fact]
    public async Task A_builtin_server_can_be_renamed_by_a_reload_though_it_listens_where_it_did()
    {
        await ReplaceAsync(File($"local: {Local(_port)}"));

        await ReplaceAsync(File($"lan: {Local(_port)}"));

        Assert.Equal(_port, Provider("lan").EndPoint.Port);
        Assert.Throws<ProviderException>(() => _directory.Find("local"));
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_opened_leaves_no_trace()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var other = FreePort.Next();
        await ReplaceAsync(File($"kept: {Local(_port)}\n  moved: {Local(other, "moved.test")}", "a.example.test", provider: "kept"));

        var error = await Assert.ThrowsAsync<ProviderException>(() => ReplaceAsync(
            File($"kept: {Local(_port)}\n  moved: {Local(((IPEndPoint)taken.LocalEndpoint).Port, "moved.test")}", "b.example.test", provider: "kept")));

        Assert.Contains("cannot listen", error.Message, StringComparison.Ordinal);
        Assert.Equal([DnsName.Parse("a.example.test")], Declared("kept"));
        Assert.Equal(other, Provider("moved").EndPoint.Port);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, other, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_provider_that_lost_its_place_in_a_rejected_reload_is_opened_again_by_the_next()
    {
        await ReplaceAsync(File($"local: {Local(_port)}"));
        var before = Provider("local");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        // The change to another port is called off in the middle: whatever the reason, the old one serves again.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _directory.ReplaceAsync(File($"local: {Local(FreePort.Next())}"), cancelled.Token));

        Assert.NotSame(before, Provider("local"));
        Assert.Equal(_port, Provider("local").EndPoint.Port);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_closed_builtin_server_writes_nothing_any_more()
    {
        await ReplaceAsync(File($"local: {Local(_port)}"));
        var closed = Provider("local");
        var name = DnsName.Parse("a.example.test");
        await ReplaceAsync(File($"local: {Local(FreePort.Next())}"));

        var error = await Assert.ThrowsAsync<ProviderException>(() => closed.ApplyAsync(
            new DnsFailover.Core.Records.ChangeSet(1, name, [new RecordChange(null, Sample.Records(name, Sample.Active)[RecordType.A]!)]), TestContext.Current.CancellationToken));

        Assert.Equal(DnsFailover.Core.Control.ProviderFailure.Transient, error.Failure);
    }

    private static string Local(int port, string zone = "example.test") => $$"""{ type: builtin, zone: {{zone}}, listen: "127.0.0.1:{{port}}" }""";

    private static DaemonConfiguration File(string providers, string service = "a.example.test", string? provider = null) =>
        Files.Valid($$"""
            providers:
              {{providers}}
            services:
              - name: {{service}}
                {{(provider is null ? "check: web" : $"provider: {provider}\n    check: web")}}
                endpoints:
                  - {name: a, addresses: [127.0.0.1]}
                  - {name: b, addresses: [127.0.0.2]}
            checks:
              web: {type: tcp, port: 1}
            """).Configuration!;

    private Task ReplaceAsync(DaemonConfiguration configuration) => _directory.ReplaceAsync(configuration, TestContext.Current.CancellationToken);

    private BuiltinProvider Provider(string name) => Assert.IsType<BuiltinProvider>(_directory.Find(name).Provider);

    private IEnumerable<DnsName> Declared(string name) =>
        new[] { "a.example.test", "b.example.test" }.Select(DnsName.Parse).Where(candidate => Provider(name).Zone.Find(DnsFailover.Dns.WireName.From(candidate), out _) == NameKind.Awaited);
}
