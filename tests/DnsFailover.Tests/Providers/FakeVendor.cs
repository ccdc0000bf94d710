using System.Net;
using System.Text;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Builtin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Providers;

/// <summary>What goes wrong with a request.</summary>
internal sealed record FakeTrouble
{
    /// <summary>Answered with this instead of being carried out.</summary>
    public int? Status { get; init; }

    /// <summary>Carried out, and then answered with this: a gateway gave up.</summary>
    public int? StatusAfterwards { get; init; }

    /// <summary>Carried out, and then the connection ends without a reply.</summary>
    public bool LosesReply { get; init; }

    /// <summary>Carried out, and then no reply ever comes.</summary>
    public bool KeepsSilent { get; init; }

    /// <summary>Sent along.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>Sent as the body.</summary>
    public string Body { get; init; } = """{"message":"internal server error"}""";
}

/// <summary>A request as a fake sees it.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, decoded.</param>
/// <param name="Query">Its query, in order.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its body, empty where it has none.</param>
internal sealed record FakeRequest(string Method, string Path, IReadOnlyList<KeyValuePair<string, string>> Query, IHeaderDictionary Headers, string Body)
{
    /// <summary>The first parameter of this name; null where there is none.</summary>
    public string? Parameter(string name) => Query.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();
}

/// <summary>A reply of a fake.</summary>
internal sealed record FakeReply(int Status, string Body)
{
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public string ContentType { get; init; } = "application/json";
}

/// <summary>
/// A vendor's API and its name servers on ports of 127.0.0.1. Derive it: what it takes and refuses is the derived class's,
/// taken in turns; that it listens, loses replies, counts calls and answers DNS queries with what it holds is this one's.
/// </summary>
internal abstract class FakeVendor : IAsyncDisposable
{
    private readonly DnsName _apex;
    private readonly WebApplication _app;
    private readonly DnsListener _dns;
    private readonly Lock _lock = new();
    private readonly List<string> _breaches = [];
    private readonly List<string> _calls = [];
    private readonly TaskCompletionSource _end = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    protected FakeVendor(string apex)
    {
        _apex = DnsName.Parse(apex);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(ServeAsync);
        var responder = new ZoneResponder(Snapshot, Random.Shared.Next, TimeProvider.System, NullLogger.Instance);
        _dns = new DnsListener(SocketPair.Bind(new IPEndPoint(IPAddress.Loopback, 0)), responder.Answer, TimeProvider.System, NullLogger.Instance);
    }

    /// <summary>Where it listens, without a path.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>Answers queries for A, AAAA and CNAME with what is published.</summary>
    public IPEndPoint NameServer => _dns.EndPoint;

    /// <summary>What goes wrong with a request; null when nothing does.</summary>
    public Func<FakeRequest, FakeTrouble?> Trouble { get; set; } = _ => null;

    /// <summary>The calls so far: method and path.</summary>
    public IReadOnlyList<string> Calls => Locked(() => _calls.ToArray());

    public void ForgetCalls() => Locked(() =>
    {
        _calls.Clear();
        return 0;
    });

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _app.StartAsync(cancellationToken);
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await _app.DisposeAsync();
        await _dns.DisposeAsync();
        _turn.Dispose();
        Assert.True(_breaches.Count == 0, string.Join(Environment.NewLine, _breaches.Distinct()));
    }

    /// <summary>Carries out a request, or refuses it as the vendor does. Requests take turns.</summary>
    protected abstract FakeReply Answer(FakeRequest request);

    /// <summary>What its name servers answer.</summary>
    protected abstract IEnumerable<(string Name, string Type, int Ttl, string Value)> Published();

    /// <summary>What the vendor would not accept of a request, though it carries it out here; each fails the test at the end.</summary>
    protected virtual IEnumerable<string> BreachesIn(FakeRequest request) => [];

    /// <summary>What of a reply is not as the vendor documents it; each fails the test at the end.</summary>
    protected virtual IEnumerable<string> BreachesIn(FakeRequest request, FakeReply reply) => [];

    /// <summary>Does something while no request is served.</summary>
    protected T Locked<T>(Func<T> act)
    {
        lock (_lock)
        {
            return act();
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var query = context.Request.Query.SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? string.Empty))).ToList();
        var request = new FakeRequest(context.Request.Method, context.Request.Path.Value!, query, context.Request.Headers, body);
        var trouble = Trouble(request);
        var reply = await InTurnAsync(() => Take(request, trouble));
        if (trouble is { KeepsSilent: true })
        {
            await _end.Task;
        }

        if (trouble is { LosesReply: true } or { KeepsSilent: true })
        {
            context.Abort();
            return;
        }

        foreach (var (name, value) in trouble?.Header is { } header ? reply.Headers.Append(header) : reply.Headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.StatusCode = reply.Status;
        if (reply.Status != StatusCodes.Status204NoContent)
        {
            context.Response.ContentType = reply.ContentType;
            await context.Response.WriteAsync(reply.Body, context.RequestAborted);
        }
    }

    /// <summary>Waits without a thread: hundreds of requests at once would else leave none for the client that sends them.</summary>
    private async Task<T> InTurnAsync<T>(Func<T> act)
    {
        await _turn.WaitAsync();
        try
        {
            return Locked(act);
        }
        finally
        {
            _turn.Release();
        }
    }

    private FakeReply Take(FakeRequest request, FakeTrouble? trouble)
    {
        _calls.Add($"{request.Method} {request.Path}");
        _breaches.AddRange(BreachesIn(request));
        if (trouble?.Status is { } early)
        {
            return new FakeReply(early, trouble.Body);
        }

        var reply = Answer(request);
        _breaches.AddRange(BreachesIn(request, reply));
        return trouble?.StatusAfterwards is { } late ? new FakeReply(late, trouble.Body) : reply;
    }

    private ZoneSnapshot Snapshot() => Locked(() =>
    {
        var steered = Published().Where(record => record.Type is "A" or "AAAA" or "CNAME");
        var names = steered.GroupBy(record => DnsName.Parse(record.Name)).Select(at => NameRecords.Create(at.Key, at.GroupBy(record => Enum.Parse<RecordType>(record.Type)).Select(set =>
            RecordSet.Create(at.Key, set.Key, TimeSpan.FromSeconds(set.Min(record => record.Ttl)), set.Select(record => record.Value).Take(set.Key == RecordType.CNAME ? 1 : int.MaxValue)))));
        return ZoneSnapshot.Create(ZoneApex.Create(_apex, ["ns1.example.net"], IPAddress.Any), 1, names, []);
    });
}
