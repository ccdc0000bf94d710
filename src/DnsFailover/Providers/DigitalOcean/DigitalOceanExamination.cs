using DnsFailover.Core.Control;

namespace DnsFailover.Providers.DigitalOcean;

/// <summary>What <c>doctor</c> asks DigitalOcean. All that can be found out without writing comes from one call.</summary>
internal static class DigitalOceanExamination
{
    /// <summary>Looks at the token, at what it may do and at the domain.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(DigitalOceanClient client, DigitalOceanOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await client.LookAtDomainAsync(cancellationToken);
            return reply switch
            {
                { IsSuccess: true } when !IsDomain(reply, options) => [Finding.Problem("credential", $"what answers at {options.BaseUrl.Host} is not the API of DigitalOcean", "check baseUrl")],
                { IsSuccess: true } => [Known, MayRead, Writing, Finding.Good("zone", $"DigitalOcean has the domain {options.Zone}")],
                { Status: 401 } => [Finding.Problem("credential", reply.Failure().Message, "make a personal access token, and give it as token")],
                { Status: 403 } => [Known, Finding.Problem("permissions", reply.Failure().Message, "give the token the scope domain:read, and domain:create, domain:update and domain:delete too")],
                { IsAboutTheDomain: true } => [Known, MayRead, Finding.Problem("zone", await client.NoSuchDomainAsync(cancellationToken), "correct zone, or add the domain to the team of the token")],
                _ => [Finding.Problem("credential", reply.Failure().Message, "try again; nothing can be said about the token now")],
            };
        }
        catch (ProviderException e)
        {
            return [Finding.Problem("credential", e.Message, e.Failure == ProviderFailure.Rejected ? "correct token" : "check baseUrl and the network")];
        }
    }

    private static Finding Known => Finding.Good("credential", "DigitalOcean knows the token");

    private static Finding MayRead => Finding.Good("permissions", "the token may read domains and their records");

    private static Finding Writing => Finding.Advice("permissions", "whether the token may write cannot be found out by reading", "see that it has the scopes domain:create, domain:update and domain:delete");

    private static bool IsDomain(DigitalOceanReply reply, DigitalOceanOptions options)
    {
        try
        {
            return reply.Read(json => string.Equals(Http.JsonMembers.Text(Http.JsonMembers.Object(json, "domain") ?? default, "name"), options.Zone.ToString(), StringComparison.OrdinalIgnoreCase));
        }
        catch (ProviderException)
        {
            return false;
        }
    }
}
