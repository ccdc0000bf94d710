using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using DnsFailover.Api;

namespace DnsFailover.Tests.Api;

/// <summary>Speaks plain HTTP to the socket of a daemon, as curl --unix-socket would.</summary>
internal sealed class DaemonSocket(string data) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(ControlSocket.PathIn(data)), token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://daemon/api/v1/"),
    };

    /// <summary>Asks, and gives the status code and the JSON.</summary>
    public async Task<(int Status, string Type, JsonElement Body)> AskAsync(string method, string address, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? string.Empty, JsonDocument.Parse(text).RootElement);
    }

    /// <summary>The metrics, as text.</summary>
    public Task<string> MetricsAsync() => _http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

    /// <summary>Asks for what is refused, and gives the status code and the sentence.</summary>
    public async Task<(int Status, string Detail)> RefusedAsync(string method, string address, string? body = null)
    {
        var (status, type, problem) = await AskAsync(method, address, body);
        Assert.Equal("application/problem+json", type);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        return (status, problem.GetProperty("detail").GetString()!);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
