using System.Diagnostics;
using System.Net;
using DnsFailover.Tests.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>
/// The program as it is installed, in an environment of its own: credentials come from wherever AWS' own clients take them,
/// and the fake only answers requests that are signed with the right ones.
/// </summary>
public sealed class CredentialSourcesTests
{
    private static readonly FakeKey Key = new("ASIAOUTSIDE", "outside/secret+key") { Token = "outside/token==" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("environment")]
    [InlineData("profile of the file")]
    [InlineData("profile of the environment")]
    [InlineData("web identity")]
    [InlineData("container")]
    [InlineData("instance metadata")]
    public async Task Credentials_are_taken_from_where_AWS_own_clients_take_them(string source)
    {
        using var folder = new TemporaryFolder();
        await using var test = await Route53UnderTest.StartAsync(Token);
        await using var giver = await GiverAsync();
        test.Fake.Keys.Add(Key);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.77");
        var shared = Path.Combine(folder.Path, "credentials");
        await File.WriteAllTextAsync(shared, $"[dns]\naws_access_key_id = {Key.Id}\naws_secret_access_key = {Key.Secret}\naws_session_token = {Key.Token}\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "identity"), "identity-token", Token);
        var address = giver.Urls.Single();
        var environment = new Dictionary<string, string>(source switch
        {
            "environment" => [new("AWS_ACCESS_KEY_ID", Key.Id), new("AWS_SECRET_ACCESS_KEY", Key.Secret), new("AWS_SESSION_TOKEN", Key.Token!)],
            "profile of the file" => [new("AWS_SHARED_CREDENTIALS_FILE", shared)],
            "profile of the environment" => [new("AWS_SHARED_CREDENTIALS_FILE", shared), new("AWS_PROFILE", "dns")],
            "web identity" => [new("AWS_WEB_IDENTITY_TOKEN_FILE", Path.Combine(folder.Path, "identity")), new("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/dns"), new("AWS_ROLE_SESSION_NAME", "dnsfailover"), new("AWS_REGION", "eu-west-1"), new("AWS_ENDPOINT_URL_STS", address)],
            "container" => [new("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"{address}/container"), new("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")],
            _ => (KeyValuePair<string, string>[])[new("AWS_EC2_METADATA_SERVICE_ENDPOINT", address)],
        });
        environment["HOME"] = folder.Path;
        environment["AWS_ENDPOINT_URL_ROUTE_53"] = test.Fake.Address.AbsoluteUri;
        if (source != "instance metadata")
        {
            environment["AWS_EC2_METADATA_DISABLED"] = "true";
        }

        var printed = await PlanAsync(folder.Path, source == "profile of the file" ? ", profile: dns" : string.Empty, environment);

        Assert.Contains("192.0.2.77", printed, StringComparison.Ordinal);
        Assert.DoesNotContain(Key.Secret, printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_are_none_it_says_where_it_looked_and_what_to_do()
    {
        using var folder = new TemporaryFolder();
        await using var test = await Route53UnderTest.StartAsync(Token);

        var printed = await PlanAsync(folder.Path, string.Empty, new() { ["HOME"] = folder.Path, ["AWS_EC2_METADATA_DISABLED"] = "true", ["AWS_ENDPOINT_URL_ROUTE_53"] = test.Fake.Address.AbsoluteUri });

        Assert.Contains("there are no AWS credentials in the environment, the shared profile, web identity, container or instance metadata: attach a role", printed, StringComparison.Ordinal);
        Assert.Empty(test.Fake.Calls);
    }

    private static async Task<string> PlanAsync(string folder, string keys, Dictionary<string, string> environment)
    {
        var file = Path.Combine(folder, "failover.yaml");
        await File.WriteAllTextAsync(
            file,
            $$"""
            providers:
              aws: {type: route53, zone: example.test{{keys}}}
            services:
              - name: api.example.test
                check: {type: tcp, port: {{FreePort.Next()}}}
                endpoints:
                  - {name: here, addresses: [127.0.0.1]}

            """,
            Token);
        var start = InstalledProgram.With("plan", "--json", "--config", file, "--data", folder);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            var printed = process.StandardOutput.ReadToEndAsync(patience.Token);
            return await process.StandardError.ReadToEndAsync(patience.Token) + await printed;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>STS, a container's credential address and the metadata of an instance (version 2) in one.</summary>
    private static async Task<WebApplication> GiverAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var credentials = $$"""{"Code": "Success", "LastUpdated": "2026-01-01T00:00:00Z", "Type": "AWS-HMAC", "AccessKeyId": "{{Key.Id}}", "SecretAccessKey": "{{Key.Secret}}", "Token": "{{Key.Token}}", "Expiration": "2099-01-01T00:00:00Z"}""";
        app.Run(async context =>
        {
            var (path, headers) = (context.Request.Path.Value!, context.Request.Headers);
            var answer = (context.Request.Method, path) switch
            {
                ("POST", "/") when (await context.Request.ReadFormAsync()) is var form && form["Action"] == "AssumeRoleWithWebIdentity" && form["WebIdentityToken"] == "identity-token" =>
                    $"""
                    <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
                    <SubjectFromWebIdentityToken>dnsfailover</SubjectFromWebIdentityToken>
                    <Credentials><AccessKeyId>{Key.Id}</AccessKeyId><SecretAccessKey>{Key.Secret}</SecretAccessKey><SessionToken>{Key.Token}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
                    <AssumedRoleUser><AssumedRoleId>A:dnsfailover</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/dns/dnsfailover</Arn></AssumedRoleUser>
                    </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
                    """,
                ("GET", "/container") when headers.Authorization == "let-me-in" => credentials,
                ("PUT", "/latest/api/token") when headers["X-aws-ec2-metadata-token-ttl-seconds"].Count == 1 => "metadata-token",
                ("GET", "/latest/meta-data/iam/security-credentials" or "/latest/meta-data/iam/security-credentials/") when headers["X-aws-ec2-metadata-token"] == "metadata-token" => "dns",
                ("GET", "/latest/meta-data/iam/security-credentials/dns") when headers["X-aws-ec2-metadata-token"] == "metadata-token" => credentials,
                _ => null,
            };
            context.Response.StatusCode = answer is null ? 404 : 200;
            await context.Response.WriteAsync(answer ?? string.Empty);
        });
        await app.StartAsync(Token);
        return app;
    }
}
