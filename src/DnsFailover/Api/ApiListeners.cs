using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Api;

/// <summary>
/// The addresses at which the API is reached over the network, each with a door of its own, so that a reload opens and closes
/// them one by one: the new ones first, and the old ones stay when a new one cannot be had.
/// </summary>
internal sealed partial class ApiListeners(HttpApi api, Doorkeeper door, ILoggerFactory loggers) : IAsyncDisposable
{
    private const int MostConnections = 256;

    private readonly ILogger _logger = loggers.CreateLogger<ApiListeners>();
    private readonly Dictionary<IPEndPoint, ApiServer> _open = [];

    /// <summary>Where it is reached, with the ports that were taken for 0.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _open.Values.SelectMany(app => app.Urls).Select(url => new Uri(url))];

    /// <summary>Listens where failover.yaml says. Where nobody has said anything, a place that is taken is done without.</summary>
    /// <exception cref="ApiListenException">A place that is written down cannot be had; none is listened at.</exception>
    public async Task OpenAsync(ApiOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(options.Listen, cancellationToken);
        }
        catch (ApiListenException e) when (options.IsDefault)
        {
            LogDoesWithout(e.Message);
        }
    }

    /// <summary>Listens where a new configuration says; when it cannot, everything stays as it is, which is logged.</summary>
    public async Task ReplaceAsync(ApiOptions options, CancellationToken cancellationToken)
    {
        door.Replace(options);
        var missing = options.Listen.Where(place => !_open.ContainsKey(place)).ToList();
        try
        {
            await OpenAsync(missing, cancellationToken);
        }
        catch (ApiListenException e)
        {
            if (options.IsDefault && _open.Count == 0)
            {
                LogDoesWithout(e.Message);
            }
            else
            {
                LogStays(e.Message, _open.Count == 0 ? "nowhere" : string.Join(" and ", _open.Keys));
            }

            return;
        }

        foreach (var (place, app) in _open.Where(pair => !options.Listen.Contains(pair.Key)).ToList())
        {
            _open.Remove(place);
            await app.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_open.Values.Select(server => server.DisposeAsync().AsTask()));
        _open.Clear();
    }

    /// <summary>All of them or none.</summary>
    private async Task OpenAsync(IReadOnlyList<IPEndPoint> places, CancellationToken cancellationToken)
    {
        var opened = new List<IPEndPoint>();
        try
        {
            foreach (var place in places)
            {
                _open[place] = await StartAsync(place, cancellationToken);
                opened.Add(place);
            }
        }
        catch
        {
            foreach (var place in opened)
            {
                _open.Remove(place, out var app);
                await app!.DisposeAsync();
            }

            throw;
        }

        foreach (var place in opened)
        {
            LogListens(string.Join(", ", _open[place].Urls));
        }
    }

    private async Task<ApiServer> StartAsync(IPEndPoint place, CancellationToken cancellationToken)
    {
        try
        {
            return await ApiServer.OpenAsync(api, door.Admit, options => options.Listen(place), MostConnections, loggers, transport: null, cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            throw new ApiListenException($"the API cannot be reached at {place}: {Why(e, place)}; choose another address with 'api: {{listen: …}}' in failover.yaml, or switch it off with 'api: off'", e);
        }
    }

    private static string Why(Exception e, IPEndPoint place)
    {
        var cause = e;
        while (cause is not SocketException && cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return (cause as SocketException)?.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => "another program listens there",
            SocketError.AccessDenied => $"this user may not listen at port {place.Port}",
            SocketError.AddressNotAvailable => "this machine has no such address",
            _ => cause.Message.TrimEnd('.'),
        };
    }

    [LoggerMessage(8002, LogLevel.Information, "The API and the status page are at {Urls}")]
    private partial void LogListens(string urls);

    [LoggerMessage(8003, LogLevel.Warning, "There is no status page and no API over the network: {Why}")]
    private partial void LogDoesWithout(string why);

    [LoggerMessage(8004, LogLevel.Error, "The new configuration is in effect, except that {Why}. It is still reached at {Places}")]
    private partial void LogStays(string why, string places);
}
