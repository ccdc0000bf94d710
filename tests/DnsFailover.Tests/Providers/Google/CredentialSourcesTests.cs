using System.Diagnostics;
using System.Text.Json.Nodes;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Providers.Google;

/// <summary>
/// The program as it is installed, in an environment of its own: credentials come from wherever Google's own clients take
/// them, and the fake only answers requests with the right token.
/// </summary>
public sealed class CredentialSourcesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("variable")]
    [InlineData("file of gcloud")]
    [InlineData("workload identity federation")]
    [InlineData("metadata server")]
    public async Task Credentials_are_taken_from_where_Googles_own_clients_take_them(string source)
    {
        using var folder = new TemporaryFolder();
        await using var test = await GoogleUnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.77");
        var key = test.Fake.Accounts[0].KeyFile(test.Fake.TokenAddress);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "subject"), "token-of-another-cloud", Token);
        var federation = new JsonObject
        {
            ["type"] = "external_account",
            ["audience"] = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/other",
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
            ["token_url"] = new Uri(test.Fake.Address, "/sts").AbsoluteUri,
            ["credential_source"] = new JsonObject { ["file"] = Path.Combine(folder.Path, "subject") },
        };
        var environment = source switch
        {
            "variable" => ("GOOGLE_APPLICATION_CREDENTIALS", test.Write(key)),
            "file of gcloud" => ("CLOUDSDK_CONFIG", folder.Path),
            "workload identity federation" => ("GOOGLE_APPLICATION_CREDENTIALS", test.Write(federation.ToJsonString())),
            _ => ("GCE_METADATA_HOST", test.Fake.Address.Authority),
        };
        if (source == "file of gcloud")
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "application_default_credentials.json"), key, Token);
        }

        var printed = await PlanAsync(folder.Path, test, environment);

        Assert.Contains("192.0.2.77", printed, StringComparison.Ordinal);
        Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, printed, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_metadata_server_that_does_not_answer_is_named()
    {
        using var folder = new TemporaryFolder();
        await using var test = await GoogleUnderTest.StartAsync(Token);

        var printed = await PlanAsync(folder.Path, test, ("GCE_METADATA_HOST", $"127.0.0.1:{FreePort.Next()}"));

        Assert.Contains("no token for the credential from the metadata server", printed, StringComparison.Ordinal);
        Assert.Empty(test.Fake.Calls);
    }

    private static async Task<string> PlanAsync(string folder, GoogleUnderTest test, (string Name, string Value) variable)
    {
        var file = Path.Combine(folder, "failover.yaml");
        await File.WriteAllTextAsync(
            file,
            $$"""
            providers:
              gcp: {type: google, zone: example.test, project: acme-dns, baseUrl: "{{test.Fake.Address.AbsoluteUri}}", timeout: 8s}
            services:
              - name: api.example.test
                check: {type: tcp, port: {{FreePort.Next()}}}
                endpoints:
                  - {name: here, addresses: [127.0.0.1]}

            """,
            Token);
        var start = InstalledProgram.With("plan", "--json", "--config", file, "--data", folder);
        foreach (var name in new[] { "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GCE_METADATA_HOST" })
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = folder;
        start.Environment[variable.Name] = variable.Value;
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
}
