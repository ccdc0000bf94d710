using System.Diagnostics;
using System.Net;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Probing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Azure;

/// <summary>
/// The program as it is installed, in an environment of its own: tokens come from wherever Azure's own clients take them,
/// and the fake only answers requests that carry the right one.
/// </summary>
public sealed class CredentialSourcesTests
{
    private const string Tenant = "aaaaaaaa-1bf0-4dda-aec3-cb9272f09590";
    private const string Client = "bbbbbbbb-1bf0-4dda-aec3-cb9272f09590";
    private const string ClientSecret = "client~secret.Value-77";
    private const string ExpiredSecret = "client~secret.Expired-12";

    private static readonly string[] s_prefixes = ["AZURE_", "IDENTITY_", "MSI_", "IMDS_", "SSL_CERT_"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("environment")]
    [InlineData("workload identity")]
    [InlineData("managed identity of an app")]
    [InlineData("managed identity of a machine")]
    [InlineData("managed identity by its client id")]
    [InlineData("Azure CLI")]
    [InlineData("client secret")]
    public async Task Tokens_are_taken_from_where_Azures_own_clients_take_them(string source)
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority();
        await using var test = await AzureUnderTest.StartAsync(Token);
        await using var giver = await GiverAsync(authority, test.Fake.Identities[0].Token, source == "managed identity of a machine");
        await test.SeedAsync("api.example.com", "A", 60, "192.0.2.77");
        var (http, https) = (Metadata(giver), Login(giver));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "identity"), "identity-token", Token);
        var environment = new Dictionary<string, string>(source switch
        {
            "environment" => [new("AZURE_TENANT_ID", Tenant), new("AZURE_CLIENT_ID", Client), new("AZURE_CLIENT_SECRET", ClientSecret)],
            "workload identity" => [new("AZURE_TENANT_ID", Tenant), new("AZURE_CLIENT_ID", Client), new("AZURE_FEDERATED_TOKEN_FILE", Path.Combine(folder.Path, "identity"))],
            "managed identity of an app" => [new("IDENTITY_ENDPOINT", $"{http}/app"), new("IDENTITY_HEADER", "let-me-in")],
            "managed identity by its client id" => [new("IDENTITY_ENDPOINT", $"{http}/app"), new("IDENTITY_HEADER", "let-me-in"), new("AZURE_TENANT_ID", Tenant), new("AZURE_CLIENT_ID", "not-this-one"), new("AZURE_CLIENT_SECRET", "nor-this")],
            "managed identity of a machine" => [],
            "client secret" => (KeyValuePair<string, string>[])[new("MY_SECRET", ClientSecret)],
            _ => [new("PATH", AzIn(folder.Path, test.Fake.Identities[0].Token))],
        });
        environment["AZURE_AUTHORITY_HOST"] = https;
        environment["SSL_CERT_FILE"] = authority.RootsFile;
        environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = http;

        var keys = source switch
        {
            "client secret" => $", tenantId: {Tenant}, clientId: {Client}, clientSecret: \"${{MY_SECRET}}\"",
            "managed identity by its client id" => $", clientId: {Client}",
            _ => string.Empty,
        };
        var printed = await PlanAsync(folder.Path, test.Fake.Address, keys, environment);

        Assert.True(printed.Contains("192.0.2.77", StringComparison.Ordinal), printed);
        Assert.DoesNotContain(ClientSecret, printed, StringComparison.Ordinal);
        Assert.DoesNotContain(test.Fake.Identities[0].Token, printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_are_none_it_says_where_it_looked_and_what_to_do()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority();
        await using var test = await AzureUnderTest.StartAsync(Token);
        await using var giver = await GiverAsync(authority, test.Fake.Identities[0].Token);

        var printed = await PlanAsync(folder.Path, test.Fake.Address, string.Empty, new() { ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = Metadata(giver), ["PATH"] = PathTo(folder.Path) });

        Assert.True(printed.Contains("there is no Azure credential in the environment (AZURE_CLIENT_ID and so on), workload identity, managed identity or the Azure CLI: attach an identity", StringComparison.Ordinal), printed);
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public async Task A_client_secret_that_has_expired_is_told()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority();
        await using var test = await AzureUnderTest.StartAsync(Token);
        await using var giver = await GiverAsync(authority, test.Fake.Identities[0].Token);
        var https = Login(giver);

        var printed = await PlanAsync(folder.Path, test.Fake.Address, $", tenantId: {Tenant}, clientId: {Client}, clientSecret: \"${{MY_SECRET}}\"", new() { ["MY_SECRET"] = ExpiredSecret, ["AZURE_AUTHORITY_HOST"] = https, ["SSL_CERT_FILE"] = authority.RootsFile });

        Assert.True(printed.Contains("Microsoft Entra ID gives no token for clientSecret (AADSTS7000222): the client secret has expired: make another", StringComparison.Ordinal), printed);
        Assert.DoesNotContain(ExpiredSecret, printed, StringComparison.Ordinal);
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public async Task A_login_endpoint_that_cannot_be_reached_is_told()
    {
        using var folder = new TemporaryFolder();
        await using var test = await AzureUnderTest.StartAsync(Token);

        var printed = await PlanAsync(folder.Path, test.Fake.Address, $", tenantId: {Tenant}, clientId: {Client}, clientSecret: \"${{MY_SECRET}}\"", new() { ["MY_SECRET"] = ClientSecret, ["AZURE_AUTHORITY_HOST"] = $"https://localhost:{FreePort.Next()}" });

        Assert.True(printed.Contains("a token cannot be had from clientSecret: whoever hands it out cannot be reached", StringComparison.Ordinal), printed);
        Assert.Empty(test.Fake.Calls);
    }

    /// <summary>By the name that its certificate has.</summary>
    private static string Login(WebApplication giver) => giver.Urls.Single(url => url.StartsWith("https:", StringComparison.Ordinal)).Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    private static string Metadata(WebApplication giver) => giver.Urls.Single(url => url.StartsWith("http:", StringComparison.Ordinal));

    /// <summary>An <c>az</c> that is logged in.</summary>
    private static string AzIn(string folder, string token)
    {
        var path = PathTo(folder);
        var az = Path.Combine(folder, "bin", "az");
        File.WriteAllText(az, $$"""
            #!/bin/sh
            case "$*" in
              *"account get-access-token"*management.azure.com*) echo '{"accessToken": "{{token}}", "expiresOn": "2099-01-01 00:00:00.000000", "expires_on": 4070908800, "subscription": "{{FakeAzure.Subscription}}", "tenant": "{{Tenant}}", "tokenType": "Bearer"}' ;;
              *) echo "what is: $*" >&2; exit 1 ;;
            esac

            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return path;
    }

    /// <summary>A search path without whatever <c>az</c> this machine has.</summary>
    private static string PathTo(string folder) => $"{Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName}:/usr/bin:/bin";

    private static async Task<string> PlanAsync(string folder, Uri manager, string keys, Dictionary<string, string> environment)
    {
        var file = Path.Combine(folder, "failover.yaml");
        await File.WriteAllTextAsync(
            file,
            $$"""
            providers:
              az: {type: azure, zone: example.com, subscription: {{FakeAzure.Subscription}}, resourceGroup: dns-rg, timeout: 30s, baseUrl: "{{manager}}"{{keys}}}
            services:
              - name: api.example.com
                check: {type: tcp, port: {{FreePort.Next()}}}
                endpoints:
                  - {name: here, addresses: [127.0.0.1]}

            """,
            Token);
        var start = InstalledProgram.With("plan", "--json", "--config", file, "--data", folder);
        foreach (var name in start.Environment.Keys.Where(name => Array.Exists(s_prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = folder;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(90));
        try
        {
            var printed = process.StandardOutput.ReadToEndAsync(patience.Token);
            return await process.StandardError.ReadToEndAsync(patience.Token) + await printed;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>Microsoft Entra ID over TLS, and the identity endpoints of an app and of a machine, in one.</summary>
    private static async Task<WebApplication> GiverAsync(TestAuthority authority, string token, bool isOfMachine = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(authority.Issue("localhost")));
        });
        var app = builder.Build();
        app.Run(async context =>
        {
            var (status, answer) = context.Request.IsHttps ? await LoginAsync(context.Request, token) : Identity(context.Request, token, isOfMachine);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer);
        });
        await app.StartAsync(Token);
        return app;
    }

    private static async Task<(int Status, string Answer)> LoginAsync(HttpRequest request, string token)
    {
        if (request.Path != $"/{Tenant}/oauth2/v2.0/token" || request.Method != "POST")
        {
            return (404, "{}");
        }

        var form = await request.ReadFormAsync();
        var isRight = form["grant_type"] == "client_credentials" && form["client_id"] == Client && form["scope"].ToString().Contains("https://management.azure.com/.default", StringComparison.Ordinal)
            && (form["client_secret"] == ClientSecret || form["client_assertion"] == "identity-token");
        var code = form["client_secret"] == ExpiredSecret ? "7000222" : "7000215";
        return isRight
            ? (200, $$"""{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "{{token}}"}""")
            : (401, $$"""{"error": "invalid_client", "error_description": "AADSTS{{code}}: The client secret is not valid. Trace ID: 1 Correlation ID: 2 Timestamp: 2026-01-01 00:00:00Z", "error_codes": [{{code}}]}""");
    }

    private static (int Status, string Answer) Identity(HttpRequest request, string token, bool isOfMachine)
    {
        var id = request.Query["client_id"].ToString();
        var isRight = request.Query["resource"].ToString().StartsWith("https://management.azure.com", StringComparison.Ordinal) && id is "" or Client
            && (request.Path.Value switch
            {
                "/app" => request.Headers["X-IDENTITY-HEADER"] == "let-me-in",
                "/metadata/identity/oauth2/token" => isOfMachine, // else it has no identity
                _ => false,
            });
        return isRight
            ? (200, $$"""{"access_token": "{{token}}", "expires_on": "{{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}}", "expires_in": "3600", "resource": "https://management.azure.com", "token_type": "Bearer"}""")
            : (400, """{"error": "invalid_request", "error_description": "Identity not found"}""");
    }
}
