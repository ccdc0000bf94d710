using System.Net.Sockets;
using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Identity;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Providers.Http;
using Microsoft.Identity.Client;

namespace DnsFailover.Providers.Azure;

/// <summary>
/// Keeps the token that requests carry, and has it renewed in time. While it is still good, trouble with renewing it is no
/// trouble of ours.
/// </summary>
/// <param name="credential">Where tokens come from.</param>
/// <param name="options">What they are for, and for how long to wait.</param>
/// <param name="time">The clock.</param>
internal sealed class AzureTokens(TokenCredential credential, AzureOptions options, TimeProvider time) : IDisposable
{
    /// <summary>Before its end a token is renewed, unless its issuer says when.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    /// <summary>So long a token must still be good to be sent.</summary>
    private static readonly TimeSpan LeastLeft = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(30);

    private static readonly Regex EntraCode = new("AADSTS[0-9]{4,9}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile Held? _held;
    private Task<string>? _asking;

    private sealed record Held(AccessToken Token, DateTimeOffset RenewAt);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>A token for Azure Resource Manager. Whoever asks while it is being asked for shares the answer, also when it is none.</summary>
    /// <exception cref="ProviderException">Rejected: there is no credential, or it is refused. Transient: who hands tokens out does not answer.</exception>
    public async ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        Task<string> asking;
        lock (_lock)
        {
            asking = _asking is { IsCompleted: false } underWay ? underWay : _asking = RenewAsync(_stop.Token);
        }

        return await asking.WaitAsync(cancellationToken);
    }

    /// <summary>This token was refused: ask for another.</summary>
    public void Forget(string token)
    {
        if (_held?.Token.Token == token)
        {
            _held = null;
        }
    }

    private string? Fresh() => _held is { } held && time.GetUtcNow() < held.RenewAt ? held.Token.Token : null;

    private async Task<string> RenewAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
        {
            return fresh; // it came just now
        }

        try
        {
            var token = await AskAsync(cancellationToken);
            _held = new Held(token, token.RefreshOn ?? token.ExpiresOn - Margin);
            return token.Token;
        }
        catch (ProviderException) when (_held is { } held && time.GetUtcNow() + LeastLeft < held.Token.ExpiresOn)
        {
            _held = held with { RenewAt = time.GetUtcNow() + PauseAfterFailure };
            return held.Token.Token;
        }
    }

    private async Task<AccessToken> AskAsync(CancellationToken cancellationToken)
    {
        var patience = options.Timeout / 2; // what is left is for the request
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Apart: some sources start a program or read files before they first wait.
            var giving = Task.Run(async () => await credential.GetTokenAsync(new TokenRequestContext([options.Cloud.Scope]), end.Token), cancellationToken);
            return await giving.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            await end.CancelAsync();
            throw Failed(ProviderFailure.Transient, $"no token came within {Text.Of(patience)} from {Sources}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(ProviderFailure.Transient, $"no token came from {Sources}");
        }
        catch (CredentialUnavailableException)
        {
            throw Failed(ProviderFailure.Rejected, $"there is no Azure credential in {Sources}: attach an identity to the machine or service account, or set tenantId, clientId and clientSecret");
        }
        catch (Exception e) when (e is AuthenticationFailedException or MsalException or RequestFailedException)
        {
            throw WhenAsked(e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw Failed(ProviderFailure.Rejected, $"there is no usable Azure credential in {Sources}: {VendorText.Clean(e.Message)}");
        }
    }

    private string Sources => AzureCredential.SourcesOf(options);

    /// <summary>The library's exceptions are not handed on: what they hold is not ours to vouch for.</summary>
    private ProviderException WhenAsked(Exception error)
    {
        var all = Unfolded(error).ToList();
        var code = all.Select(e => EntraCode.Match(e.Message)).FirstOrDefault(match => match.Success)?.Value;
        var mayPass = all.Exists(e => e is MsalServiceException { StatusCode: 408 or 429 or >= 500 } or RequestFailedException { Status: 0 or 408 or 429 or >= 500 })
            || (code is null && all.Exists(e => e is HttpRequestException or SocketException or IOException or OperationCanceledException));
        return mayPass ? Failed(ProviderFailure.Transient, $"a token cannot be had from {Sources}: whoever hands it out cannot be reached or is in trouble")
            : code is not null ? Failed(ProviderFailure.Rejected, $"Microsoft Entra ID gives no token for {Sources} ({code}): {Advice(code)}")
            : Failed(ProviderFailure.Rejected, $"there is no token from {Sources}: {VendorText.Clean(error.Message.Split('\n')[0])}");
    }

    private static IEnumerable<Exception> Unfolded(Exception error) =>
        (error is AggregateException several ? several.InnerExceptions : error.InnerException is { } inner ? [inner] : Enumerable.Empty<Exception>()).SelectMany(Unfolded).Prepend(error);

    /// <summary>https://learn.microsoft.com/entra/identity-platform/reference-error-codes</summary>
    private static string Advice(string code) => code switch
    {
        "AADSTS7000215" => "the client secret is not one of the application's; check that it is the secret's value, not its id",
        "AADSTS7000222" => "the client secret has expired: make another",
        "AADSTS700016" or "AADSTS7000229" => "the application is not known in the tenant: check clientId and tenantId",
        "AADSTS90002" or "AADSTS900023" or "AADSTS90013" => "the tenant is not known: check tenantId, and cloud",
        "AADSTS70021" or "AADSTS700211" or "AADSTS700212" or "AADSTS700213" => "no federated credential of the identity fits this workload: its issuer, subject and audience must be those of the service account's token",
        "AADSTS700024" => "the time of its proof is not accepted: synchronise this machine's clock",
        "AADSTS700027" => "the certificate is not the application's: check it",
        "AADSTS7000112" => "the application is disabled: enable it",
        "AADSTS53003" => "a conditional access policy blocks it",
        _ => "look the code up at https://login.microsoftonline.com/error",
    };

    private static ProviderException Failed(ProviderFailure failure, string sentence) => new(failure, $"{sentence}; nothing was sent");
}
