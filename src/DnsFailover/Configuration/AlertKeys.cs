using System.Text.Json.Nodes;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Records;
using DnsFailover.Journal;

namespace DnsFailover.Configuration;

/// <summary>The keys that say who is told what, and how often.</summary>
internal static class AlertKeys
{
    private const int LongestPage = 200;

    public static readonly Key<Uri> PageUrl = new("pageUrl", PageKind(), "Where people reach the status page, such as `https://failover.example.com`. Alerts link to it, also to what can be approved or frozen there; the page asks for the token, so that a link by itself changes nothing.") { DefaultText = "alerts have no links" };

    public static readonly Key<TimeSpan?> RemindEvery = new("remindEvery", IntervalOrOff(TimeSpan.FromMinutes(5), TimeSpan.FromDays(1)), "While a service is degraded and nothing new was said of it for so long, a reminder is sent; each further one waits twice as long, at the most a day. `off` sends none.") { Default = TimeSpan.FromHours(4) };

    public static readonly Key<IReadOnlyList<Placed<string>>> Notify = new("notify", new ListKind<string>(Kinds.Identifier, "channels", mayBeEmpty: true), "The entries in `notifications` that are told of this service; `[]` is none. Alerts of the daemon as a whole go to all.") { DefaultText = "all" };

    /// <summary>Which alerts go to which channels.</summary>
    /// <param name="services">The services as they are written.</param>
    /// <param name="defaults">What holds for those that do not say otherwise.</param>
    /// <param name="channels">The channels.</param>
    /// <param name="reading">Where problems go.</param>
    public static AlertRoutes Read(IEnumerable<Values> services, Values? defaults, IReadOnlyList<Named<ChannelDefinition>> channels, Reading reading)
    {
        var names = channels.Select(channel => channel.Name).ToList();
        var (chosen, complained) = (new Dictionary<DnsName, ValueList<string>>(), new HashSet<Yaml.YamlNode>());
        foreach (var service in services.Select(own => own.Over(defaults)))
        {
            if (!service.TryGet(Notify, out var wanted))
            {
                continue;
            }

            // What stands in defaults is complained about once, and not by every service.
            foreach (var item in wanted.Where(item => !names.Contains(item.Value) && complained.Add(item.Node)))
            {
                var shown = Reading.Shown(item.Node);
                reading.Error(item.Node, $"notify: there is no channel '{shown}' in notifications; expected {(names.Count == 0 ? "one that is declared there" : Section.List(names.Take(10), "or"))}{(References.IsIn(shown) ? string.Empty : Nearest.Hint(item.Value, names))}");
            }

            if (service.TryGet(ServiceKeys.Name, out var name))
            {
                chosen[name] = wanted.Select(item => item.Value).ToValueList();
            }
        }

        return new AlertRoutes([.. channels.Where(channel => channel.Value is not null).Select(channel => new AlertRoute(channel.Name) { AtLeast = channel.Value!.AtLeast, Kinds = channel.Value.Kinds, IsPager = channel.Value is PagerDutyChannel })], chosen);
    }

    private static ScalarKind<Uri> PageKind() => new(
        "an http(s) address without query and fragment",
        () => new JsonObject { ["type"] = "string" },
        text =>
            text.Length > LongestPage ? Parsed<Uri>.No($"is longer than {LongestPage} characters")
            : !Uri.TryCreate(text, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp) || text.Any(char.IsWhiteSpace) ? Parsed<Uri>.No("is no http(s) address")
            : address.UserInfo.Length > 0 ? Parsed<Uri>.No("has a user in it")
            : address.Query.Length > 0 || address.Fragment.Length > 0 ? Parsed<Uri>.No("has a query or a fragment")
            : new Parsed<Uri>(address),
        address => address.AbsoluteUri);

    private static ScalarKind<TimeSpan?> IntervalOrOff(TimeSpan least, TimeSpan most)
    {
        var duration = Kinds.Duration(least, most);
        return new(
            $"{duration.Expected}, or off",
            () => new JsonObject { ["type"] = "string", ["pattern"] = $"^off$|{DurationText.Pattern}" },
            text => text == "off" ? new Parsed<TimeSpan?>(null) : duration.Parse(text) is { Complaint: null } parsed ? new Parsed<TimeSpan?>(parsed.Value) : Parsed<TimeSpan?>.No(duration.Parse(text).Complaint!, duration.Parse(text).Suggestion),
            value => value is { } some ? duration.Show(some) : "off");
    }
}
