using System.Runtime.CompilerServices;
using System.Text;

namespace DnsFailover.Probing.Lean;

/// <summary>The request of a check that has no headers of its own, made once: nothing in it can change from probe to probe.</summary>
/// <param name="Address">What is asked for.</param>
/// <param name="Bytes">What is sent.</param>
internal sealed record LeanRequest(Uri Address, byte[] Bytes)
{
    // The entry goes when the check does, so that reloads leave nothing behind.
    private static readonly ConditionalWeakTable<HttpCheck, LeanRequest> Prepared = [];

    private static readonly LeanRequest None = new(new Uri("http://localhost/"), []);

    // Methods to which a body means nothing; with the others the framework says that there is none.
    private static readonly string[] WithoutBody = ["GET", "HEAD", "CONNECT", "OPTIONS", "DELETE"];

    /// <summary>That of a check; null when it has headers, which may hold secrets that change, or cannot be made at all.</summary>
    public static LeanRequest? Of(HttpCheck check, ProbeRun run) =>
        check.Headers.Count > 0 || check.Https ? null
        : (Prepared.TryGetValue(check, out var known) ? known : Prepared.GetValue(check, check => Create(check, run))) is { Bytes.Length: > 0 } ready ? ready : null;

    /// <summary>A request as it goes over the wire, the way the framework writes it.</summary>
    public static byte[] Write(HttpRequestMessage request)
    {
        var address = request.RequestUri!;
        var host = address.HostNameType == UriHostNameType.IPv6 ? $"[{address.IdnHost}]" : address.IdnHost;
        var text = new StringBuilder($"{request.Method.Method} {address.PathAndQuery} HTTP/1.1\r\nHost: {request.Headers.Host ?? (address.IsDefaultPort ? host : $"{host}:{address.Port}")}\r\n");
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                text.Append(name).Append(": ").Append(values.ToString()).Append("\r\n");
            }
        }

        var length = request.Content?.Headers.ContentLength; // asking puts it among the headers
        if (request.Content is { } content)
        {
            foreach (var (name, values) in content.Headers.NonValidated)
            {
                text.Append(name).Append(": ").Append(values.ToString()).Append("\r\n");
            }
        }

        if (length is null && !WithoutBody.Contains(request.Method.Method, StringComparer.OrdinalIgnoreCase))
        {
            text.Append("Content-Length: 0\r\n");
        }

        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }

    private static LeanRequest Create(HttpCheck check, ProbeRun run)
    {
        var (plan, _) = HttpRequestPlan.Create(check, run);
        if (plan is null || HttpRequestPlan.Address(check) is not { } address || (BodyConditions.Any(check) && BodyConditions.Of(check).Unusable is not null))
        {
            return None;
        }

        using var request = plan.Request(check.Method, address, System.Net.HttpVersion.Version11);
        return new LeanRequest(address, Write(request));
    }
}
