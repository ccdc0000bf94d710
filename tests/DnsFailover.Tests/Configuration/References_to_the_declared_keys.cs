using DnsFailover.Configuration;

namespace DnsFailover.Tests.Configuration;

public sealed class References_to_the_declared_keys
{
    private const string Regenerate = "DNSFAILOVER_REGENERATE";

    [Fact]
    public void The_json_schema_is_the_one_of_the_declared_keys() => Pinned("failover.schema.json", ConfigurationReference.JsonSchema());

    [Fact]
    public void The_reference_is_the_one_of_the_declared_keys() => Pinned("REFERENCE.md", ConfigurationReference.Markdown());

    [Theory]
    [InlineData("failover.yaml")]
    [InlineData("failover.builtin.yaml")]
    public void The_examples_load_without_any_problem(string name)
    {
        var surroundings = new FakeSurroundings { Files = { ["/run/secrets/slack-webhook"] = "https://hooks.slack.com/services/T0/B0/x\n" } };

        var result = ConfigurationLoader.Load(Repository.Path("config", name), surroundings);

        Assert.Empty(result.Problems);
        Assert.NotNull(result.Configuration);
    }

    private static void Pinned(string name, string generated)
    {
        var path = Repository.Path("config", name);
        var written = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        if (written != generated && Environment.GetEnvironmentVariable(Regenerate) == "1")
        {
            File.WriteAllText(path, generated);
            Assert.Fail($"config/{name} was written anew; look at the difference, commit it and run the test again without {Regenerate}");
        }

        Assert.True(written == generated, $"config/{name} is not what the declared keys say. Run this test once with {Regenerate}=1 to write it anew");
    }
}
