using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using DnsFailover.Core.Control;
using DnsFailover.Providers;
using DnsFailover.Providers.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Http;

public sealed class ApiClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Retry-After: 17", 17)]
    [InlineData("Retry-After: Thu, 01 Jan 2026 00:00:40 GMT", 40)]
    [InlineData("Retry-After: Thu, 01 Jan 2015 00:00:40 GMT", 0)]
    [InlineData("Retry-After: 99999999", 3600)]
    [InlineData("Ratelimit: \"default\";r=0;t=30", 30)]
    [InlineData("Ratelimit: \"burst\";r=0;t=5, \"default\";r=0;t=30", 30)]
    [InlineData("Ratelimit: \"default\";r=50;t=30", null)]
    [InlineData("Ratelimit: nonsense", null)]
    [InlineData("Retry-After: soon", null)]
    public void Headers_say_how_long_to_wait(string header, int? seconds)
    {
        using var response = new HttpResponseMessage();
        var colon = header.IndexOf(':', StringComparison.Ordinal);
        response.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 2)..]);

        var wait = RetryHint.Of(response.Headers, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(seconds, wait?.TotalSeconds);
    }

    [Fact]
    public async Task A_request_says_who_it_is_and_carries_no_more()
    {
        Dictionary<string, string> headers = [];
        await using var server = await ServeAsync(context =>
        {
            headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString());
            context.Response.Cookies.Append("session", "1");
            return Task.CompletedTask;
        });
        using var client = Client();

        await client.SendAsync(new ApiCall(HttpMethod.Get, Address(server), "it"), Token);
        await client.SendAsync(new ApiCall(HttpMethod.Get, Address(server), "it"), Token);

        Assert.StartsWith("dnsfailover/", headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal("Bearer t", headers["Authorization"]);
        Assert.False(headers.ContainsKey("Cookie"));
        Assert.False(headers.ContainsKey("traceparent"));
    }

    [Theory]
    [InlineData(false, ProviderFailure.Transient)]
    [InlineData(true, ProviderFailure.Ambiguous)]
    public async Task A_reply_that_is_too_long_is_not_read_whole(bool writes, ProviderFailure expected)
    {
        await using var server = await ServeAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var bomb = new GZipStream(context.Response.Body, CompressionLevel.Optimal);
            for (var i = 0; i < 1000; i++)
            {
                await bomb.WriteAsync(new byte[1024 * 1024], context.RequestAborted);
            }
        });
        using var client = Client();

        var failure = await Assert.ThrowsAsync<ProviderException>(() => client.SendAsync(new ApiCall(HttpMethod.Post, Address(server), "it") { Writes = writes, LargestReply = 1024 * 1024 }, Token));

        Assert.Equal(expected, failure.Failure);
        Assert.Contains("longer than 1048576 bytes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_to_a_server_without_TLS_was_not_sent()
    {
        await using var server = await ServeAsync(_ => Task.CompletedTask);
        using var client = Client();

        var failure = await Assert.ThrowsAsync<ProviderException>(() => client.SendAsync(new ApiCall(HttpMethod.Post, new UriBuilder(Address(server)) { Scheme = "https" }.Uri, "it") { Writes = true }, Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Contains("nothing was sent", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, ProviderFailure.Transient)]
    [InlineData(true, ProviderFailure.Ambiguous)]
    public async Task A_write_on_a_connection_that_ends_may_have_been_carried_out_and_is_not_repeated(bool writes, ProviderFailure expected)
    {
        var requests = 0;
        await using var server = await ServeAsync(context =>
        {
            if (Interlocked.Increment(ref requests) > 1)
            {
                context.Abort(); // on a connection that has been used before, where the framework would try again
            }

            return Task.CompletedTask;
        });
        using var client = Client();
        var call = new ApiCall(HttpMethod.Post, Address(server), "it") { Writes = writes, Body = "{}"u8.ToArray() };
        await client.SendAsync(call, Token);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => client.SendAsync(call, Token));

        Assert.Equal(expected, failure.Failure);
        Assert.Equal(2, requests);
    }

    [Fact]
    public async Task The_callers_cancellation_is_passed_on_as_such()
    {
        var arrived = new TaskCompletionSource();
        await using var server = await ServeAsync(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var client = Client();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var call = client.SendAsync(new ApiCall(HttpMethod.Get, Address(server), "it"), cancel.Token);
        await arrived.Task;
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    private static ApiClient Client() => new(
        "X",
        TimeSpan.FromSeconds(20),
        (request, _, _) =>
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "t");
            return ValueTask.CompletedTask;
        },
        TimeProvider.System);

    private static Uri Address(WebApplication server) => new(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Token);
        return app;
    }
}
