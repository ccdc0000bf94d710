using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;

namespace DnsFailover.Providers.Google;

/// <summary>
/// The tokens that requests carry: of the credential that failover.yaml names, or of the one that Google's own clients would
/// take (https://cloud.google.com/docs/authentication/application-default-credentials). Google's library gets and renews
/// them, and they are kept for as long as they last. Where they come from is looked up here, because the library remembers
/// for ever that there was none.
/// </summary>
internal sealed class GoogleCredentials(GoogleOptions options, TimeProvider time)
{
    /// <summary>What a token allows at most: to read and change what is at Cloud DNS, and nothing else.</summary>
    public const string Scope = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";

    private const string FileVariable = "GOOGLE_APPLICATION_CREDENTIALS";

    private const int LargestFile = 1024 * 1024;

    private static readonly string[] Types =
    [
        JsonCredentialParameters.ServiceAccountCredentialType, JsonCredentialParameters.ExternalAccountCredentialType, JsonCredentialParameters.AuthorizedUserCredentialType,
        JsonCredentialParameters.ImpersonatedServiceAccountCredentialType, JsonCredentialParameters.ExternalAccountAuthorizedUserCredentialType,
    ];

    private volatile Found? _found;
    private volatile string _lastToken = string.Empty;

    private sealed record Found(string Source, bool IsMetadata, ITokenAccessWithHeaders Credential);

    /// <summary>The token that was used last, which no message may repeat.</summary>
    public string LastToken => _lastToken;

    /// <summary>Adds a token to a request.</summary>
    /// <exception cref="ProviderException">Rejected: there is no credential, or it is refused. Transient: whoever hands out tokens does not answer. Nothing was sent.</exception>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(cancellationToken);
        _lastToken = token.AccessToken;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
        token.AddHeaders(request); // the project that pays, where a person's credential names one
    }

    /// <summary>Gets a token, and says where the credential is from.</summary>
    /// <exception cref="ProviderException">As for <see cref="AuthorizeAsync"/>.</exception>
    public async Task<string> TryAsync(CancellationToken cancellationToken)
    {
        await TokenAsync(cancellationToken);
        return _found?.Source ?? "outside";
    }

    /// <summary>Looks the credential up again the next time: it was refused, and may be replaced where it is.</summary>
    public void Forget() => _found = null;

    private async Task<AccessTokenWithHeaders> TokenAsync(CancellationToken cancellationToken)
    {
        var patience = options.Timeout / 2; // what is left is for the request
        var found = _found ??= Find(patience);
        try
        {
            return await found.Credential.GetAccessTokenWithHeadersForRequestAsync(authUri: null, cancellationToken).WaitAsync(patience, time, cancellationToken);
        }
        catch (TokenResponseException e)
        {
            throw Refused(found, e.StatusCode, $"{e.Error?.Error} {e.Error?.ErrorDescription}");
        }
        catch (global::Google.GoogleApiException e)
        {
            throw Refused(found, e.HttpStatusCode, e.Error?.Message ?? string.Empty);
        }
        catch (Exception e) when (e is TimeoutException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested) || e is InvalidOperationException { Message: var said } && said.Contains("could not be refreshed", StringComparison.Ordinal))
        {
            // The library goes on asking in the background, and shares what it gets; so the credential is kept.
            throw NoReply(found, patience, e as HttpRequestException);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // For example the token of another cloud, which its configuration names, is not there. What it says may quote it.
            Forget();
            throw new ProviderException(ProviderFailure.Rejected, $"the Google credential from {found.Source} gives no token ({e.GetType().Name}): check what it refers to; nothing was sent");
        }
    }

    private ProviderException Refused(Found found, HttpStatusCode? status, string said)
    {
        Forget();
        var passes = (int?)status is null or 408 or 429 or >= 500;
        var advice = found.IsMetadata && status == HttpStatusCode.NotFound ? "no service account is attached to this machine: attach one, or name a file under credentials"
            : $"check that it is whole and not disabled or deleted, and this machine's clock; it says: {VendorText.Clean(said, _lastToken)}";
        return passes
            ? new ProviderException(ProviderFailure.Transient, $"Google gives no token for the credential from {found.Source} at the moment (HTTP {(int?)status}); nothing was sent")
            : new ProviderException(ProviderFailure.Rejected, $"Google refuses the credential from {found.Source} (HTTP {(int?)status}): {advice}; nothing was sent");
    }

    private ProviderException NoReply(Found found, TimeSpan patience, HttpRequestException? cause)
    {
        if (found.IsMetadata && !IsGoogleMachine())
        {
            Forget();
            return new ProviderException(ProviderFailure.Rejected, $"there are no Google credentials: {FileVariable} is not set, {WellKnownFile ?? "the file of gcloud"} is not there, and there is no metadata server; name a file under credentials, or attach a service account to this machine; nothing was sent", cause);
        }

        var reason = cause is null ? $"no reply within {Text.Of(patience)}" : $"no connection ({cause.HttpRequestError})";
        return new ProviderException(ProviderFailure.Transient, $"no token for the credential from {found.Source}: {reason} from whoever hands them out; nothing was sent", cause);
    }

    private Found Find(TimeSpan patience)
    {
        if (options.Credentials is { } path)
        {
            return OfFile($"credentials ({path})", path, patience);
        }

        if (Environment.GetEnvironmentVariable(FileVariable) is { } variable && !string.IsNullOrWhiteSpace(variable))
        {
            return OfFile($"{FileVariable} ({variable})", variable, patience);
        }

        if (WellKnownFile is { } file && File.Exists(file))
        {
            return OfFile(file, file, patience);
        }

        var metadata = new ComputeCredential(new ComputeCredential.Initializer { Scopes = [Scope], HttpClientFactory = new PlainHttp(patience) });
        return new Found("the metadata server", IsMetadata: true, GoogleCredential.FromComputeCredential(metadata));
    }

    private static Found OfFile(string source, string path, TimeSpan patience)
    {
        try
        {
            var json = new FileInfo(path) is { Length: > LargestFile } ? throw new InvalidDataException("too long") : File.ReadAllText(path);
            using var document = JsonDocument.Parse(json);
            var type = document.RootElement.OptionalText("type");
            if (!Types.Contains(type, StringComparer.Ordinal))
            {
                throw new ProviderException(ProviderFailure.Rejected, $"the Google credential from {source} has the type '{VendorText.Clean(type ?? string.Empty)}'; expected {string.Join(", ", Types)}");
            }

            var credential = CredentialFactory.FromJson(json, type).CreateWithHttpClientFactory(new PlainHttp(patience));
            return new Found(source, IsMetadata: false, credential.CreateScoped(Scope));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the Google credential from {source} cannot be read ({e.GetType().Name}): check the path and who may read it", e);
        }
        catch (Exception e) when (e is not ProviderException)
        {
            // What a parser says may quote the key.
            throw new ProviderException(ProviderFailure.Rejected, $"the Google credential from {source} is damaged or not one ({e.GetType().Name}): download or write it anew");
        }
    }

    /// <summary>Where gcloud keeps the credential of the one who logged in.</summary>
    private static string? WellKnownFile
    {
        get
        {
            var folder = Environment.GetEnvironmentVariable("CLOUDSDK_CONFIG") is { Length: > 0 } configured ? configured
                : OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable("APPDATA") is { Length: > 0 } data ? Path.Combine(data, "gcloud") : null
                : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".config", "gcloud") : null;
            return folder is null ? null : Path.Combine(folder, "application_default_credentials.json");
        }
    }

    /// <summary>True where there should be a metadata server, so that its silence will pass (https://cloud.google.com/compute/docs/instances/detect-compute-engine).</summary>
    private static bool IsGoogleMachine()
    {
        try
        {
            return Environment.GetEnvironmentVariable("GCE_METADATA_HOST") is { Length: > 0 }
                || File.ReadAllText("/sys/class/dmi/id/product_name").StartsWith("Google", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Connections for tokens behave as those for records do: no proxy, no redirect, no long wait.</summary>
    private sealed class PlainHttp(TimeSpan patience) : HttpClientFactory
    {
        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = patience,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
    }
}
