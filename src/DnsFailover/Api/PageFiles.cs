using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DnsFailover.Api;

/// <summary>The files of the status page, out of the program itself. They hold nothing of anybody, so that everybody may have them.</summary>
internal static class PageFiles
{
    private const string Prefix = "wwwroot/";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".ico"] = "image/x-icon",
        [".woff2"] = "font/woff2",
        [".txt"] = "text/plain; charset=utf-8",
    };

    /// <summary>The names of the files.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(PageFiles).Assembly.GetManifestResourceNames().Select(name => name.Replace('\\', '/')).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>Puts each at its address, and the first page at the top.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var name in Names)
        {
            var file = new Lazy<(byte[] Content, string Tag)>(() => Read(typeof(PageFiles).Assembly, name));
            string[] addresses = name == "index.html" ? ["/", "/index.html"] : [$"/{name}"];
            foreach (var address in addresses)
            {
                app.MapMethods(address, ["GET", "HEAD"], context => SendAsync(context, name, file.Value)).WithMetadata(new AccessNeeded(Access.Page));
            }
        }
    }

    private static Task SendAsync(HttpContext context, string name, (byte[] Content, string Tag) file)
    {
        var response = context.Response;
        response.Headers.ETag = file.Tag;
        response.Headers.CacheControl = "no-cache"; // it is asked each time whether it is still the same
        if (context.Request.Headers.IfNoneMatch.ToString() == file.Tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = Types.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream");
        response.ContentLength = file.Content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(file.Content, context.RequestAborted).AsTask();
    }

    private static (byte[] Content, string Tag) Read(Assembly assembly, string name)
    {
        using var stream = (assembly.GetManifestResourceStream(Prefix + name) ?? assembly.GetManifestResourceStream(Prefix + name.Replace('/', '\\')))!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return (content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"");
    }
}
