using DnsFailover.Configuration;
using DnsFailover.Core;

namespace DnsFailover.Providers.Desec;

/// <summary>Looks at the token and the domain with one call that only reads.</summary>
internal sealed class DesecExamination(DesecOptions options, DesecClient client)
{
    /// <summary>Longer than this clients keep what was switched away from for too long.</summary>
    private static readonly TimeSpan LongTtl = TimeSpan.FromMinutes(5);

    /// <summary>What is found; trouble is a finding.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var domain = await client.DomainAsync(cancellationToken);
            return
            [
                Finding.Good("credential", "deSEC knows the token"),
                Finding.Good("zone", $"the account of the token has the domain {options.Zone}"),
                Ttl(domain.MinimumTtl),
                Finding.Advice("permissions", "deSEC tells only tokens with perm_manage_tokens what they may write, and this one should not have that", "see that its policies have perm_write for the steered names and for _dnsfailover below them"),
            ];
        }
        catch (ProviderException e)
        {
            return [Trouble(e)];
        }
    }

    private static Finding Trouble(ProviderException e) => e.Message switch
    {
        var text when text.Contains("HTTP 401", StringComparison.Ordinal) || text.StartsWith("the token of", StringComparison.Ordinal) || e.InnerException is SecretUnavailableException =>
            Finding.Problem("credential", text, "make a token at desec.io (Token Management) and set it"),
        var text when text.Contains("HTTP 403", StringComparison.Ordinal) => Finding.Problem("permissions", text, "let the token read the account's domains"),
        var text when text.Contains("has no domain", StringComparison.Ordinal) => Finding.Problem("zone", text, "correct zone, or use a token of the account that has the domain"),
        var text => Finding.Problem("server", text, "see whether deSEC can be reached from here, and check baseUrl"),
    };

    private Finding Ttl(TimeSpan least) => 0 switch
    {
        _ when least > options.SmallestTtl => Finding.Problem("ttl", $"the domain takes no TTL below {Text.Of(least)} (minimum_ttl), and failover.yaml says {Text.Of(options.SmallestTtl)}: writes would be refused", $"set smallestTtl: {least.TotalSeconds:0}s, or let deSEC's support lower the domain's minimum_ttl"),
        _ when least > LongTtl => Finding.Advice("ttl", $"the domain takes no TTL below {Text.Of(least)} (minimum_ttl): clients keep what was switched away from for as long", "ask deSEC's support to lower the domain's minimum_ttl to 60 s, and say that it is for failover"),
        _ when least < options.SmallestTtl => Finding.Advice("ttl", $"the domain takes TTLs from {Text.Of(least)} (minimum_ttl), and failover.yaml says {Text.Of(options.SmallestTtl)}", $"set smallestTtl: {least.TotalSeconds:0}s"),
        _ => Finding.Good("ttl", $"the domain takes TTLs from {Text.Of(least)}"),
    };
}
