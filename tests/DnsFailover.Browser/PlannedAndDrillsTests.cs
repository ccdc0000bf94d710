using System.Net.Http.Headers;
using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DnsFailover.Browser;

/// <summary>What waits for somebody, what is planned, and drills, as the page tells them.</summary>
public sealed class PlannedAndDrillsTests(Chromium chromium)
{
    private const string Markup = "<img src=x onerror=document.title='owned'>";

    [Fact]
    public async Task A_failback_that_waits_for_approval_is_approved_on_the_page()
    {
        await using var site = await Site.StartAsync(service: "failback: {mode: approve, delay: 1s, flapWindow: 0s}\n    minActiveTime: 0s");
        await using var page = await chromium.OpenAsync(site.Page());
        await page.SaysAsync("answered with primary (127.0.0.2)");
        site.Primary.Body = "broken";
        await page.SaysAsync("answered with standby (127.0.0.3)");

        site.Primary.Body = Deployment.Fine;
        await Expect(page.Page.Locator(".row .badge", new PageLocatorOptions { HasText = "failback waits for approval" })).ToBeVisibleAsync();
        Assert.Equal(0, await page.Page.Locator(".row .badge", new PageLocatorOptions { HasText = "failback in" }).CountAsync()); // nothing happens by itself
        await page.Page.Locator(".row").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = Site.Name }).ClickAsync();
        await page.SaysAsync("Failback to primary waits for your approval. It has been up for long enough.");
        await page.KeepPictureAsync("approval");
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Approve failback…" }).ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = $"Approve the failback of {Site.Name}" });
        await Expect(dialog).ToContainTextAsync($"{Site.Name} returns to primary within about");
        await Expect(dialog).ToContainTextAsync("once a fresh probe proves that it works. The approval holds until");
        await page.KeepPictureAsync("approval-dialog");
        await dialog.GetByLabel("Reason").FillAsync("it works again");
        await dialog.GetByLabel("Who you are").FillAsync("alice@laptop");
        await dialog.Locator("#ask-token").FillAsync(Site.Token);
        await page.Page.Keyboard.PressAsync("Enter");

        await page.SaysAsync("Answered with primary (127.0.0.2)");
        await page.StopsSayingAsync("waits for your approval");
        await Expect(page.Page.Locator("details.switch", new PageLocatorOptions { HasText = "Failback from standby" })).ToContainTextAsync("✓ verified in");
        page.AssertQuiet();
    }

    [Fact]
    public async Task A_drill_is_seen_as_it_goes_and_then_each_of_its_steps()
    {
        // Nothing but the drill itself asks the standby again, whose answer is held back.
        await using var site = await Site.StartAsync(service: "drill: {schedule: \"0 0 4 1 1 ?\", overdueAfter: 400d}\n    interval: 1h\n    timeout: 1m");
        await using var page = await chromium.OpenAsync(site.ServicePage());
        await page.SaysAsync("Answered with primary (127.0.0.2)");
        await page.SaysAsync("Next drill");
        await Expect(page.Page.Locator(".endpoint .state.up")).ToHaveCountAsync(2);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Standby.Gate = gate.Task;

        using (var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }))
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Site.Token);
            using var body = new StringContent("""{"actor":"alice@laptop"}""", Encoding.UTF8, "application/json");
            using var begun = await http.PostAsync(new Uri(site.Page(), $"/api/v1/services/{Site.Name}/drill"), body, TestContext.Current.CancellationToken);
            Assert.True(begun.IsSuccessStatusCode, await begun.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        await page.SaysAsync("Drill 1 is under way.");
        await page.Page.GetByText("What it did so far").ClickAsync();
        await page.SaysAsync("write at local");
        await page.KeepPictureAsync("drill-under-way");
        Assert.Empty(await page.FlawsAsync());

        gate.SetResult();
        await page.StopsSayingAsync("is under way");
        await page.SaysAsync("✓ The last drill passed");
        var steps = page.Page.Locator("details", new PageLocatorOptions { HasText = "Each step of drill 1" });
        await steps.Locator("summary").ClickAsync();
        foreach (var step in (string[])["decide", "read at local", "write at local", "verify at", "answered", "return"])
        {
            await Expect(steps.GetByRole(AriaRole.Listitem).Filter(new LocatorFilterOptions { HasText = $"✓ {step}" })).ToBeVisibleAsync();
        }

        await Expect(steps.GetByRole(AriaRole.Listitem).Filter(new LocatorFilterOptions { HasText = "✓ answered" })).ToContainTextAsync(" of at most ");
        await page.KeepPictureAsync("drill");
        Assert.Empty(await page.FlawsAsync());
        page.AssertQuiet();
    }

    [Fact]
    public async Task Planned_times_are_shown_with_what_they_mean_and_what_they_are_for()
    {
        await using var site = await Site.StartAsync(service: $"maintenance: [{{schedule: \"0 0 * * *\", duration: 1d, endpoint: standby, reason: \"{Markup}\"}}, {{schedule: \"0 2 1 1 *\", duration: 2h, reason: move}}]");
        await using var page = await chromium.OpenAsync(site.Page());
        await Expect(page.Page.Locator(".row .badge", new PageLocatorOptions { HasText = "planned: maintenance of standby until" })).ToContainTextAsync(Markup);
        await page.KeepPictureAsync("overview-planned");

        await page.Page.Locator(".row").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = Site.Name }).ClickAsync();
        await Expect(page.Page.Locator(".endpoint", new PageLocatorOptions { HasText = "127.0.0.3" }).Locator(".drained")).ToContainTextAsync("standby under planned maintenance until");
        var planned = page.Page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Planned, and drills" });
        await Expect(planned.GetByRole(AriaRole.Listitem).Filter(new LocatorFilterOptions { HasText = "Maintenance of standby" })).ToContainTextAsync("now, until ");
        await Expect(planned.GetByRole(AriaRole.Listitem).Filter(new LocatorFilterOptions { HasText = "Maintenance, held as it is" })).ToContainTextAsync(": move (0 2 1 1 *, UTC)");
        await page.SaysAsync(Markup); // as text
        Assert.Equal(0, await page.Page.Locator("main img").CountAsync());
        await page.KeepPictureAsync("planned");
        Assert.Empty(await page.FlawsAsync());
        page.AssertQuiet();
    }
}
