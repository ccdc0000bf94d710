using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DnsFailover.Browser;

/// <summary>Every view can be read and used: on a phone and a wide screen, light and dark, by ear and without a mouse.</summary>
public sealed class LooksTests(Chromium chromium)
{
    [Theory]
    [InlineData("light", 1280, ColorScheme.Light)]
    [InlineData("dark", 1280, ColorScheme.Dark)]
    [InlineData("phone", 360, ColorScheme.Light)]
    public async Task Every_view_fits_is_named_and_has_contrast(string look, int width, ColorScheme scheme)
    {
        await using var site = await Site.StartAsync("statusPage: public");
        var options = new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = 800 }, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce };
        await using var page = await chromium.OpenAsync(site.ServicePage(), options);
        page.MayBeRefused = true; // a service that is not there
        await page.SaysAsync("Answered with primary (127.0.0.2)");
        site.Primary.Body = "<script>alert('a reason that is so long that it has to be broken somewhere and holds aWordWithoutAnyPlaceToBreakItWhichIsVeryLongIndeed')</script>";
        await page.SaysAsync("Answered with standby (127.0.0.3)");
        await page.Page.Locator("details.switch summary").First.ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Evidence" })).ToBeVisibleAsync();
        await page.Page.Locator(".strip").First.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(page.Page.Locator(".probe.chosen")).ToHaveCountAsync(1);
        var flaws = new List<string>();
        await LookAsync("service");

        await page.Page.GotoAsync(site.ServicePage("?do=drain").AbsoluteUri);
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("gets no traffic of");
        await LookAsync("drain");
        await page.Page.Keyboard.PressAsync("Escape");

        await page.Page.GotoAsync(site.Page().AbsoluteUri);
        await page.SaysAsync("Needs attention");
        await LookAsync("overview");

        await page.Page.GotoAsync(site.Page("services/apl.go.test").AbsoluteUri);
        await page.SaysAsync("did you mean");
        await LookAsync("missing");

        await using var outside = await chromium.OpenAsync(site.Page(host: Chromium.OutsideName), options);
        await outside.SaysAsync("30 days");
        await LookAsync("public", outside);
        Assert.Empty(flaws);
        page.AssertQuiet();
        outside.AssertQuiet();

        async Task LookAsync(string view, WatchedPage? at = null)
        {
            await (at ?? page).KeepPictureAsync($"{view}-{look}");
            flaws.AddRange((await (at ?? page).FlawsAsync()).Select(flaw => $"{view}: {flaw}"));
        }
    }

    [Fact]
    public async Task The_theme_is_chosen_with_a_button_and_kept()
    {
        await using var site = await Site.StartAsync();
        await using var page = await chromium.OpenAsync(site.Page(), new BrowserNewContextOptions { ColorScheme = ColorScheme.Light });
        var theme = page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Theme:" });
        await page.SaysAsync("All services");
        var light = await GroundAsync();

        await theme.ClickAsync();
        Assert.Equal(light, await GroundAsync());
        await theme.ClickAsync();
        var dark = await GroundAsync();
        Assert.NotEqual(light, dark);
        await page.Page.ReloadAsync();
        Assert.Equal(dark, await GroundAsync());
        await Expect(theme).ToContainTextAsync("dark");
        page.AssertQuiet();

        Task<string> GroundAsync() => page.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");
    }
}
