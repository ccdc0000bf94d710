using System.Net;
using System.Text;

namespace DnsFailover.Probing.Lean;

/// <summary>A request and its reply on the lean path. What there is to judge in a reply is judged by the same code as on the general one.</summary>
internal sealed class LeanExchange(ProbeRun run, HttpCheck check, LeanDialer dialer)
{
    /// <summary>Asks once.</summary>
    /// <param name="request">What is sent.</param>
    /// <param name="method">Its method.</param>
    /// <param name="address">What is asked for.</param>
    /// <param name="redirects">How many were followed to come here.</param>
    /// <param name="cancellationToken">Calls it off.</param>
    /// <returns>How the probe ends, or where it goes on.</returns>
    public async ValueTask<(ProbeOutcome? Ended, HttpHop? Next)> AskAsync(ReadOnlyMemory<byte> request, string method, Uri address, int redirects, CancellationToken cancellationToken)
    {
        var reply = new HttpReply(check, method == "HEAD", run.IsVerbose);
        if (await dialer.ConverseAsync(run, request, reply, isJudgedAtOnce: !BodyConditions.Any(check), cancellationToken) is { } ended)
        {
            return (ended, null);
        }

        var verdict = new HttpVerdict(run, check);
        if (reply.Head.IsEmpty)
        {
            return (verdict.Pass(reply.Status), null);
        }

        using var response = MessageOf(reply);
        verdict.Note(response);
        return await verdict.JudgeAsync(response, method, address, redirects, cancellationToken);
    }

    private static HttpResponseMessage MessageOf(HttpReply reply)
    {
        var response = new HttpResponseMessage((HttpStatusCode)reply.Status) { Version = new Version(1, reply.MinorVersion), Content = new ReadContent(reply.Body) };
        foreach (var line in Encoding.Latin1.GetString(reply.Head.Span).Split('\n').Skip(1))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
            {
                var (name, value) = (line[..colon], line[(colon + 1)..].Trim(' ', '\t', '\r'));
                if (!response.Headers.TryAddWithoutValidation(name, value))
                {
                    response.Content.Headers.TryAddWithoutValidation(name, value);
                }
            }
        }

        return response;
    }

    /// <summary>A body that was read; its length is what the head says of it, if it says so.</summary>
    private sealed class ReadContent(ReadOnlyMemory<byte> body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(body).AsTask();

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new MemoryStream(body.ToArray(), writable: false));

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
