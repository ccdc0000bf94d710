using DnsFailover.Configuration;

namespace DnsFailover.Tests.Configuration;

public sealed class The_config_folder
{
    [Fact]
    public void The_json_schema_is_the_one_of_the_declared_keys() => Pinned.Equal(ConfigurationReference.JsonSchema(), "config", "failover.schema.json");

    [Fact]
    public void The_reference_is_the_one_of_the_declared_keys() => Pinned.Equal(ConfigurationReference.Markdown(), "config", "REFERENCE.md");

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
}
