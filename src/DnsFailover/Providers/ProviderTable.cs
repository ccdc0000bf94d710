using DnsFailover.Configuration;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Records;
using DnsFailover.Providers.Azure;
using DnsFailover.Providers.Builtin;
using DnsFailover.Providers.Cloudflare;
using DnsFailover.Providers.Desec;
using DnsFailover.Providers.DigitalOcean;
using DnsFailover.Providers.Google;
using DnsFailover.Providers.Hetzner;
using DnsFailover.Providers.PowerDns;
using DnsFailover.Providers.Rfc2136;
using DnsFailover.Providers.Route53;
using DnsFailover.Providers.Webhook;

namespace DnsFailover.Providers;

/// <summary>One kind of provider.</summary>
/// <param name="Type">Its name in failover.yaml.</param>
/// <param name="Capabilities">What it can do, where its options do not say otherwise; the policies of its services are held against it.</param>
/// <param name="Keys">The keys of its entry in failover.yaml.</param>
/// <param name="Parse">Makes options of an entry's keys; null when that is not possible, which was reported.</param>
/// <param name="Open">Makes a provider of its options, ready to read and write.</param>
/// <param name="OpenReader">Makes the half that cannot write, for dry runs; it disturbs no daemon that is running.</param>
internal sealed record ProviderKind(
    string Type,
    ProviderCapabilities Capabilities,
    Section Keys,
    Func<Values, Reading, ProviderOptions?> Parse,
    Func<ProviderOptions, ProviderSurroundings, CancellationToken, Task<IDnsProvider>> Open,
    Func<ProviderOptions, ProviderSurroundings, IRecordReader> OpenReader);

/// <summary>An entry under <c>providers</c>.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Zone">Its zone, which is known even when other options are not usable.</param>
/// <param name="Options">Its options; null when they are not usable, which was reported.</param>
internal sealed record ProviderEntry(ProviderKind Kind, DnsName? Zone, ProviderOptions? Options)
{
    /// <summary>What it can do; as far as its options are not usable, what its kind can.</summary>
    public ProviderCapabilities Capabilities => Options?.OwnCapabilities ?? Kind.Capabilities;
}

/// <summary>Every kind of provider that there is. A new one is a folder and a line here.</summary>
internal static class ProviderTable
{
    /// <summary>One line per kind, in alphabetical order.</summary>
    public static IReadOnlyList<ProviderKind> Kinds { get; } =
    [
        new("azure", AzureOptions.Capabilities, AzureOptions.Keys, AzureOptions.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(AzureProvider.Open(options, around)), AzureProvider.Open),
        new("builtin", BuiltinOptions.Capabilities, BuiltinOptions.Keys, BuiltinOptions.Parse, BuiltinProvider.OpenAsync, (options, around) => new BuiltinZoneReader((BuiltinOptions)options, around.DataDirectory, around.Time)),
        new("cloudflare", CloudflareOptions.Capabilities, CloudflareOptions.Keys, CloudflareOptions.Parse, (options, around, _) => Task.FromResult(CloudflareProvider.Open(options, around)), CloudflareProvider.Open),
        new("desec", DesecOptions.Capabilities, DesecOptions.Keys, DesecOptions.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(DesecProvider.Open(options, around)), DesecProvider.Open),
        new("digitalocean", DigitalOceanOptions.Capabilities, DigitalOceanOptions.Keys, DigitalOceanOptions.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(DigitalOceanProvider.Open(options, around)), DigitalOceanProvider.Open),
        new("google", GoogleOptions.Capabilities, GoogleOptions.Keys, GoogleOptions.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(GoogleProvider.Open(options, around)), GoogleProvider.Open),
        new("hetzner", HetznerOptions.Capabilities, HetznerOptions.Keys, HetznerOptions.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(HetznerProvider.Open(options, around)), HetznerProvider.Open),
        new("powerdns", PowerDnsOptions.Capabilities, PowerDnsOptions.Keys, PowerDnsOptions.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(PowerDnsProvider.Open(options, around)), PowerDnsProvider.Open),
        new("rfc2136", Rfc2136Options.Capabilities, Rfc2136Options.Keys, Rfc2136Options.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(Rfc2136Provider.Open(options, around)), Rfc2136Provider.Open),
        new("route53", Route53Options.Capabilities, Route53Options.Keys, Route53Options.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(Route53Provider.Open(options, around)), Route53Provider.Open),
        new("webhook", WebhookOptions.Capabilities, WebhookOptions.Keys, WebhookOptions.Parse, (options, around, _) => Task.FromResult<IDnsProvider>(WebhookProvider.Open(options, around)), WebhookProvider.Open),
    ];

    /// <summary>The kinds as the types of an entry under <c>providers</c>.</summary>
    public static IReadOnlyList<TypedCase<ProviderEntry>> Cases(Reading? reading) =>
        [.. (reading?.ProviderKinds ?? Kinds).Select(kind => new TypedCase<ProviderEntry>(kind.Type, kind.Keys, (_, values, where) => new ProviderEntry(kind, values.TryGet(ProviderKeys.Zone, out var zone) ? zone : null, kind.Parse(values, where))))];
}
