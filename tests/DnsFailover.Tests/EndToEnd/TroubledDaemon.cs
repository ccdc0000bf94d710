using System.Text.Json;
using DnsFailover.Tests.Notifications;
using DnsFailover.Tests.Providers;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Tests.EndToEnd;

/// <summary>
/// One process that has every trouble at once, each at a service of its own: so each test also shows that its trouble
/// keeps the others from nothing.
/// </summary>
public sealed class TroubledDaemon : IAsyncLifetime
{
    /// <summary>The text of a key that the server does not have.</summary>
    internal const string WrongKey = "dGhpcyBpcyBub3QgdGhlIGtleSBvZiB0aGUgc2VydmVy";

    /// <summary>What must never be shown: part of the address of a webhook that answers 404.</summary>
    internal const string DeadPath = "T0DEAD0SECRET";

    private readonly Workplace _place = new();
    private Receiver _hook = null!;
    private Receiver _dead = null!;
    private NamedServer? _named;
    private NamedServer? _away;
    private WebEndpoint _primary = null!;
    private WebEndpoint _standby = null!;
    private WebEndpoint _ownPrimary = null!;
    private DaemonProcess? _process;

    internal NamedServer Named => _named!;

    internal NamedServer Away => _away!;

    internal WebEndpoint OwnPrimary => _ownPrimary;

    internal DaemonProcess Process => _process!;

    internal Workplace Place => _place;

    /// <summary>The alerts that came at the webhook that works, as JSON.</summary>
    internal IReadOnlyList<JsonElement> Alerts => [.. _hook.Requests.Select(request => request.Json)];

    /// <summary>The bodies that both webhooks got.</summary>
    internal string Bodies => string.Concat(_hook.Requests.Concat(_dead.Requests).Select(request => request.Body));

    /// <summary>Waits for an alert and gives the first one.</summary>
    internal async Task<JsonElement> ToldAsync(string kind, string title)
    {
        await Eventually.HoldsAsync(() => Find(kind, title).Count > 0, () => $"{kind}: {title}; the alerts were\n{string.Join('\n', Alerts)}\nand it said\n{Process.Said}");
        return Find(kind, title)[0];
    }

    /// <summary>The alerts of this kind with this in their title.</summary>
    internal IReadOnlyList<JsonElement> Find(string kind, string title) =>
        [.. Alerts.Where(alert => alert.GetProperty("kind").GetString() == kind && alert.GetProperty("title").GetString()!.Contains(title, StringComparison.Ordinal))];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        _named = await NamedServer.StartAsync("example.test", new NamedOptions { Records = Records }, token);
        _away = await NamedServer.StartAsync("away.test", new NamedOptions { Records = "api 60 IN A 127.0.0.3" }, token);
        await _away.StopAsync();
        _primary = await WebEndpoint.StartAsync("127.0.0.2");
        _standby = await WebEndpoint.StartAsync("127.0.0.3");
        _ownPrimary = await WebEndpoint.StartAsync("127.0.0.2");
        _hook = await Receiver.StartAsync();
        _dead = await Receiver.StartAsync();
        _dead.Answer = (_, context) => Receiver.Say(context, StatusCodes.Status404NotFound, "no_service");
        _place.Write(Yaml());
        _process = await DaemonProcess.RunAsync(
            _place.Config,
            _place.Data,
            ("TSIG_SECRET", _named.KeySecret),
            ("AWAY_SECRET", _away.KeySecret),
            ("WRONG_SECRET", WrongKey),
            ("DEAD_WEBHOOK", $"{_dead.Url}/{DeadPath}"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _process, _hook, _dead, _primary, _standby, _ownPrimary, _named, _away })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        _place.Dispose();
    }

    private static string Records => """
        good 60 IN A 127.0.0.2
        foreign 60 IN A 192.0.2.99
        adopted 45 IN A 192.0.2.98
        badkey 60 IN A 127.0.0.3
        """;

    private string Yaml() => $$"""
        providers:
          bind: {{Workplace.Rfc2136(_named!)}}
          wrongkey: {{Workplace.Rfc2136(_named!).Replace("TSIG_SECRET", "WRONG_SECRET", StringComparison.Ordinal)}}
          away: {{Workplace.Rfc2136(_away!).Replace("TSIG_SECRET", "AWAY_SECRET", StringComparison.Ordinal)}}
        defaults: { provider: bind, {{Workplace.Quick}} }
        services:
          - name: good.example.test
            endpoints: [{{_ownPrimary.Yaml("primary")}}, {{_standby.Yaml("standby")}}]
          - name: missing.example.test
            endpoints: [{{_primary.Yaml("primary")}}, {{_standby.Yaml("standby")}}]
          - name: foreign.example.test
            endpoints: [{{_primary.Yaml("primary")}}, {{_standby.Yaml("standby")}}]
          - name: adopted.example.test
            adopt: true
            endpoints: [{{_primary.Yaml("primary")}}, {{_standby.Yaml("standby")}}]
          - name: badkey.example.test
            provider: wrongkey
            endpoints: [{{_primary.Yaml("primary")}}, {{_standby.Yaml("standby")}}]
          - name: api.away.test
            provider: away
            endpoints: [{{_primary.Yaml("primary")}}, {{_standby.Yaml("standby")}}]
        notifications:
          hook: {type: webhook, url: "{{_hook.Url}}"}
          dead: {type: slack, webhook: "${DEAD_WEBHOOK}"}
        """;
}
