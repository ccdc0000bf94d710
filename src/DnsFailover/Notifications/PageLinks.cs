using DnsFailover.Core.Alerts;

namespace DnsFailover.Notifications;

/// <summary>A link of a message.</summary>
/// <param name="Text">What it is for.</param>
/// <param name="Address">Where it leads.</param>
internal sealed record PageLink(string Text, string Address);

/// <summary>
/// The way from a message to the status page. A link only opens the page there; what is to be done is asked for, with a
/// token, by the page itself, since chats follow links to make previews of them.
/// </summary>
/// <param name="page">The page's address; null when there is none, and so no link.</param>
internal sealed class PageLinks(Uri? page)
{
    private const string Open = "Open the status page";

    /// <summary>The links of an alert: to the service, and to what its reader may want to do about it.</summary>
    public IReadOnlyList<PageLink> Of(Alert alert)
    {
        if (page is null)
        {
            return [];
        }

        if (alert.Service is not { } service)
        {
            return [new PageLink(Open, Root)];
        }

        var place = $"{Root}#/services/{Uri.EscapeDataString(service.ToString())}";
        var links = new List<PageLink> { new(Open, place) };
        if (alert.MayApprove)
        {
            links.Add(new PageLink("Approve the failback", $"{place}?do=approve"));
        }

        if (alert.StillWrong is { Count: > 0 })
        {
            links.Add(new PageLink("Freeze", $"{place}?do=freeze"));
        }

        return links;
    }

    /// <summary>The address of the page itself; null when there is none.</summary>
    public string? Page => page is null ? null : Root;

    private string Root => page!.AbsoluteUri.EndsWith('/') ? page.AbsoluteUri : $"{page.AbsoluteUri}/";
}
