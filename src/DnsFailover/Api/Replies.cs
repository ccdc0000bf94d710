using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Api;

/// <summary>How documents are sent.</summary>
internal static class Replies
{
    /// <summary>Sends a document.</summary>
    public static Task SendAsync<T>(HttpContext context, T document, JsonTypeInfo<T> type) => context.Response.WriteAsJsonAsync(document, type, contentType: null, context.RequestAborted);

    /// <summary>Sends what is wrong.</summary>
    public static Task SendAsync(HttpContext context, ProblemDocument problem)
    {
        context.Response.StatusCode = problem.Status;
        return context.Response.WriteAsJsonAsync(problem, ReplyContext.Default.ProblemDocument, "application/problem+json", context.RequestAborted);
    }
}
