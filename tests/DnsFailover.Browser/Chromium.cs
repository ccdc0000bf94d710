using DnsFailover.Browser;
using DnsFailover.Tests;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace DnsFailover.Browser;

/// <summary>Debian's browser without a screen; one for all tests, each of which has a profile of its own in it.</summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>A name that leads to this machine, but is none of its own: who asks for it counts as somebody from outside.</summary>
    public const string OutsideName = "status.example.test";

    /// <summary>For anything that a page has to show, in ms.</summary>
    private const float Patience = 60_000;

    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A profile with one page.</summary>
    /// <param name="address">What it shows.</param>
    /// <param name="options">How it is looked at.</param>
    public async Task<WatchedPage> OpenAsync(Uri address, BrowserNewContextOptions? options = null)
    {
        var browser = await StartAsync();
        var context = await browser.NewContextAsync(options ?? new BrowserNewContextOptions());
        context.SetDefaultTimeout(Patience);
        var page = await WatchedPage.OfAsync(context, address);
        await page.Page.GotoAsync(address.AbsoluteUri);
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _starting.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        var path = Peers.Require("chromium", "chromium");
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            Assertions.SetDefaultExpectTimeout(Patience);
            return _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = path,
                Args = ["--no-sandbox", "--disable-gpu", $"--host-resolver-rules=MAP {OutsideName} 127.0.0.1"],
            });
        }
        finally
        {
            _starting.Release();
        }
    }
}
