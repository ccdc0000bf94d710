using System.Globalization;
using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Cloudflare;

/// <summary>Looks at the token and at the zone for <c>doctor</c>, with calls that only read.</summary>
internal sealed class Examination(CloudflareOptions options, CloudflareClient client, ZoneLookup zone, TimeProvider time)
{
    /// <summary>A token that ends sooner than this is worth a word.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromDays(21);

    /// <summary>Everything that is found.</summary>
    /// <param name="uses">Tries what the token is for, by reading.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(Func<CancellationToken, Task<IReadOnlyList<Finding>>> uses, CancellationToken cancellationToken)
    {
        CloudflareZone? found = null;
        var aboutZone = await TryAsync("zone", async () =>
        {
            if (options is { ZoneId: not null, NameServers.Count: > 0 } && (options.Mode == CloudflareMode.Records || options.AccountId is not null))
            {
                return [Finding.Good("zone", $"{options.Zone} is used by its zoneId and nameServers, so that the token need not read it")];
            }

            found = await zone.ZoneAsync(cancellationToken);
            return [OfZone(found)];
        });
        return
        [
            .. await TryAsync("credential", async () => [await OfTokenAsync(options.AccountId ?? found?.AccountId, cancellationToken)]),
            .. aboutZone,
            .. await TryAsync("permissions", () => uses(cancellationToken)),
        ];
    }

    /// <summary>A failure is what was found, and its message says how to mend it.</summary>
    private static async Task<IReadOnlyList<Finding>> TryAsync(string subject, Func<Task<IReadOnlyList<Finding>>> look)
    {
        try
        {
            return await look();
        }
        catch (ProviderException e)
        {
            return [e.Failure == ProviderFailure.Transient ? Finding.Problem(subject, e.Message, "try again; if it stays, see whether this machine reaches baseUrl") : Finding.Problem(subject, e.Message)];
        }
    }

    /// <summary>A user's token is known to one call, an account's to another.</summary>
    private async Task<Finding> OfTokenAsync(string? accountId, CancellationToken cancellationToken)
    {
        var reply = await client.VerifyTokenAsync(accountId: null, cancellationToken);
        if (!reply.IsSuccess && accountId is not null)
        {
            var other = await client.VerifyTokenAsync(accountId, cancellationToken);
            reply = other.IsSuccess ? other : reply;
        }

        return (reply.TokenStatus, reply.TokenExpiry) switch
        {
            _ when reply is { IsSuccess: false, IsAboutTheToken: true } => Finding.Problem("credential", reply.Refusal(complaint: null).Message, "make a new API token (My Profile → API Tokens) and put it where `token` points"),
            _ when !reply.IsSuccess => throw reply.Failure(),
            ("expired", var at) => Finding.Problem("credential", $"the token has expired{(at is { } end ? $" ({Day(end)})" : string.Empty)}", "roll it, or give it a later end"),
            ("disabled", _) => Finding.Problem("credential", "the token is disabled", "enable it, or make another"),
            ("active", { } at) when at - time.GetUtcNow() < Soon => Finding.Advice("credential", $"the token ends in {Text.Of(at - time.GetUtcNow())} ({Day(at)})", "roll it before that, or give it a later end"),
            ("active", { } at) => Finding.Good("credential", $"the token is active until {Day(at)}"),
            ("active", null) => Finding.Good("credential", "the token is active and has no end"),
            _ => Finding.Advice("credential", "Cloudflare does not say how the token stands", "see that it is an API token and active"),
        };
    }

    private Finding OfZone(CloudflareZone found)
    {
        var servers = string.Join(", ", found.NameServers);
        var before = found.OriginalNameServers.Count > 0 ? $" in place of {string.Join(", ", found.OriginalNameServers)}" : string.Empty;
        return found switch
        {
            { Type: "partial" } => Finding.Problem("zone", $"{options.Zone} is a partial (CNAME) set-up, so that Cloudflare does not answer for it", "use the provider that does, or convert the zone to a full one"),
            { Type: "secondary" } => Finding.Problem("zone", $"{options.Zone} is a secondary zone, whose records come from elsewhere", "use the provider of its primary"),
            { Status: "active", IsPaused: true } => Finding.Advice("zone", $"{options.Zone} is paused: Cloudflare answers for it and proxies nothing", "resume it in the zone's overview if that is not meant"),
            { Status: "active" } => Finding.Good("zone", $"{options.Zone} is active and served by {servers}"),
            { Status: "moved" } => Finding.Problem("zone", $"{options.Zone} has moved away: its delegation no longer points at Cloudflare", $"set its name servers to {servers} at the registrar"),
            _ => Finding.Problem("zone", $"{options.Zone} is not active at Cloudflare ({found.Status ?? "no status"})", $"set its name servers to {servers}{before} at the registrar"),
        };
    }

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
