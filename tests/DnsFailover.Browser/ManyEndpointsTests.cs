using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DnsFailover.Browser;

/// <summary>A daemon with ten thousand endpoints has a page like any other.</summary>
public sealed class ManyEndpointsTests(Chromium chromium)
{
    private const int Services = 1000;

    private const int EndpointsOfEach = 10;

    [Fact]
    public async Task Ten_thousand_endpoints_are_listed_in_pieces_and_searched()
    {
        // Each address of 127.0.0.0/8 leads to the one deployment; each endpoint is probed once, and then not for a long time.
        await using var deployment = new Deployment(IPAddress.Any);
        await deployment.StartAsync();
        await using var site = await Site.WithServicesAsync(Yaml(deployment.Port));
        await using var page = await chromium.OpenAsync(site.Page());
        var rows = page.Page.Locator("#rows > li");

        await Expect(rows).ToHaveCountAsync(100);
        await page.SaysAsync("100 shown of 1,000 services");
        await Expect(rows.First).ToContainTextAsync("and 2 more");
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Show 100 more" }).ClickAsync();
        await Expect(rows).ToHaveCountAsync(200);
        Assert.StartsWith("s0100", await page.Page.EvaluateAsync<string>("() => document.activeElement.textContent"), StringComparison.Ordinal); // reading goes on there

        await page.Page.Keyboard.PressAsync("/");
        await page.Page.Keyboard.TypeAsync("s0987");
        await Expect(rows).ToHaveCountAsync(1);
        await page.SaysAsync("1 of 1,000");
        await Expect(page.Page.Locator("#search")).ToBeFocusedAsync();
        await rows.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Page.Locator(".endpoint")).ToHaveCountAsync(EndpointsOfEach);
        await page.Page.GoBackAsync();
        await Expect(rows).ToHaveCountAsync(1);

        await page.Page.Locator("#search").FillAsync("nothing-has-this-name");
        await page.SaysAsync("No service matches.");
        await Expect(rows).ToHaveCountAsync(0);
        page.AssertQuiet();
    }

    private static string Yaml(int port)
    {
        var yaml = new StringBuilder("services:\n");
        for (var service = 0; service < Services; service++)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"  - name: s{service:0000}.go.test\n    interval: 1h\n    check: {{type: tcp, port: {port}}}\n    endpoints:\n");
            for (var endpoint = 0; endpoint < EndpointsOfEach; endpoint++)
            {
                yaml.Append(CultureInfo.InvariantCulture, $"      - {{name: e{endpoint}, addresses: [\"127.{endpoint + 1}.{service / 250}.{(service % 250) + 1}\"]}}\n");
            }
        }

        return yaml.ToString();
    }
}
