using DnsFailover.Core;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>Where a redirect leads.</summary>
/// <param name="Method">What is asked with.</param>
/// <param name="Address">What is asked for.</param>
internal sealed record HttpHop(string Method, Uri Address);

/// <summary>Holds a reply against the check, whoever has read it.</summary>
internal sealed class HttpVerdict(ProbeRun run, HttpCheck check)
{
    private const int MaxHeadersShown = 32;
    private const int LongestHeaderShown = 200;

    /// <summary>True for a status that the check expects.</summary>
    public static bool IsExpected(HttpCheck check, int status)
    {
        foreach (var range in check.Statuses)
        {
            if (status >= range.First && status <= range.Last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is said of a reply in which nothing was wanting.</summary>
    public ProbeOutcome Pass(int status) => ProbeOutcome.Pass($"status {status} in {Text.Of(run.Elapsed)}");

    /// <summary>Notes what a person may want to see of it.</summary>
    public void Note(HttpResponseMessage response)
    {
        if (!run.IsVerbose)
        {
            return;
        }

        var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .Take(MaxHeadersShown)
            .Select(header => header.Key.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase)
                ? "Set-Cookie: ***"
                : $"{run.Quote(header.Key)}: {run.Quote(header.Value.ToString(), LongestHeaderShown)}")
            .ToValueList();
        run.Details = run.Details with { HttpVersion = $"HTTP/{response.Version}", StatusCode = (int)response.StatusCode, ResponseHeaders = headers };
    }

    /// <summary>Judges a reply: how the probe ends, or where it goes on.</summary>
    public async Task<(ProbeOutcome? Ended, HttpHop? Next)> JudgeAsync(HttpResponseMessage response, string method, Uri address, int redirects, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (IsExpected(check, status))
        {
            var failed = await JudgeBodyAsync(response, method, cancellationToken);
            return (failed ?? Pass(status), null);
        }

        var location = status is 301 or 302 or 303 or 307 or 308 ? response.Headers.Location : null;
        if (location is null || check.MaxRedirects <= 0)
        {
            var to = location is null ? string.Empty : $" to {run.Quote(location.OriginalString)}";
            return (ProbeOutcome.Fail(ReasonClass.Status, $"status {status}{to}, expected {check.Statuses}"), null);
        }

        return Follow(status, method, address, location, redirects);
    }

    private (ProbeOutcome? Ended, HttpHop? Next) Follow(int status, string method, Uri address, Uri location, int redirects)
    {
        var shown = run.Quote(location.OriginalString);
        if (redirects >= check.MaxRedirects)
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"status {status} to {shown}: more than {check.MaxRedirects} redirect{(check.MaxRedirects == 1 ? string.Empty : "s")}"), null);
        }

        if (!Uri.TryCreate(address, location, out var next) || (next.Scheme != Uri.UriSchemeHttp && next.Scheme != Uri.UriSchemeHttps))
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"redirect to {shown}, which is no HTTP address"), null);
        }

        // Another name is another service, wherever it may run; and what was asked for over TLS must not go on in clear.
        if (!next.IdnHost.Equals(address.IdnHost, StringComparison.OrdinalIgnoreCase))
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"redirect to another host: {shown}"), null);
        }

        if (address.Scheme == Uri.UriSchemeHttps && next.Scheme == Uri.UriSchemeHttp)
        {
            return (ProbeOutcome.Fail(ReasonClass.Redirect, $"redirect from https to http: {shown}"), null);
        }

        // RFC 9110 section 15.4: 303 always, 301 and 302 by custom turn a POST into a GET.
        var becomesGet = (status == 303 && method != "HEAD") || (status is 301 or 302 && method == "POST");
        return (null, new HttpHop(becomesGet ? "GET" : method, next));
    }

    private async Task<ProbeOutcome?> JudgeBodyAsync(HttpResponseMessage response, string method, CancellationToken cancellationToken)
    {
        if (!BodyConditions.Any(check) || method == "HEAD")
        {
            return BodyConditions.Any(check) ? ProbeOutcome.Fail(ReasonClass.Body, "a reply to HEAD has no body for the conditions on it") : null;
        }

        if (response.Content.Headers.ContentEncoding.FirstOrDefault(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } encoding)
        {
            return ProbeOutcome.Fail(ReasonClass.Body, $"body is compressed ({run.Quote(encoding)}) although that was not asked for");
        }

        var (body, cut) = await ReadAsync(response, cancellationToken);
        string? charset;
        try
        {
            charset = response.Content.Headers.ContentType?.CharSet;
        }
        catch (FormatException)
        {
            charset = null;
        }

        return BodyConditions.Of(check).Judge(body, charset, cut, run);
    }

    private async Task<(ReadOnlyMemory<byte> Body, bool Cut)> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[Math.Min(check.MaxBodyBytes, 16 * 1024)];
        var length = 0;
        while (length < check.MaxBodyBytes)
        {
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(check.MaxBodyBytes, buffer.Length * 2L));
            }

            var count = await source.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (count == 0)
            {
                return (buffer.AsMemory(0, length), false);
            }

            length += count;
        }

        // Whether a body of just the limit goes on is not waited for.
        return (buffer.AsMemory(0, length), response.Content.Headers.ContentLength != length);
    }
}
