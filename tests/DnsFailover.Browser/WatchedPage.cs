using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace DnsFailover.Browser;

/// <summary>A page with everything that it complains of, and everything that it asks for.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private static readonly Lazy<string> Look = new(() =>
    {
        using var reader = new StreamReader(typeof(WatchedPage).Assembly.GetManifestResourceStream("look.js")!);
        return reader.ReadToEnd();
    });

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly ConcurrentQueue<Task<(string Address, string Body)>> _replies = new();

    private WatchedPage(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    /// <summary>It.</summary>
    public IPage Page { get; }

    /// <summary>True where a request is refused on purpose, which a browser notes as an error.</summary>
    public bool MayBeRefused { get; set; }

    /// <summary>Opens an empty one, which complains when it asks for anything elsewhere than at this address.</summary>
    public static async Task<WatchedPage> OfAsync(IBrowserContext context, Uri address)
    {
        var page = await context.NewPageAsync();
        var watched = new WatchedPage(context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !(watched.MayBeRefused && message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)))
            {
                watched._complaints.Enqueue($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => watched._complaints.Enqueue($"error: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                watched._complaints.Enqueue($"asks elsewhere: {request.Url}");
            }
        };
        page.Response += (_, response) =>
        {
            if (!response.Url.Contains("/events", StringComparison.Ordinal))
            {
                watched._replies.Enqueue(BodyAsync(response));
            }
        };
        await context.AddInitScriptAsync("addEventListener('securitypolicyviolation', e => console.error(`content security policy: ${e.violatedDirective} ${e.blockedURI}`))");
        return watched;
    }

    /// <summary>What is in sight.</summary>
    public Task<string> TextAsync() => Page.Locator("body").InnerTextAsync();

    /// <summary>Waits until the main part says this.</summary>
    public Task SaysAsync(string text) => Assertions.Expect(Page.Locator("main")).ToContainTextAsync(text);

    /// <summary>Waits until the main part does not say this any more.</summary>
    public Task StopsSayingAsync(string text) => Assertions.Expect(Page.Locator("main")).Not.ToContainTextAsync(text);

    /// <summary>Presses Tab until a control with this name has the focus.</summary>
    public async Task TabToAsync(string name)
    {
        var passed = new List<string>();
        for (var press = 0; press < 80; press++)
        {
            await Page.Keyboard.PressAsync("Tab");
            var focused = await Page.EvaluateAsync<string>("() => { const e = document.activeElement; return (e.labels?.[0]?.textContent ?? e.getAttribute('aria-label') ?? e.textContent).trim() }");
            if (focused.StartsWith(name, StringComparison.Ordinal))
            {
                Assert.True(await Page.EvaluateAsync<bool>("() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"), $"the focus on '{focused}' cannot be seen");
                return;
            }

            passed.Add(focused);
        }

        Assert.Fail($"no '{name}' is reached by Tab, but: {string.Join(" | ", passed.Distinct(StringComparer.Ordinal))}");
    }

    /// <summary>What is wrong with how it looks or is read aloud: names of controls, contrast, order of headings, width.</summary>
    public async Task<IReadOnlyList<string>> FlawsAsync() => (await Page.EvaluateAsync<JsonElement>(Look.Value)).EnumerateArray().Select(flaw => flaw.GetString()!).ToList();

    /// <summary>Every reply but the stream's, by its address.</summary>
    public async Task<IReadOnlyList<(string Address, string Body)>> RepliesAsync() => await Task.WhenAll(_replies);

    /// <summary>Keeps a picture where DNSFAILOVER_SHOTS says, to be looked at.</summary>
    public async Task KeepPictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("DNSFAILOVER_SHOTS") is { Length: > 0 } directory)
        {
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, $"{name}.png"), FullPage = true });
        }
    }

    /// <summary>Nothing was complained of.</summary>
    public void AssertQuiet() => Assert.Empty(_complaints);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static async Task<(string Address, string Body)> BodyAsync(IResponse response)
    {
        try
        {
            return (response.Url, await response.TextAsync());
        }
        catch (PlaywrightException)
        {
            return (response.Url, string.Empty); // the page has gone on meanwhile
        }
    }
}
