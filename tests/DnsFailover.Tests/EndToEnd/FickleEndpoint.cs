namespace DnsFailover.Tests.EndToEnd;

/// <summary>An endpoint that fails and recovers, and when it did.</summary>
internal sealed class FickleEndpoint(WebEndpoint web) : IAsyncDisposable
{
    private readonly List<(DateTimeOffset From, DateTimeOffset? Until)> _outages = [];
    private bool _refuses;

    /// <summary>Its address.</summary>
    public string Address { get; } = web.Address.ToString();

    /// <summary>Whether it works now.</summary>
    public bool Works { get; private set; } = true;

    /// <summary>Its line in failover.yaml.</summary>
    public string Yaml(string name) => web.Yaml(name);

    /// <summary>It fails from now on: it refuses connections, or it answers 503.</summary>
    public async Task FailAsync(bool refuse)
    {
        if (!Works)
        {
            return;
        }

        (Works, _refuses) = (false, refuse);
        _outages.Add((DateTimeOffset.UtcNow, null));
        web.Status = 503;
        if (refuse)
        {
            await web.KillAsync();
        }
    }

    /// <summary>It works from now on.</summary>
    public async Task WorkAsync()
    {
        if (Works)
        {
            return;
        }

        web.Status = 200;
        if (_refuses)
        {
            await web.StartAsync();
        }

        Works = true;
        _outages[^1] = (_outages[^1].From, DateTimeOffset.UtcNow);
    }

    /// <summary>Whether it failed at some moment of this time.</summary>
    public bool FailedWithin(DateTimeOffset from, DateTimeOffset until) => _outages.Exists(outage => outage.From <= until && !(outage.Until < from));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => web.DisposeAsync();
}
