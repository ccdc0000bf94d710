namespace DnsFailover.Tests.Providers;

/// <summary>One BIND for all tests of a class, which use different names in its zone. It starts with the first of them.</summary>
public sealed class NamedFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1, 1);
    private NamedServer? _server;

    /// <summary>The server; skips the test where BIND is not installed.</summary>
    public async Task<NamedServer> GetAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            return _server ??= await NamedServer.StartAsync("example.test", Options, cancellationToken);
        }
        finally
        {
            _once.Release();
        }
    }

    private static NamedOptions Options { get; } = new()
    {
        Records = """
            alias IN CNAME target
            target IN A 192.0.2.10
            target IN AAAA 2001:db8::10
            dangling IN CNAME nowhere
            *.wild IN A 192.0.2.99
            child IN NS ns.child
            ns.child IN A 127.0.0.1
            kinds IN MX 10 target
            kinds IN TXT "one" "two words"
            """,
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _once.Dispose();
    }
}
