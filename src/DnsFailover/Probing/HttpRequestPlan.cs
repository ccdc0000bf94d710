using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>The request of one probe with its secrets revealed; it lives as long as the probe.</summary>
internal sealed class HttpRequestPlan
{
    private readonly HttpCheck _check;
    private readonly List<(string Name, string Value)> _headers = [];

    private HttpRequestPlan(HttpCheck check) => _check = check;

    /// <summary>Reveals the headers of the check; the run learns what it must not quote.</summary>
    /// <returns>The plan, or why the probe cannot be made.</returns>
    public static (HttpRequestPlan? Plan, ProbeOutcome? Ended) Create(HttpCheck check, ProbeRun run)
    {
        var plan = new HttpRequestPlan(check);
        foreach (var header in check.Headers)
        {
            string value;
            try
            {
                value = header.Value.Reveal().Trim();
            }
            catch (SecretUnavailableException e)
            {
                return (null, ProbeOutcome.Inconclusive(ReasonClass.Configuration, $"header {header.Name}: {e.Message}"));
            }

            if (value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            {
                return (null, ProbeOutcome.Inconclusive(ReasonClass.Configuration, $"header {header.Name} cannot be sent: there is a line break in its value"));
            }

            run.Sent(value);
            plan._headers.Add((header.Name, value));
        }

        using var trial = new HttpRequestMessage();
        return plan.Unsendable(trial) is { } name
            ? (null, ProbeOutcome.Inconclusive(ReasonClass.Configuration, $"header {Wording.Clean(name)} cannot be sent: it is not a header name"))
            : (plan, null);
    }

    /// <summary>The address of the first request; null when host and path do not make one.</summary>
    public static Uri? Address(HttpCheck check)
    {
        var host = IPAddress.TryParse(check.Host, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : check.Host;
        var path = check.Path.StartsWith('/') ? check.Path : "/" + check.Path;
        return Uri.TryCreate($"{(check.Https ? "https" : "http")}://{host}:{check.Port}{path}", UriKind.Absolute, out var uri) ? uri : null;
    }

    /// <summary>A request; the Host header follows from the address, with the port when it is not the scheme's own.</summary>
    public HttpRequestMessage Request(string method, Uri address, Version version)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), address)
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Unsendable(request);
        request.Headers.ConnectionClose = request.Headers.Connection.Count == 0 ? true : null;
        Default(request, "User-Agent", "dnsfailover");
        Default(request, "Accept", "*/*");
        Default(request, "Accept-Encoding", "identity");
        return request;
    }

    private static void Default(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.Contains(name))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    // Adds the headers; the name of one that is not acceptable, or null.
    private string? Unsendable(HttpRequestMessage request)
    {
        foreach (var (name, value) in _headers)
        {
            if (request.Headers.TryAddWithoutValidation(name, value))
            {
                continue;
            }

            // Content-Type and its like belong to a body, so there is an empty one.
            request.Content ??= new ByteArrayContent([]);
            if (!request.Content.Headers.TryAddWithoutValidation(name, value))
            {
                return name;
            }
        }

        return null;
    }
}
