using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;

namespace DnsFailover.Providers.Http;

/// <summary>The keys that providers which are reached over HTTP share.</summary>
internal static class HttpKeys
{
    /// <summary>Where the API is; another address is a server that speaks the same API.</summary>
    /// <param name="vendor">Whose API it is.</param>
    /// <param name="address">Where it is when failover.yaml does not say.</param>
    /// <param name="otherwise">That in words, where it is not always the same.</param>
    public static Key<Uri> BaseUrl(string vendor, string address, string? otherwise = null) =>
        new("baseUrl", AddressKind(), $"Where the API of {vendor} is. Another address is a server that speaks the same API.") { Default = new Uri(address), DefaultText = otherwise };

    /// <summary>Where an API is that has no usual place.</summary>
    public static Key<Uri> RequiredBaseUrl(string description) => new("baseUrl", AddressKind(), description) { Required = true };

    /// <summary>Says so when a credential would travel in plain text to another machine.</summary>
    public static void WarnIfPlain(Values values, Key<Uri> key, Reading reading)
    {
        if (values.TryGet(key, out var address) && address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback)
        {
            reading.Warn(values.NodeOf(key), $"{key.Name}: the credential goes over the network in plain text; expected https://");
        }
    }

    private static ScalarKind<Uri> AddressKind() => new(
        "an http(s) address without user, query and fragment",
        () => new JsonObject { ["type"] = "string" },
        text =>
            !Uri.TryCreate(text, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp) || text.Any(char.IsWhiteSpace) ? Parsed<Uri>.No("is no http(s) address")
            : address.UserInfo.Length > 0 || text.Contains('@', StringComparison.Ordinal) ? Parsed<Uri>.No("has a user in it")
            : address.Query.Length > 0 || address.Fragment.Length > 0 ? Parsed<Uri>.No("has a query or a fragment")
            : new Parsed<Uri>(address),
        address => address.AbsoluteUri);
}
