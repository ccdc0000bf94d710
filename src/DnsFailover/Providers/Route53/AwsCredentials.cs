using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using DnsFailover.Configuration;
using DnsFailover.Core;
using DnsFailover.Core.Control;

namespace DnsFailover.Providers.Route53;

/// <summary>A key that stands in failover.yaml.</summary>
/// <param name="AccessKeyId">Its id.</param>
/// <param name="SecretAccessKey">Its secret half.</param>
/// <param name="SessionToken">For temporary keys.</param>
public sealed record AwsKeyOptions(Secret AccessKeyId, Secret SecretAccessKey, Secret? SessionToken);

/// <summary>
/// The key that requests are signed with: from failover.yaml, from a profile, or from where AWS' own clients look:
/// environment, profile, web identity (IRSA), container and instance metadata. Temporary keys are renewed by the SDK.
/// </summary>
internal sealed class AwsCredentials(Route53Options options, TimeProvider time)
{
    /// <summary>The key at this moment.</summary>
    /// <exception cref="ProviderException">Rejected: there is none. Transient: whoever hands them out does not answer.</exception>
    /// <exception cref="SecretUnavailableException">A reference in failover.yaml leads nowhere.</exception>
    public async ValueTask<AwsKey> GetAsync(CancellationToken cancellationToken) => (await FindAsync(cancellationToken)).Key;

    /// <summary>The key at this moment, with where it comes from.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async ValueTask<FoundKey> FindAsync(CancellationToken cancellationToken)
    {
        if (options.Key is { } key)
        {
            return new FoundKey(new AwsKey(key.AccessKeyId.Reveal().Trim(), key.SecretAccessKey.Reveal().Trim(), key.SessionToken?.Reveal().Trim()), "accessKeyId in failover.yaml", null);
        }

        var patience = options.Timeout / 2; // what is left is for the request
        try
        {
            return await Task.Run(ResolveAsync, cancellationToken).WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new ProviderException(ProviderFailure.Transient, $"no AWS credentials came within {Text.Of(patience)} from {Source}; nothing was sent", e);
        }
        catch (AmazonServiceException e)
        {
            throw new ProviderException((int)e.StatusCode is >= 400 and < 500 ? ProviderFailure.Rejected : ProviderFailure.Transient, $"AWS gives no credentials ({e.ErrorCode}) from {Source}; nothing was sent", e);
        }
        catch (Exception e) when (e is AmazonClientException or InvalidOperationException or ArgumentException or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"there are no AWS credentials in {Source}: {Advice}; nothing was sent", e);
        }
    }

    private string Source => options.Profile is { } profile ? $"the profile '{profile}'" : "the environment, the shared profile, web identity, container or instance metadata";

    private string Advice => options.Profile is null
        ? "attach a role to the machine or service account, or set accessKeyId and secretAccessKey, or profile"
        : "look for it in ~/.aws/credentials and ~/.aws/config of the user that runs the daemon";

    private async Task<FoundKey> ResolveAsync()
    {
        if (options.Profile is not { } profile)
        {
            return await FoundAsync(await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(clientConfig: null), Kind);
        }

        return new CredentialProfileStoreChain().TryGetAWSCredentials(profile, out var credentials)
            ? await FoundAsync(credentials, _ => $"the profile '{profile}'")
            : throw new AmazonClientException("no such profile");
    }

    private static async Task<FoundKey> FoundAsync(AWSCredentials credentials, Func<AWSCredentials, string> source)
    {
        var found = await credentials.GetCredentialsAsync();
        // The SDK tells when they expire in local time, and the smallest of times where it does not know.
        var expires = credentials.Expiration is { Year: > 1 and < 9999 } at ? new DateTimeOffset(at.ToUniversalTime(), TimeSpan.Zero) : (DateTimeOffset?)null;
        return new FoundKey(new AwsKey(found.AccessKey, found.SecretKey, found.UseToken ? found.Token : null), source(credentials), found.UseToken ? expires : null);
    }

    private static string Kind(AWSCredentials credentials) => credentials switch
    {
        EnvironmentVariablesAWSCredentials => "the environment (AWS_ACCESS_KEY_ID)",
        AssumeRoleWithWebIdentityCredentials => "web identity (AWS_WEB_IDENTITY_TOKEN_FILE)",
        GenericContainerCredentials => "the container's credentials",
        _ when credentials.GetType().Name.Contains("InstanceProfile", StringComparison.Ordinal) => "instance metadata",
        _ => "the shared profile",
    };
}

/// <summary>A key with where it comes from.</summary>
/// <param name="Key">The key.</param>
/// <param name="Source">Where from, for messages.</param>
/// <param name="Expires">When it ends, for temporary ones; whoever hands it out renews it before. Null where it is not known.</param>
internal sealed record FoundKey(AwsKey Key, string Source, DateTimeOffset? Expires);
