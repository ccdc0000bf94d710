using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DnsFailover.Api;
using DnsFailover.Configuration;

namespace DnsFailover.Cli;

/// <summary>Where a command finds the daemon: the options <c>--data</c> and <c>--config</c>.</summary>
internal sealed record DaemonPlace(string? Config, string? Data);

/// <summary>The daemon took the request and did not do it. The message says why.</summary>
internal sealed class RefusedException(string message) : Exception(message);

/// <summary>Asks the daemon that runs on this machine, at the socket in its data directory.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>Longer than the daemon itself takes for any answer.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly string _socket;
    private readonly HttpClient _http;

    private ControlClient(string socket)
    {
        _socket = socket;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri("http://dnsfailover/api/v1/"),
            Timeout = Bound,
        };
    }

    /// <summary>The daemon of a data directory; nothing is asked yet.</summary>
    /// <exception cref="BadInputException">It cannot be told which data directory is meant.</exception>
    public static ControlClient Of(DaemonPlace place)
    {
        if (place.Data is { } data)
        {
            return new ControlClient(ControlSocket.PathIn(data));
        }

        var directory = DataDirectoryLookup.Find(ConfigurationFile.Locate(place.Config), ProcessSurroundings.Instance, out var complaint);
        return directory is not null
            ? new ControlClient(ControlSocket.PathIn(directory))
            : throw new BadInputException($"{complaint}\nThe data directory of the daemon is not known without it: give it with --data");
    }

    /// <summary>Reads.</summary>
    /// <exception cref="BadInputException">There is no daemon, or there is no such thing.</exception>
    /// <exception cref="RefusedException">It cannot say.</exception>
    public Task<T> GetAsync<T>(string address, JsonTypeInfo<T> type, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, address, content: null, type, cancellationToken);

    /// <summary>Says that something begins.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<CommandReplyDocument> PostAsync(string address, CommandDocument body, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(body, RequestContext.Default.CommandDocument, new MediaTypeHeaderValue("application/json"));
        return await SendAsync(HttpMethod.Post, address, content, ReplyContext.Default.CommandReplyDocument, cancellationToken);
    }

    /// <summary>Asks for something.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<TReply> PostAsync<TBody, TReply>(string address, TBody body, JsonTypeInfo<TBody> type, JsonTypeInfo<TReply> reply, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(body, type, new MediaTypeHeaderValue("application/json"));
        return await SendAsync(HttpMethod.Post, address, content, reply, cancellationToken);
    }

    /// <summary>Says that something ends.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public Task<CommandReplyDocument> DeleteAsync(string address, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, address, content: null, ReplyContext.Default.CommandReplyDocument, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string address, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return (await response.Content.ReadFromJsonAsync(type, cancellationToken))!;
            }

            var problem = await response.Content.ReadFromJsonAsync(ReplyContext.Default.ProblemDocument, cancellationToken);
            throw response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.RequestEntityTooLarge
                ? new BadInputException(problem!.Detail)
                : new RefusedException(problem!.Detail);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException cause)
        {
            throw new BadInputException(NotReached(_socket, cause.SocketErrorCode), e);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new RefusedException($"the daemon at {_socket} gave no answer that is understood ({e.Message.TrimEnd('.')}); its log may say more, and 'dnsfailover status' whether it took what was said");
        }
    }

    /// <summary>Why there is no daemon, and what to do.</summary>
    internal static string NotReached(string socket, SocketError error) => error switch
    {
        SocketError.AccessDenied => $"{socket} belongs to another user: run this as the user of the daemon, for example with sudo -u",
        SocketError.ConnectionRefused => $"nobody answers at {socket}, which was left by a daemon that did not end by itself: start it again with 'dnsfailover run'",
        _ => $"no dnsfailover runs with this data directory, or it belongs to another user: there is no {socket}. Start it with 'dnsfailover run', run this as its user, or give its data directory with --data",
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (ArgumentOutOfRangeException)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.AddressNotAvailable); // too long a path: no daemon listens there either
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
