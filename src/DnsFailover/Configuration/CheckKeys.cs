using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Probing;

namespace DnsFailover.Configuration;

/// <summary>What a check does.</summary>
internal enum CheckType
{
    Http,
    Https,
    Tcp,
    Tls,
}

/// <summary>What one place in the file says about a check: perhaps the name of another, and keys of its own.</summary>
/// <param name="Use">The named check that it begins with.</param>
/// <param name="UseNode">Where that name stands.</param>
/// <param name="Own">Its own keys; null in the short form.</param>
internal sealed record CheckLayer(string? Use, YamlNode? UseNode, Values? Own);

/// <summary>The keys of a check.</summary>
internal static partial class CheckKeys
{
    public static readonly ScalarKind<CheckType> Types = Kinds.OneOf(("http", CheckType.Http), ("https", CheckType.Https), ("tcp", CheckType.Tcp), ("tls", CheckType.Tls));

    public static readonly Key<CheckType> Type = new("type", Types, "`tcp` connects, `tls` also completes a TLS handshake, `http` and `https` also make a request. `tls` and `https` judge the certificate; with `tcp` and `http` nothing is known of the one that users get. Needed once along the inheritance.");

    public static readonly Key<int> Port = new("port", Kinds.Port, "The port to dial. `tcp` needs one.") { DefaultText = "`80` for http, `443` for https and tls" };

    public static readonly Key<string> Host = new("host", Kinds.HostName.Select(name => name.ToString()), "The host name for the `Host` header and for TLS (SNI and certificate). The address that is dialled stays the endpoint's own. Where it is not the service's name, https and tls checks also ask once a minute which certificate users of the service's name get, by the same `trustedRoots` and `minCertificateDays`; trouble with that fails no probe, but is alerted (redundancy lost).") { DefaultText = "the service's name" };

    public static readonly Key<string> Path = new("path", PathKind(), "Path and query of the request.") { Default = "/" };

    public static readonly Key<string> Method = new("method", Kinds.OneOf(("GET", "GET"), ("HEAD", "HEAD"), ("OPTIONS", "OPTIONS"), ("POST", "POST")), "The request method.") { Default = "GET" };

    public static readonly Key<ValueList<CheckHeader>> Headers = new("headers", HeaderKind.Instance, "Extra request headers; values may hold secrets. Inherited as a whole.") { DefaultText = "none" };

    public static readonly Key<ValueList<StatusRange>> Status = new("status", StatusKind(), "The status codes that pass.") { Default = [new StatusRange(200, 299)] };

    public static readonly Key<string> BodyContains = new("bodyContains", Kinds.Text, "What the body must contain.") { DefaultText = "any body" };

    public static readonly Key<string> BodyMatches = new("bodyMatches", Kinds.Pattern, "A regular expression that must match somewhere in the body.") { DefaultText = "any body" };

    public static readonly Key<JsonExpectation> BodyJson = new("bodyJson", JsonKind(), "A value that the body, as JSON, must have.") { DefaultText = "any body" };

    public static readonly Key<int> MaxBody = new("maxBody", Kinds.Size(1024, 16 * 1024 * 1024), "How much of a body is read to judge it.") { Default = 256 * 1024 };

    public static readonly Key<int> MaxRedirects = new("maxRedirects", Kinds.Integer(0, 10), "How many redirects are followed, each only to the same address and host.") { Default = 0 };

    public static readonly Key<TimeSpan> LatencyLimit = new("latencyLimit", Kinds.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10)), "A probe that passes but takes longer counts as failed. Shorter than `timeout`.") { DefaultText = "no limit but `timeout`" };

    public static readonly Key<int> MinCertificateDays = new("minCertificateDays", Kinds.Integer(0, 3650), "A certificate with fewer days left counts as a failure.") { DefaultText = "valid until it expires" };

    public static readonly Key<string> TrustedRoots = new("trustedRoots", CertificatesKind(), "A PEM file with the only certificate authorities to trust. A relative path starts at the directory of the file.") { DefaultText = "those of the system" };

    public static readonly Key<ProbeFamily> Family = new("family", Kinds.OneOf(("auto", ProbeFamily.Auto), ("ipv4", ProbeFamily.Ipv4), ("ipv6", ProbeFamily.Ipv6)), "Which address of a CNAME endpoint is dialled. Addresses are dialled as they are.") { Default = ProbeFamily.Auto };

    /// <summary>The keys of an entry under <c>checks</c>.</summary>
    public static readonly Section Named = new("named check", "An entry under `checks`, which services and endpoints refer to by its name. It has the keys of a [check](#check) except `use`.", Common()) { Misplaced = ProbingNames, MisplacedBelong = ProbingBelongs };

    private static readonly Key<string> Use = new("use", Kinds.Identifier, "The entry in `checks` to begin with.") { DefaultText = "none" };

    /// <summary>The keys of <c>check</c> in defaults, a service or an endpoint.</summary>
    public static readonly Section Inline = new("check", "What a probe does and expects. A probe always dials the endpoint's own address.", [Use, .. Common()]) { Misplaced = ProbingNames, MisplacedBelong = ProbingBelongs };

    /// <summary>The value of <c>check</c>.</summary>
    public static readonly ValueKind<CheckLayer> Kind = new EitherKind<CheckLayer>(
        new NamedCheckKind(),
        new SectionKind<CheckLayer>(Inline, (values, _) => new CheckLayer(values.TryGet(Use, out var use) ? use : null, values.IsWritten(Use) ? values.NodeOf(Use) : null, values)));

    /// <summary>The value of an entry under <c>checks</c>.</summary>
    public static readonly ValueKind<Values> NamedKind = new SectionKind<Values>(Named, (values, _) => values);

    private const string ProbingBelongs = "beside 'check' in an endpoint, a service or defaults";

    private static IReadOnlyList<string> ProbingNames => ["interval", "timeout", "fastInterval", "rise", "fall", "window"];

    /// <summary>Whether a check of this type has the key.</summary>
    public static bool Has(CheckType type, Key key) => type switch
    {
        CheckType.Tcp => key == Type || key == Use || key == Port || key == LatencyLimit || key == Family,
        CheckType.Tls => Has(CheckType.Tcp, key) || key == Host || key == MinCertificateDays || key == TrustedRoots,
        CheckType.Http => key != MinCertificateDays && key != TrustedRoots,
        _ => true,
    };

    private static Key[] Common() => [Type, Port, Host, Path, Method, Headers, Status, BodyContains, BodyMatches, BodyJson, MaxBody, MaxRedirects, LatencyLimit, MinCertificateDays, TrustedRoots, Family];

    private static ScalarKind<string> PathKind() => new(
        "a path such as /healthz",
        () => new JsonObject { ["type"] = "string" },
        text => text.Contains("://", StringComparison.Ordinal) ? Parsed<string>.No("is a whole address; its parts go into 'type', 'host', 'port' and 'path'")
            : !text.StartsWith('/') ? Parsed<string>.No("does not begin with '/'", "/" + text)
            : text.Any(c => c is <= ' ' or '#' or > '~') ? Parsed<string>.No("has a space, a '#' or another character that must be percent-encoded")
            : text.Length > 2048 ? Parsed<string>.No("is longer than 2048 characters")
            : new Parsed<string>(text));

    private static EitherKind<ValueList<StatusRange>> StatusKind()
    {
        var text = new ScalarKind<ValueList<StatusRange>>(
            "a status such as 204 or 200-299",
            () => new JsonObject { ["type"] = new JsonArray("integer", "string") },
            ParseStatuses,
            value => value.ToString());
        return new EitherKind<ValueList<StatusRange>>(text, new FlatListKind<StatusRange>(new ListKind<ValueList<StatusRange>>(text, "them")));
    }

    private static Parsed<ValueList<StatusRange>> ParseStatuses(string text)
    {
        var ranges = new List<StatusRange>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Trim().Split('-');
            if (ends.Length > 2 || !ends.All(end => end.Length == 3 && int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 100 and <= 599))
            {
                return Parsed<ValueList<StatusRange>>.No("is no status from 100 to 599", text.Length == 3 && text.EndsWith("xx", StringComparison.OrdinalIgnoreCase) ? $"{text[0]}00-{text[0]}99" : null);
            }

            var (first, last) = (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
            if (first > last)
            {
                return Parsed<ValueList<StatusRange>>.No("ends before it begins", $"{last}-{first}");
            }

            ranges.Add(new StatusRange(first, last));
        }

        return new Parsed<ValueList<StatusRange>>(ranges.ToValueList());
    }

    private static SectionKind<JsonExpectation> JsonKind()
    {
        var path = new Key<string>(
            "path",
            new ScalarKind<string>(
                "a path such as $.status or checks[0].ok",
                () => new JsonObject { ["type"] = "string" },
                text => text.Length <= 512 && JsonPath().IsMatch(text) ? new Parsed<string>(text) : Parsed<string>.No("is no path of names and indices")),
            "Where: names and indices such as `$.status` or `checks[0].ok`.")
        { Required = true };
        var equals = new Key<string>("equals", Kinds.Text, "The text of the value there: `ok`, `true`, `3`.") { Required = true };
        var section = new Section("bodyJson", "A value inside a JSON body: `bodyJson: {path: $.status, equals: ok}`.", path, equals);
        return new SectionKind<JsonExpectation>(section, (values, _) => values.TryGet(path, out var where) && values.TryGet(equals, out var value) ? new JsonExpectation(where, value) : null);
    }

    private static ScalarKind<string> CertificatesKind() => new("a PEM file with certificates", () => new JsonObject { ["type"] = "string" }, text => new Parsed<string>(text))
    {
        Inspect = (path, reading) =>
        {
            try
            {
                var certificates = new X509Certificate2Collection();
                certificates.ImportFromPem(reading.Surroundings.ReadFile(reading.References.FullPath(path)));
                var count = certificates.Count;
                foreach (var certificate in certificates)
                {
                    certificate.Dispose();
                }

                return count > 0 ? null : "holds no certificate";
            }
            catch (CryptographicException)
            {
                return "holds something that is no certificate";
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return $"cannot be used: {FileTrouble.Describe(exception)}";
            }
        },
    };

    [GeneratedRegex(@"^(\$|[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,6}\])(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,6}\])*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex JsonPath();
}
