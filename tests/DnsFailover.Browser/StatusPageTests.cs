using System.Globalization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DnsFailover.Browser;

/// <summary>The status page of a real daemon in a real browser, as an operator uses it who was paged.</summary>
public sealed class StatusPageTests(Chromium chromium)
{
    private const string Markup = "<img src=x onerror=document.title='owned'>";

    [Fact]
    public async Task A_failover_is_seen_as_it_happens_with_its_countdowns_and_its_whole_record()
    {
        await using var site = await Site.StartAsync();
        await using var page = await chromium.OpenAsync(site.ServicePage());
        await page.SaysAsync("Answered with primary (127.0.0.2)");
        await Expect(page.Page.Locator(".strip")).ToHaveCountAsync(2);
        await page.Page.EvaluateAsync("() => { window.isSame = true }");

        site.Primary.Body = Markup;

        await page.SaysAsync("Answered with standby (127.0.0.3)");
        await Expect(page.Page.Locator("#said")).ToContainTextAsync("is answered with standby (127.0.0.3) now");
        await Expect(page.Page.Locator("h1 .state")).ToHaveTextAsync("▲Degraded");
        await page.SaysAsync(Markup); // as text
        await TicksAsync(page, "Hold-down: the next switch waits");

        site.Primary.Body = Deployment.Fine;
        await TicksAsync(page, "Failback to primary in");

        var failover = page.Page.Locator("details.switch", new PageLocatorOptions { HasText = "Failover from primary" });
        await Expect(failover).ToContainTextAsync("✓ verified in");
        await Expect(failover).ToContainTextAsync("detected");
        await failover.Locator("summary").First.ClickAsync();
        foreach (var part in (string[])["Evidence, in UTC", "Guards", "Steps", "Records", "Health then"])
        {
            await Expect(failover.GetByRole(AriaRole.Heading, new LocatorGetByRoleOptions { Name = part, Exact = true })).ToBeVisibleAsync();
        }

        await Expect(failover).ToContainTextAsync("first failed probe");
        Assert.True(await page.Page.EvaluateAsync<bool>("() => window.isSame"), "the page was loaded again");
        Assert.Equal(0, await page.Page.Locator("main img").CountAsync());
        Assert.Contains(Site.Name, await page.Page.TitleAsync(), StringComparison.Ordinal);
        await page.KeepPictureAsync("service-after-failover");
        page.AssertQuiet();
    }

    [Fact]
    public async Task With_the_keyboard_alone_a_name_is_forced_and_released_and_a_wrong_token_is_told()
    {
        await using var site = await Site.StartAsync();
        await using var page = await chromium.OpenAsync(site.ServicePage());
        var keyboard = page.Page.Keyboard;
        page.MayBeRefused = true; // the wrong token
        await page.SaysAsync("Answered with primary (127.0.0.2)");

        await page.TabToAsync("Force…");
        await keyboard.PressAsync("Enter");
        var dialog = page.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = $"Force {Site.Name} to an endpoint" });
        await Expect(dialog.GetByLabel("Endpoint")).ToHaveValueAsync("standby"); // what gets no traffic and works
        await Expect(dialog).ToContainTextAsync($"{Site.Name} will be answered with standby (127.0.0.3) within about");
        await Expect(dialog).ToContainTextAsync("whatever its health, until");
        await Expect(dialog).ToContainTextAsync("nothing fails over meanwhile");
        await page.KeepPictureAsync("dialog");
        await page.TabToAsync("Reason");
        await keyboard.TypeAsync(Markup);
        await page.TabToAsync("Who you are");
        await keyboard.TypeAsync("alice@laptop");
        await page.TabToAsync("Token");
        await keyboard.TypeAsync("not-the-right-token-at-all");
        await keyboard.PressAsync("Enter");
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("the token is not the right one");

        await keyboard.PressAsync("Control+A");
        await keyboard.TypeAsync(Site.Token);
        await keyboard.PressAsync("Enter");

        await Expect(dialog).ToBeHiddenAsync();
        await page.SaysAsync("Answered with standby (127.0.0.3)");
        await page.SaysAsync("Forced to standby, whatever its health");
        await page.SaysAsync("alice@laptop (api token from 127.0.0.1), ");
        await page.SaysAsync(Markup);
        await Expect(page.Page.Locator(".notice").GetByText("Ends by itself in")).ToBeVisibleAsync();

        // The token is known now, until the tab is closed, and nowhere else.
        Assert.Equal("1 0", await page.Page.EvaluateAsync<string>("t => [sessionStorage, localStorage].map(s => Object.values(s).filter(v => v === t).length).join(' ')", Site.Token));
        await page.TabToAsync("Release…");
        await keyboard.PressAsync("Enter");
        Assert.Equal(0, await page.Page.Locator("dialog #ask-token").CountAsync());
        await page.TabToAsync("Release");
        await keyboard.PressAsync("Enter");
        await page.StopsSayingAsync("Forced to standby");
        Assert.Equal(0, await page.Page.Locator("main img").CountAsync());
        page.AssertQuiet();
    }

    [Fact]
    public async Task The_link_of_an_alert_freezes_a_service_and_everything_and_both_are_thawed()
    {
        await using var site = await Site.StartAsync();
        await using var page = await chromium.OpenAsync(site.ServicePage("?do=freeze"));

        await AnswerAsync(page, $"Freeze {Site.Name}", "moving the database", "Freeze");
        await page.SaysAsync("Frozen: nothing is written, whatever fails.");
        await page.SaysAsync("moving the database");
        Assert.DoesNotContain("do=", page.Page.Url, StringComparison.Ordinal);
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = $"Thaw… {Site.Name}" }).ClickAsync();
        await AnswerAsync(page, $"Thaw {Site.Name}", string.Empty, "Thaw");
        await page.StopsSayingAsync("moving the database");

        await page.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "All services" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Freeze everything…" }).ClickAsync();
        await AnswerAsync(page, "Freeze everything", "moving the office", "Freeze everything");
        await page.SaysAsync("everything is frozen");
        await page.SaysAsync("The one service is up, but nothing would be moved if something failed.");
        await Expect(page.Page.Locator(".row .badge", new PageLocatorOptions { HasText = "frozen" })).ToBeVisibleAsync();
        await page.KeepPictureAsync("overview-frozen");
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Thaw…" }).ClickAsync();
        await AnswerAsync(page, "Thaw everything", string.Empty, "Thaw");
        await page.StopsSayingAsync("everything is frozen");
        page.AssertQuiet();
    }

    [Fact]
    public async Task When_the_daemon_is_gone_the_last_picture_stays_with_a_banner_and_it_is_live_again_by_itself()
    {
        await using var site = await Site.StartAsync();
        await using var page = await chromium.OpenAsync(site.Page());
        page.MayBeRefused = true;
        var live = page.Page.Locator("#connection");
        await page.SaysAsync("answered with primary (127.0.0.2)");
        await Expect(live).ToHaveTextAsync("live");
        await Expect(page.Page.Locator(".row-figures .figure-line")).Not.ToContainTextAsync("…"); // the uptime, which comes later

        await site.Daemon.KillAsync();
        await Expect(page.Page.Locator("#banner")).ToContainTextAsync("Not connected since");
        await Expect(live).ToHaveTextAsync("not connected");
        Assert.Contains("answered with primary (127.0.0.2)", await page.TextAsync(), StringComparison.Ordinal);
        await page.KeepPictureAsync("not-connected");

        await site.Primary.KillAsync(); // nobody watches
        await site.RestartAsync();
        await Expect(page.Page.Locator("#banner")).ToBeHiddenAsync();
        await Expect(live).ToHaveTextAsync("live");
        await page.SaysAsync("answered with standby (127.0.0.3)");
        await Expect(page.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToContainTextAsync($"{Site.Name} works, but is degraded");
        await Expect(page.Page.Locator(".row .badge", new PageLocatorOptions { HasText = "hold-down" })).ToBeVisibleAsync();
        page.AssertQuiet();
    }

    [Fact]
    public async Task Who_may_not_read_sees_of_a_public_page_states_and_uptime_and_nothing_else()
    {
        await using var site = await Site.StartAsync("statusPage: public");
        await using (var inside = await chromium.OpenAsync(site.ServicePage()))
        {
            await inside.SaysAsync("Answered with primary (127.0.0.2)");
            site.Primary.Body = Markup;
            await inside.SaysAsync("Answered with standby (127.0.0.3)");
        }

        await using var page = await chromium.OpenAsync(site.Page(host: Chromium.OutsideName));
        await page.SaysAsync($"{Site.Name} works.");
        await page.SaysAsync("24 h");
        await page.KeepPictureAsync("public");
        await page.Page.GotoAsync(site.Page($"services/{Site.Name}", Chromium.OutsideName).AbsoluteUri); // no address leads further
        await page.SaysAsync($"{Site.Name} works.");

        var replies = await page.RepliesAsync();
        Assert.Contains(replies, reply => reply.Address.EndsWith("/api/v1/public/services?limit=500", StringComparison.Ordinal) && reply.Body.Contains("uptime", StringComparison.Ordinal));
        foreach (var secret in (string[])["127.0.0.", "primary", "standby", "onerror", "probe failed", "probes failed", site.Primary.Port.ToString(CultureInfo.InvariantCulture)])
        {
            Assert.DoesNotContain(replies, reply => reply.Address.Contains("/api/", StringComparison.Ordinal) && reply.Body.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain(secret, await page.TextAsync(), StringComparison.Ordinal);
        }

        // With the token it is the whole page.
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Enter token" }).ClickAsync();
        await page.Page.Locator("#ask-token").FillAsync(Site.Token);
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Use it" }).ClickAsync();
        await page.SaysAsync("Answered with standby (127.0.0.3)");
        page.AssertQuiet();
    }

    /// <summary>A figure behind these words goes down by itself.</summary>
    private static async Task TicksAsync(WatchedPage page, string words)
    {
        var time = page.Page.Locator(".notice", new PageLocatorOptions { HasText = words }).Locator("time").First;
        var before = await time.InnerTextAsync();
        await Expect(time).Not.ToHaveTextAsync(before);
        Assert.Matches("^([0-9]+ min )?[0-9]+ s$", await time.InnerTextAsync());
    }

    private static async Task AnswerAsync(WatchedPage page, string title, string reason, string button)
    {
        var dialog = page.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = title });
        await dialog.GetByLabel("Reason").FillAsync(reason);
        await dialog.GetByLabel("Who you are").FillAsync("alice@laptop");
        var token = dialog.Locator("#ask-token");
        if (await token.IsVisibleAsync())
        {
            await token.FillAsync(Site.Token);
        }

        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = button, Exact = true }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
    }
}
