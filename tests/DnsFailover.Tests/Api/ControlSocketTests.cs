using System.Globalization;
using System.Net.Sockets;
using DnsFailover.Api;
using DnsFailover.Core.Operations;
using DnsFailover.Tests.EndToEnd;

namespace DnsFailover.Tests.Api;

/// <summary>The socket in the data directory and what is said at it.</summary>
public sealed class ControlSocketTests
{
    private const string Name = "api.go.test";

    [Fact]
    public async Task The_socket_is_its_owners_alone_and_gone_when_the_daemon_has_stopped()
    {
        using var place = new Workplace();
        place.Write(Yaml());
        var path = ControlSocket.PathIn(place.Data);
        await using (await RunningDaemon.StartAsync(place.Config, place.Data))
        {
            Assert.True(File.Exists(path));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            }
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_socket_that_was_left_behind_is_replaced()
    {
        using var place = new Workplace();
        place.Write(Yaml());
        Directory.CreateDirectory(place.Data);
        using var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Bind(new UnixDomainSocketEndPoint(ControlSocket.PathIn(place.Data)));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        using var socket = new DaemonSocket(place.Data);

        Assert.Equal(200, (await socket.AskAsync("GET", "services")).Status);
    }

    [Theory]
    [InlineData("a path that is too long")]
    [InlineData("a directory of its name")]
    [InlineData("a file of its name")]
    public async Task Without_a_socket_the_daemon_says_so_once_and_steers_all_the_same(string trouble)
    {
        await using var endpoint = await WebEndpoint.StartAsync("127.0.0.2");
        using var place = new Workplace();
        place.Write(Yaml(endpoint));
        var data = trouble.Contains("long", StringComparison.Ordinal) ? place[new string('x', 110)] : place.Data;
        Directory.CreateDirectory(data);
        if (trouble.Contains("directory", StringComparison.Ordinal))
        {
            Directory.CreateDirectory(ControlSocket.PathIn(data));
        }
        else if (trouble.Contains("file", StringComparison.Ordinal))
        {
            await File.WriteAllTextAsync(ControlSocket.PathIn(data), "keep me", TestContext.Current.CancellationToken);
        }

        await using var daemon = await DaemonProcess.RunAsync(place.Config, data);
        await daemon.SaysAsync("verified, written in");

        Assert.Single(daemon.Output.Split('\n'), line => line.Contains("do not reach this daemon", StringComparison.Ordinal));
        Assert.Matches(trouble.Contains("long", StringComparison.Ordinal) ? "107 is the most a socket may have; choose a data directory with a shorter path" : "something else has its name; move it away", daemon.Output);
        Assert.Equal(trouble.Contains("file", StringComparison.Ordinal), File.Exists(ControlSocket.PathIn(data)));
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_with_what_to_do()
    {
        using var place = new Workplace();
        place.Write(Yaml());
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.UntilAsync(() => true, "it runs");
        using var socket = new DaemonSocket(place.Data);
        const string Good = """ "reason":"deploying","actor":"alice@laptop" """;

        (string Method, string Address, string? Body, int Status, string Says)[] cases =
        [
            ("GET", "services/api.go.tst", null, 404, "there is no service 'api.go.tst'; did you mean 'api.go.test'?"),
            ("POST", "services/zzz/freeze", $$"""{{{Good}},"for":"1h"}""", 404, "there is no service 'zzz'; there is api.go.test"),
            ("POST", $"services/{Name}/force", $$"""{"endpoint":"primry",{{Good}},"for":"1h"}""", 404, "api.go.test has no endpoint 'primry'; did you mean 'primary'?"),
            ("POST", $"services/{Name}/force", $$"""{{{Good}},"for":"1h"}""", 400, "'endpoint' is missing; api.go.test has primary and standby"),
            ("POST", $"services/{Name}/freeze", $$"""{"endpoint":"primary",{{Good}},"for":"1h"}""", 400, "'endpoint' has no meaning for freeze; leave it out"),
            ("POST", $"services/{Name}/freeze", """{"actor":"alice","for":"1h"}""", 400, "'reason' is missing; say why, for everyone who will see it"),
            ("POST", $"services/{Name}/freeze", """{"reason":"a\nb","actor":"alice","for":"1h"}""", 400, "'reason' has line breaks or other control characters; expected one line"),
            ("POST", $"services/{Name}/freeze", $$"""{"reason":"{{new string('x', 501)}}","actor":"alice","for":"1h"}""", 400, "'reason' has 501 characters; expected at most 500"),
            ("POST", $"services/{Name}/freeze", """{"reason":"x","for":"1h"}""", 400, "'actor' is missing; say who asks, such as alice@laptop"),
            ("POST", $"services/{Name}/freeze", $$"""{{{Good}}}""", 400, "expected one of 'for' (a duration such as 2h) and 'until' (a time such as 2026-03-01T15:04Z): everything that an operator says ends by itself"),
            ("POST", $"services/{Name}/freeze", $$"""{{{Good}},"for":"2 hours"}""", 400, "for: '2 hours' is no duration; expected one such as 90s, 30m or 2h"),
            ("POST", $"services/{Name}/freeze", $$"""{{{Good}},"for":"31d"}""", 400, "for: '31d' is out of range; expected up to 30d, as what holds for longer belongs into failover.yaml"),
            ("POST", $"services/{Name}/freeze", $$"""{{{Good}},"until":"tomorrow"}""", 400, "until: 'tomorrow' is no time; expected one such as 2026-03-01T15:04Z"),
            ("POST", $"services/{Name}/freeze", $$"""{{{Good}},"for":"1h","untill":"x"}""", 400, "the body is not understood at $.untill; expected a JSON object with the texts endpoint, reason, actor, and for or until"),
            ("POST", $"services/{Name}/freeze", "{", 400, "the body is not understood; expected a JSON object with the texts endpoint, reason, actor, and for or until"),
            ("POST", $"services/{Name}/freeze", "null", 400, "the body is null; expected an object with 'reason', 'actor' and 'for' or 'until'"),
            ("POST", $"services/{Name}/freeze", new string(' ', 10_000), 413, "the body is larger than 8 KiB; expected an object with a few short texts"),
            ("POST", "freeze", $$"""{{{Good}},"until":"2026-01-01T00:00Z"}""", 400, "until: '2026-01-01T00:00Z' has passed; it is "),
            ("DELETE", $"services/{Name}/force", null, 404, "api.go.test is not forced; there is no override"),
            ("DELETE", $"services/{Name}/drain", null, 400, "'endpoint' is missing; api.go.test has primary and standby"),
            ("POST", $"services/{Name}/approve", $$"""{{{Good}},"for":"1h"}""", 409, "failback of api.go.test is auto: traffic returns by itself, and nothing waits for approval"),
            ("GET", "nothing", null, 404, "there is nothing at /api/v1/nothing; /api/v1/openapi.json says what there is"),
            ("PUT", "freeze", "{}", 405, "PUT has no meaning for /api/v1/freeze; expected one of "),
        ];
        foreach (var (method, address, body, status, says) in cases)
        {
            var (was, said) = await socket.RefusedAsync(method, address, body);
            Assert.StartsWith(says, said, StringComparison.Ordinal);
            Assert.Equal(status, was);
        }

        Assert.Empty(daemon.State.Overrides);
    }

    [Fact]
    public async Task What_is_said_is_shown_with_when_it_ends()
    {
        await using var primary = await WebEndpoint.StartAsync("127.0.0.2");
        await using var standby = await WebEndpoint.StartAsync("127.0.0.3");
        using var place = new Workplace();
        place.Write(Yaml(primary, standby));
        await using var daemon = await RunningDaemon.StartAsync(place.Config, place.Data);
        await daemon.VerifiedAsync(1);
        using var socket = new DaemonSocket(place.Data);
        var until = DateTimeOffset.UtcNow.AddHours(3).ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);

        var reply = await socket.AskAsync("POST", "freeze", $$"""{"reason":"moving the office","actor":"alice@laptop","until":"{{until}}"}""");
        Assert.Equal(200, reply.Status);

        Assert.Equal(OverrideKind.Freeze, Assert.Single(daemon.State.Overrides).Kind);
        var open = (await socket.AskAsync("GET", "overrides")).Body.GetProperty("overrides")[0];
        Assert.Equal(("freeze", "moving the office", "alice@laptop", DateTimeOffset.Parse(until, CultureInfo.InvariantCulture)), (open.GetProperty("kind").GetString(), open.GetProperty("reason").GetString(), open.GetProperty("actor").GetString(), open.GetProperty("until").GetDateTimeOffset()));
        var service = (await socket.AskAsync("GET", $"services/{Name}")).Body;
        Assert.Contains("moving the office", service.GetProperty("frozen").GetString(), StringComparison.Ordinal);
        Assert.Equal("primary (127.0.0.2)", service.GetProperty("answeredWith").GetString());
        Assert.Equal(["primary", "standby"], service.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetProperty("name").GetString()));
        Assert.NotEmpty(service.GetProperty("decisions")[0].GetProperty("reason").GetString()!);
        Assert.Equal("planned maintenance", service.GetProperty("windows")[0].GetProperty("reason").GetString());

        Assert.Equal(200, (await socket.AskAsync("DELETE", "freeze?actor=alice@laptop&reason=done")).Status);
        Assert.Empty(daemon.State.Overrides);
    }

    private static string Yaml(WebEndpoint? primary = null, WebEndpoint? standby = null) => $$"""
        providers:
          local: {type: builtin, zone: go.test, listen: "127.0.0.1:0"}
        defaults: { {{Workplace.Quick}} }
        services:
          - name: {{Name}}
            maintenance: [{schedule: "0 2 1 1 *", duration: 1h}]
            endpoints:
              - {{primary?.Yaml("primary") ?? "{name: primary, addresses: [127.0.0.2], check: {port: 1} }"}}
              - {{standby?.Yaml("standby") ?? "{name: standby, addresses: [127.0.0.3], check: {port: 1} }"}}
        """;
}
