using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json.Nodes;
using DnsFailover.Api;
using DnsFailover.Configuration.Schema;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Core.Records;

namespace DnsFailover.Configuration;

/// <summary>How the API and the status page are reached over the network.</summary>
internal static class ApiKeys
{
    private const int MostListeners = 8;

    private static readonly ScalarKind<IPEndPoint> AnyAddress = Kinds.SocketAddress(ApiOptions.DefaultListen.Port, anyAddress: true);

    private static readonly ScalarKind<IPEndPoint> Address = new("an address and port such as 127.0.0.1:8053 or [::1]:8053", () => new JsonObject { ["type"] = "string" }, AnyAddress.Parse);

    private static readonly ScalarKind<Listening> OnePlace = new(
        $"{Address.Expected}, or off",
        () => new JsonObject { ["type"] = "string" },
        text => text == "off" ? new Parsed<Listening>(new Listening([]))
            : Address.Parse(text) is { Complaint: null } place ? new Parsed<Listening>(new Listening([place.Value!]))
            : Parsed<Listening>.No(Address.Parse(text).Complaint!, Address.Parse(text).Suggestion),
        listening => listening.Places.Count == 0 ? "off" : $"{listening.Places}");

    private static readonly Key<Listening> ListenKey = new(
        "listen",
        new EitherKind<Listening>(OnePlace, new SeveralPlaces()),
        "Where the API, the status page and the metrics are reached; several in a list, or `off`. Who asks from this machine may read; everybody else needs the token, and so does every change. Port 0 takes a free one.")
    {
        DefaultText = "`127.0.0.1:8053`; when something else has that port, the daemon says so once and runs without",
    };

    private static readonly Key<Secret> Token = new(
        "token",
        new SecretKind($"a text of at least {ApiOptions.ShortestToken} characters", text => text.Length < ApiOptions.ShortestToken ? $"has fewer than {ApiOptions.ShortestToken} characters" : text.Any(c => c is <= ' ' or > '~') ? "has characters that a header cannot carry" : null, warnWhenLiteral: true),
        "What a caller shows as `Authorization: Bearer …`. Without it nothing can be changed over the network; the commands on this machine need none.")
    { DefaultText = "none" };

    private static readonly Key<IReadOnlyList<Placed<DnsName>>> Hosts = new(
        "hosts",
        new ListKind<DnsName>(Kinds.HostName, "host names"),
        "Names, besides localhost, under which a browser on this machine may read without the token. Other names are refused, since any web site can give itself the address of this machine.")
    { DefaultText = "none" };

    private static readonly Section Keys = new("api", "How the API and the status page are reached over the network.", ListenKey, Token, Hosts);

    public static readonly Key<ApiSection> Api = new(
        "api",
        new EitherKind<ApiSection>(Kinds.OneOf(("off", new ApiSection(Values: null))), new SectionKind<ApiSection>(Keys, (values, _) => new ApiSection(values))),
        "How the API and the status page are reached over the network: `api: {listen: 127.0.0.1:8053, token: \"${TOKEN}\"}`, or `off`.")
    { DefaultText = "readable on this machine at `127.0.0.1:8053`" };

    public static readonly Key<StatusPage> StatusPage = new(
        "statusPage",
        Kinds.OneOf(("private", DnsFailover.Api.StatusPage.Private), ("public", DnsFailover.Api.StatusPage.Public), ("off", DnsFailover.Api.StatusPage.Off)),
        "Who sees the status page: who may read the API; everybody, without addresses, endpoints and reasons; or nobody.")
    { Default = DnsFailover.Api.StatusPage.Private };

    /// <summary>Puts it together.</summary>
    public static ApiOptions Read(Values file, Reading reading)
    {
        var page = file.Get(StatusPage);
        if (!file.TryGet(Api, out var written))
        {
            return new ApiOptions { Listen = [ApiOptions.DefaultListen], IsDefault = true, StatusPage = page };
        }

        if (written.Values is not { } own)
        {
            return ApiOptions.Off with { StatusPage = page };
        }

        var isWritten = own.TryGet(ListenKey, out var listening);
        var places = isWritten ? listening!.Places : [ApiOptions.DefaultListen];
        var twice = places.Where(place => place.Port != 0).GroupBy(place => place).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
        {
            reading.Error(own.NodeOf(ListenKey), $"listen: {twice} is written twice");
        }

        if (places.Count > MostListeners)
        {
            reading.Error(own.NodeOf(ListenKey), $"listen: there are {places.Count} addresses; expected {MostListeners} at the most");
        }

        if (places.FirstOrDefault(place => !IPAddress.IsLoopback(place.Address)) is { } open && !own.IsWritten(Token))
        {
            reading.Warn(own.NodeOf(ListenKey), $"listen: without 'token', nobody at another machine may read anything at {open}{(page == DnsFailover.Api.StatusPage.Public ? " but the public page" : string.Empty)}; expected 'token' in 'api'");
        }

        return new ApiOptions
        {
            Listen = places,
            IsDefault = !isWritten,
            Token = own.TryGet(Token, out var token) ? token : null,
            Hosts = own.TryGet(Hosts, out var hosts) ? hosts.Select(host => host.Value).ToValueList() : [],
            StatusPage = page,
        };
    }

    /// <summary>Where a file says that the API is reached, whatever else it says.</summary>
    public static IReadOnlyList<IPEndPoint> PlacesIn(YamlMap file, Reading reading) => file.Find(Api.Name) switch
    {
        null => [ApiOptions.DefaultListen],
        YamlMap own when own.Find(ListenKey.Name) is { } listen => ListenKey.TryRead(listen, reading, out var places) ? ((Listening)places!).Places : [],
        YamlMap => [ApiOptions.DefaultListen],
        _ => [],
    };

    /// <summary>What stands under <c>api</c>.</summary>
    /// <param name="Values">Null when it is off.</param>
    internal sealed record ApiSection(Values? Values);

    /// <summary>A list of places.</summary>
    private sealed class SeveralPlaces : ValueKind<Listening>
    {
        private static readonly ListKind<IPEndPoint> Places = new(Address, "addresses");

        /// <inheritdoc/>
        public override string Expected => Places.Expected;

        /// <inheritdoc/>
        public override string Summary => Places.Summary;

        /// <inheritdoc/>
        public override bool TryRead(YamlNode node, string key, Reading reading, [MaybeNullWhen(false)] out Listening value)
        {
            value = Places.TryRead(node, key, reading, out var places) ? new Listening(places.Select(place => place.Value).ToValueList()) : null;
            return value is not null;
        }

        /// <inheritdoc/>
        public override JsonObject ToSchema(SchemaDefinitions definitions) => Places.ToSchema(definitions);
    }

    /// <summary>Where is listened.</summary>
    /// <param name="Places">Empty when nowhere.</param>
    internal sealed record Listening(ValueList<IPEndPoint> Places);
}
