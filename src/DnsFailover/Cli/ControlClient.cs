using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DnsFailover.Api;
using DnsFailover.Configuration;

namespace DnsFailover.Cli;

/// <summary>Where a command finds the daemon: the options <c>--data</c> and <c>--config</c>, or <c>--server</c> with <c>--token-file</c>.</summary>
internal sealed record DaemonPlace(string? Config, string? Data, string? Server = null, string? TokenFile = null);

/// <summary>The daemon took the request and did not do it. The message says why.</summary>
internal sealed class RefusedException(string message) : Exception(message);

/// <summary>Asks a daemon: the one that runs on this machine, at the socket in its data directory, or one elsewhere.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>Where the token for a daemon elsewhere is looked for: a command line is seen by everybody on the machine.</summary>
    public const string TokenVariable = "DNSFAILOVER_TOKEN";

    private const string Root = "api/v1/";

    /// <summary>Longer than the daemon itself takes for any answer.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly string _place;
    private readonly bool _isSocket;
    private readonly HttpClient _http;

    private ControlClient(string socket)
    {
        (_place, _isSocket) = (socket, true);
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri("http://dnsfailover/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    private ControlClient(Uri server, string? token)
    {
        _place = server.GetLeftPart(UriPartial.Path);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = !server.IsLoopback, AllowAutoRedirect = false }) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>The daemon that is meant; nothing is asked yet.</summary>
    /// <exception cref="BadInputException">It cannot be told which is meant.</exception>
    public static ControlClient Of(DaemonPlace place)
    {
        if (place.Server is { } server)
        {
            return place.Data is null
                ? new ControlClient(Address(server), Token(place.TokenFile))
                : throw new BadInputException("--server and --data exclude each other: a daemon elsewhere has its data elsewhere too");
        }

        if (place.TokenFile is not null)
        {
            throw new BadInputException("--token-file goes with --server: the daemon on this machine asks for no token");
        }

        if (place.Data is { } data)
        {
            return new ControlClient(ControlSocket.PathIn(data));
        }

        var directory = DataDirectoryLookup.Find(ConfigurationFile.Locate(place.Config), ProcessSurroundings.Instance, out var complaint);
        return directory is not null
            ? new ControlClient(ControlSocket.PathIn(directory))
            : throw new BadInputException($"{complaint}\nThe data directory of the daemon is not known without it: give it with --data");
    }

    /// <summary>True when the daemon says that it lives, within a bound; else why not.</summary>
    public async Task<(bool Lives, string Why)> LivesAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        until.CancelAfter(bound);
        try
        {
            using var response = await _http.GetAsync("healthz/live", HttpCompletionOption.ResponseHeadersRead, until.Token);
            return (response.IsSuccessStatusCode, $"{_place} answers with status {(int)response.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return (false, $"nobody answers at {_place} ({e.Message})");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, $"{_place} does not answer within {Core.Text.Of(bound)}");
        }
    }

    /// <summary>Waits until anything changes.</summary>
    /// <param name="address">The stream.</param>
    /// <param name="changed">Is called for each event with its name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HttpRequestException">The connection broke.</exception>
    /// <inheritdoc cref="GetAsync"/>
    public async Task WatchAsync(string address, Action<string> changed, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Root + address);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            await ThrowAsync(response, cancellationToken);
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                changed(line["event: ".Length..]);
            }
        }
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
        using var request = new HttpRequestMessage(method, Root + address) { Content = content };
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Bound);
        try
        {
            using var response = await _http.SendAsync(request, bound.Token);
            if (!response.IsSuccessStatusCode)
            {
                await ThrowAsync(response, bound.Token);
            }

            return (await response.Content.ReadFromJsonAsync(type, bound.Token))!;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException cause)
        {
            throw new NotReachedException(_isSocket ? NotReached(_place, cause.SocketErrorCode) : $"no daemon answers at {_place} ({e.Message.TrimEnd('.')}): look at the address given with --server, and at 'api.listen' of that daemon", e);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new RefusedException($"the daemon at {_place} gave no answer that is understood ({e.Message.TrimEnd('.')}); its log may say more, and 'dnsfailover status' whether it took what was said");
        }
    }

    private static async Task ThrowAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await response.Content.ReadFromJsonAsync(ReplyContext.Default.ProblemDocument, cancellationToken);
        throw response.StatusCode switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.RequestEntityTooLarge => new BadInputException(problem!.Detail),
            HttpStatusCode.Unauthorized => new RefusedException($"{problem!.Detail}. This command takes it from ${TokenVariable} or --token-file"),
            _ => new RefusedException(problem!.Detail),
        };
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text.EndsWith('/') ? text : $"{text}/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Query.Length == 0 && address.UserInfo.Length == 0
            ? address
            : throw new BadInputException($"--server: '{text}' is no address of a daemon; expected one such as http://127.0.0.1:8053 or https://dns.example.com");

    private static string? Token(string? file)
    {
        try
        {
            var token = (file is null ? Environment.GetEnvironmentVariable(TokenVariable) : File.ReadAllText(file))?.Trim();
            return token is not { Length: > 0 } ? null
                : token.All(c => c is > ' ' and <= '~') ? token
                : throw new BadInputException($"the token in {file ?? $"${TokenVariable}"} has blanks or other characters that a token cannot have");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"--token-file: {file} cannot be read: {e.Message.TrimEnd('.')}");
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
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_place), cancellationToken);
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
