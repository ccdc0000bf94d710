using Azure.Core;
using Azure.Identity;

namespace DnsFailover.Providers.Azure;

/// <summary>Chooses where tokens come from, by the options.</summary>
internal static class AzureCredential
{
    /// <summary>
    /// With a client secret, that application and nothing else. With a client id alone, that workload or managed identity
    /// and nothing else. Else what Azure's own clients would find that fits a daemon: environment, workload identity,
    /// managed identity; and at a desk the account of the Azure CLI.
    /// </summary>
    public static TokenCredential For(AzureOptions options) => options.Secret is { } secret ? new ClientSecret(options, secret) : new DefaultAzureCredential(Found(options));

    /// <summary>The places that were looked at, for messages.</summary>
    public static string SourcesOf(AzureOptions options) => options switch
    {
        { Secret: not null } => "clientSecret",
        { ClientId: { } id } => $"workload identity or managed identity with the client id {id}",
        _ => "the environment (AZURE_CLIENT_ID and so on), workload identity, managed identity or the Azure CLI",
    };

    private static DefaultAzureCredentialOptions Found(AzureOptions options)
    {
        var library = Common(options, new DefaultAzureCredentialOptions
        {
            ExcludeEnvironmentCredential = options.ClientId is not null,
            ExcludeAzureCliCredential = options.ClientId is not null,
            ExcludeVisualStudioCredential = true,
            ExcludeVisualStudioCodeCredential = true,
            ExcludeAzurePowerShellCredential = true,
            ExcludeAzureDeveloperCliCredential = true,
            ExcludeInteractiveBrowserCredential = true,
            ExcludeBrokerCredential = true,
            CredentialProcessTimeout = options.Timeout,
            DisableInstanceDiscovery = true, // the authority is one of a few, or the operator's word
        });
        if (options.ClientId is { } id) // else the library takes AZURE_CLIENT_ID
        {
            library.WorkloadIdentityClientId = id;
            library.ManagedIdentityClientId = id;
        }

        return library;
    }

    private static T Common<T>(AzureOptions options, T library)
        where T : TokenCredentialOptions
    {
        if (options.Cloud.Authority is { } authority)
        {
            library.AuthorityHost = authority;
        }

        library.Retry.MaxRetries = 1; // the controller tries again, and knows when
        library.Retry.NetworkTimeout = options.Timeout;
        return library;
    }

    /// <summary>Looks the secret up each time, so that it can be rotated; the library keeps the tokens of one.</summary>
    private sealed class ClientSecret(AzureOptions options, AzureSecretOptions secret) : TokenCredential
    {
        private volatile Held? _held;

        private sealed record Held(string Value, ClientSecretCredential Credential);

        /// <inheritdoc/>
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => Current().GetToken(requestContext, cancellationToken);

        /// <inheritdoc/>
        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => Current().GetTokenAsync(requestContext, cancellationToken);

        private ClientSecretCredential Current()
        {
            var value = secret.ClientSecret.Reveal().Trim();
            var held = _held?.Value == value ? _held : null;
            if (held is null)
            {
                var library = Common(options, new ClientSecretCredentialOptions { DisableInstanceDiscovery = true });
                _held = held = new Held(value, new ClientSecretCredential(secret.TenantId, options.ClientId, value, library));
            }

            return held.Credential;
        }
    }
}
