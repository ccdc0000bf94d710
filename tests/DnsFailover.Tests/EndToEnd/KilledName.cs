using System.Globalization;
using DnsFailover.Tests.Providers;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>A name that is watched without a pause, and its endpoints, which fail and recover as chance has it; one of them always works.</summary>
internal sealed class KilledName : IAsyncDisposable
{
    private const int Endpoints = 3;

    private readonly Random _random;
    private readonly List<FickleEndpoint> _endpoints = [];
    private NameWatch _watch = null!;

    private KilledName(int number, Random random) => (Name, _random) = ($"{Label(number)}.example.test", random);

    /// <summary>It.</summary>
    public string Name { get; }

    /// <summary>In order of preference.</summary>
    public IReadOnlyList<FickleEndpoint> All => _endpoints;

    /// <summary>The address that it should end at.</summary>
    public string Best => _endpoints.First(endpoint => endpoint.Works).Address;

    /// <summary>What it was last seen to hold.</summary>
    public string Answer => _watch.Seen[^1].Text;

    /// <summary>How many answers were seen that differ from the one before.</summary>
    public int Answers => _watch.Seen.Count;

    /// <summary>The last answers, for the one who reads a failed test.</summary>
    public string Story => $"{Name} was {string.Join(" | ", _watch?.Answers.TakeLast(20) ?? [])}";

    /// <summary>The zone's records of so many names: each begins at its first endpoint.</summary>
    public static string Records(int names) => string.Join('\n', Enumerable.Range(0, names).Select(number => $"{Label(number)} 42 IN A {Address(number, 0)}"));

    /// <summary>Starts its endpoints and watches it.</summary>
    public static async Task<KilledName> StartAsync(NamedServer named, int number, Random random)
    {
        var name = new KilledName(number, random);
        try
        {
            for (var endpoint = 0; endpoint < Endpoints; endpoint++)
            {
                name._endpoints.Add(new FickleEndpoint(await WebEndpoint.StartAsync(Address(number, endpoint))));
            }

            name._watch = await NameWatch.StartAsync(named.EndPoint, name.Name, pause: TimeSpan.FromMilliseconds(10));
            return name;
        }
        catch
        {
            await name.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its entry in failover.yaml.</summary>
    public string Yaml(TimeSpan minActiveTime) => $$"""
          - name: {{Name}}
            rise: 1
            fall: 2
            minActiveTime: {{minActiveTime.TotalMilliseconds}}ms
            endpoints:
              - {{string.Join("\n      - ", _endpoints.Select((endpoint, place) => endpoint.Yaml($"e{place}")))}}
        """;

    /// <summary>Waits until it holds this.</summary>
    public Task ShowsAsync(string address, Func<string> more) => _watch.ShowsAsync(address, more);

    /// <summary>What has the traffic fails.</summary>
    public Task BreakAsync() => FailAsync(_endpoints.FindIndex(endpoint => endpoint.Address == Answer));

    /// <summary>Perhaps one endpoint recovers, perhaps one fails.</summary>
    public async Task ShuffleAsync()
    {
        if (_random.Next(2) == 0)
        {
            await _endpoints[_random.Next(Endpoints)].WorkAsync();
        }

        if (_random.Next(3) == 0)
        {
            await FailAsync(_random.Next(Endpoints));
        }
    }

    /// <summary>It was never without an answer, and never had one that is not an endpoint's.</summary>
    public void AssertAnswers()
    {
        var possible = _endpoints.ConvertAll(endpoint => endpoint.Address);
        Assert.All(_watch.Answers, answer => Assert.Contains(answer, possible));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_watch is not null)
        {
            await _watch.DisposeAsync();
        }

        foreach (var endpoint in _endpoints)
        {
            await endpoint.DisposeAsync();
        }
    }

    private static string Label(int number) => string.Create(CultureInfo.InvariantCulture, $"killed{number}");

    private static string Address(int number, int endpoint) => string.Create(CultureInfo.InvariantCulture, $"127.0.{50 + number}.{1 + endpoint}");

    private async Task FailAsync(int index)
    {
        if (!_endpoints.Where((_, other) => other != index).Any(endpoint => endpoint.Works))
        {
            await _endpoints[(index + 1 + _random.Next(Endpoints - 1)) % Endpoints].WorkAsync();
        }

        await _endpoints[index].FailAsync(refuse: _random.Next(2) == 0);
    }
}
