using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DnsFailover.Core.Records;

namespace DnsFailover.Configuration.Schema;

/// <summary>The kinds of single values that occur in the file.</summary>
internal static class Kinds
{
    /// <summary>The longest pattern or text that a body is searched for.</summary>
    private const int LongestText = 4096;

    private static readonly string[] SuggestedUnits = ["s", "ms", "m", "h"];

    /// <summary>Yes or no.</summary>
    public static ScalarKind<bool> Boolean { get; } = new(
        "true or false",
        () => new JsonObject { ["type"] = "boolean" },
        text => text switch
        {
            "true" => new Parsed<bool>(true),
            "false" => new Parsed<bool>(false),
            _ => Parsed<bool>.No("is neither", text.ToLowerInvariant() switch { "yes" or "on" or "1" or "true" => "true", "no" or "off" or "0" or "false" => "false", _ => null }),
        },
        value => value ? "true" : "false");

    /// <summary>A fully qualified host name.</summary>
    public static ScalarKind<DnsName> HostName { get; } = new(
        "a host name such as api.example.com",
        () => new JsonObject { ["type"] = "string" },
        text => DnsName.TryParse(text, out var name, out var error)
            ? new Parsed<DnsName>(name)
            : Parsed<DnsName>.No(error.StartsWith($"'{text}' ", StringComparison.Ordinal) ? error[(text.Length + 3)..] : "is no host name: it has 1 to 253 characters"));

    /// <summary>An IPv4 or IPv6 address that a record can hold.</summary>
    public static ScalarKind<IPAddress> Address { get; } = new("an IPv4 or IPv6 address such as 192.0.2.10 or 2001:db8::10", () => new JsonObject { ["type"] = "string" }, ParseAddress);

    /// <summary>A short name that fits on a command line and into a URL.</summary>
    public static ScalarKind<string> Identifier { get; } = new(
        "a name of letters, digits, '-', '_' and '.'",
        () => new JsonObject { ["type"] = "string" },
        text => IdentifierComplaint(text) is { } complaint ? Parsed<string>.No(complaint) : new Parsed<string>(text));

    /// <summary>Any text that is not empty.</summary>
    public static ScalarKind<string> Text { get; } = new(
        "a text",
        () => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
        text => text.Length switch
        {
            0 => Parsed<string>.No("is empty"),
            > LongestText => Parsed<string>.No($"is longer than {LongestText} characters"),
            _ => new Parsed<string>(text),
        });

    /// <summary>A regular expression that the linear-time engine takes.</summary>
    public static ScalarKind<string> Pattern { get; } = new(
        "a regular expression without look-around and back-references",
        () => new JsonObject { ["type"] = "string" },
        text =>
        {
            try
            {
                _ = new Regex(text.Length <= LongestText ? text : throw new ArgumentException("it is too long"), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
                return text.Length == 0 ? Parsed<string>.No("is empty") : new Parsed<string>(text);
            }
            catch (RegexParseException exception)
            {
                return Parsed<string>.No($"is not a regular expression: {exception.Error} at character {exception.Offset}");
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                return Parsed<string>.No("cannot be matched in linear time, or is too long");
            }
        });

    /// <summary>A directory; it is made when it is needed.</summary>
    public static ScalarKind<string> Directory { get; } = new(
        "a directory",
        () => new JsonObject { ["type"] = "string" },
        text => text.Trim().Length == 0 || text.Contains('\0', StringComparison.Ordinal) ? Parsed<string>.No("is no path") : new Parsed<string>(text));

    /// <summary>A duration within bounds.</summary>
    public static ScalarKind<TimeSpan> Duration(TimeSpan least, TimeSpan most, bool wholeSeconds = false) => new(
        $"a duration from {DurationText.Format(least)} to {DurationText.Format(most)}, such as 10s or 1m30s",
        () => new JsonObject { ["type"] = "string", ["pattern"] = DurationText.Pattern },
        text =>
        {
            if (!DurationText.TryParse(text, out var value))
            {
                var isNumber = text.Length is > 0 and < 10 && text.All(char.IsAsciiDigit);
                var fitting = SuggestedUnits.Select(unit => text + unit).FirstOrDefault(meant => DurationText.TryParse(meant, out var with) && with >= least && with <= most);
                return isNumber ? Parsed<TimeSpan>.No("has no unit", fitting) : Parsed<TimeSpan>.No("is no duration (units are d, h, m, s and ms, larger ones first)", MeantDuration(text));
            }

            return value < least ? Parsed<TimeSpan>.No("is too short")
                : value > most ? Parsed<TimeSpan>.No("is too long")
                : wholeSeconds && value.Ticks % TimeSpan.TicksPerSecond != 0 ? Parsed<TimeSpan>.No("is not in whole seconds")
                : new Parsed<TimeSpan>(value);
        },
        DurationText.Format);

    /// <summary>A whole number within bounds.</summary>
    public static ScalarKind<int> Integer(int least, int most) => new(
        $"a whole number from {least} to {most}",
        () => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most },
        text => !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? Parsed<int>.No("is no whole number")
            : value < least || value > most ? Parsed<int>.No("is out of range")
            : new Parsed<int>(value));

    /// <summary>A whole number within bounds, or <c>off</c>, which is null.</summary>
    public static ScalarKind<int?> IntegerOrOff(int least, int most)
    {
        var number = Integer(least, most);
        return new(
            $"{number.Expected}, or off",
            () => new JsonObject { ["type"] = new JsonArray("integer", "string"), ["minimum"] = least, ["maximum"] = most, ["pattern"] = "^off$" },
            text => text == "off" ? new Parsed<int?>(null) : number.Parse(text) is { Complaint: null } parsed ? new Parsed<int?>(parsed.Value) : Parsed<int?>.No(number.Parse(text).Complaint!),
            value => value is { } some ? number.Show(some) : "off");
    }

    /// <summary>A TCP or UDP port.</summary>
    public static ScalarKind<int> Port { get; } = Integer(1, 65535);

    /// <summary>An amount of bytes within bounds.</summary>
    public static ScalarKind<int> Size(int least, int most) => new(
        $"a size from {SizeText.Format(least)} to {SizeText.Format(most)}, such as 256KiB",
        () => new JsonObject { ["type"] = "string", ["pattern"] = SizeText.Pattern },
        text => !SizeText.TryParse(text, out var value) ? Parsed<int>.No(text.Length is > 0 and < 10 && text.All(char.IsAsciiDigit) ? "has no unit" : "is no size (units are B, KiB and MiB)", SizeText.Meant(text, least, most))
            : value < least || value > most ? Parsed<int>.No("is out of range")
            : new Parsed<int>((int)value),
        value => SizeText.Format(value));

    /// <summary>One of a few words.</summary>
    public static ScalarKind<T> OneOf<T>(params (string Word, T Value)[] words) => new(
        Section.List(words.Select(pair => pair.Word), "or"),
        () => new JsonObject { ["enum"] = new JsonArray([.. words.Select(pair => JsonValue.Create(pair.Word))]), ["type"] = "string" },
        text =>
        {
            var index = Array.FindIndex(words, pair => pair.Word == text);
            return index >= 0 ? new Parsed<T>(words[index].Value) : Parsed<T>.No("is not known", Nearest.Of(text, words.Select(pair => pair.Word)));
        },
        value => words.First(pair => EqualityComparer<T>.Default.Equals(pair.Value, value)).Word);

    /// <summary>An address with an optional port.</summary>
    public static ScalarKind<IPEndPoint> SocketAddress(int defaultPort, bool anyAddress) => new(
        anyAddress ? "an address and port such as 127.0.0.1:5300 or [::1]:5300" : $"an address with an optional port, such as 192.0.2.53, 192.0.2.53:{defaultPort} or [2001:db8::53]:{defaultPort}",
        () => new JsonObject { ["type"] = "string" },
        text =>
        {
            var (host, port) = HostAndPort.Split(text);
            if (port is not null && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 65535 || (number == 0 && !anyAddress)))
            {
                return Parsed<IPEndPoint>.No("has no valid port");
            }

            return !IPAddress.TryParse(host, out var address) || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != host)
                ? Parsed<IPEndPoint>.No("has no valid address")
                : new Parsed<IPEndPoint>(new IPEndPoint(address, port is null ? defaultPort : int.Parse(port, CultureInfo.InvariantCulture)));
        });

    /// <summary>Null when the text can be the name of an endpoint, a provider, a check or a channel.</summary>
    public static string? IdentifierComplaint(string text) =>
        text.Length is 0 or > 63 ? "is no name of 1 to 63 characters"
        : text.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) ? "has characters other than letters, digits, '-', '_' and '.'"
        : null;

    private static Parsed<IPAddress> ParseAddress(string text)
    {
        // The framework also takes 1, 0x7f.1 and 010.0.0.1; none of them is what somebody means by an address.
        if (!IPAddress.TryParse(text, out var address) || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != text))
        {
            var hasPort = HostAndPort.Split(text) is (var host, not null) && IPAddress.TryParse(host, out _);
            return hasPort ? Parsed<IPAddress>.No("has a port, which belongs into the check", HostAndPort.Split(text).Host)
                : DnsName.TryParse(text, out _, out _) && text.Any(char.IsAsciiLetter) ? Parsed<IPAddress>.No("is a host name, which belongs into 'cname'")
                : Parsed<IPAddress>.No("is no address");
        }

        return address.IsIPv4MappedToIPv6 ? Parsed<IPAddress>.No("is an IPv4 address in IPv6 spelling", $"{address.MapToIPv4()}")
            : address.AddressFamily == AddressFamily.InterNetworkV6 && text.Contains('%', StringComparison.Ordinal) ? Parsed<IPAddress>.No("has a zone, which a DNS record cannot hold")
            : text.Contains('[', StringComparison.Ordinal) ? Parsed<IPAddress>.No("has brackets", $"{address}")
            : IsUnreachable(address) ? Parsed<IPAddress>.No("is not the address of one machine")
            : new Parsed<IPAddress>(address);
    }

    private static bool IsUnreachable(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.Broadcast)
        || address.IsIPv6Multicast || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 or 0);

    private static string? MeantDuration(string text)
    {
        var compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
        foreach (var (spelled, unit) in new[] { ("seconds", "s"), ("second", "s"), ("secs", "s"), ("sec", "s"), ("minutes", "m"), ("minute", "m"), ("mins", "m"), ("min", "m"), ("hours", "h"), ("hour", "h"), ("days", "d"), ("day", "d") })
        {
            compact = compact.Replace(spelled, unit, StringComparison.Ordinal);
        }

        return compact != text && DurationText.TryParse(compact, out _) ? compact : null;
    }
}

/// <summary>Sizes as the file spells them: <c>512B</c>, <c>256KiB</c>, <c>1MiB</c>.</summary>
internal static class SizeText
{
    /// <summary>Matches what <see cref="TryParse"/> takes; for the JSON schema.</summary>
    public const string Pattern = "^[0-9]+(B|KiB|MiB)$";

    private static readonly (string Unit, long Bytes)[] Units = [("MiB", 1024 * 1024), ("KiB", 1024), ("B", 1)];

    /// <summary>A whole number with a unit, in bytes.</summary>
    public static bool TryParse(string text, out long value)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var index = digits is > 0 and < 10 ? Array.FindIndex(Units, unit => unit.Unit == text[digits..]) : -1;
        value = index < 0 ? 0 : long.Parse(text.AsSpan(0, digits), CultureInfo.InvariantCulture) * Units[index].Bytes;
        return index >= 0;
    }

    /// <summary>With the largest unit that divides it.</summary>
    public static string Format(long value)
    {
        var (unit, bytes) = Units.First(unit => value % unit.Bytes == 0);
        return $"{value / bytes}{unit}";
    }

    /// <summary>What somebody probably meant, or null.</summary>
    public static string? Meant(string text, long least, long most)
    {
        var digits = string.Concat(text.TakeWhile(char.IsAsciiDigit));
        var unit = text[digits.Length..].Trim().ToUpperInvariant();
        string[] units = unit.Length == 0 ? ["B", "KiB", "MiB"] : unit[0] == 'K' ? ["KiB"] : unit[0] == 'M' ? ["MiB"] : [];
        return units.Select(candidate => digits + candidate).FirstOrDefault(candidate => TryParse(candidate, out var value) && value >= least && value <= most);
    }
}

/// <summary>Takes <c>host:port</c> apart; the host may be an IPv6 address in brackets or without.</summary>
internal static class HostAndPort
{
    /// <summary>The host without brackets, and the text behind the colon where there is one.</summary>
    public static (string Host, string? Port) Split(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
        {
            return end == text.Length - 1 ? (text[1..end], null) : (text[1..end], text[end + 1] == ':' ? text[(end + 2)..] : "?");
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || colon != text.LastIndexOf(':') ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }
}
