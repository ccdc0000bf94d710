using System.Text.RegularExpressions;
using DnsFailover.Configuration;
using DnsFailover.Tests.Configuration;

namespace DnsFailover.Tests.Shipping;

/// <summary>What readers copy works as it stands.</summary>
public sealed partial class RecipeTests
{
    public static TheoryData<string> Recipes => [.. Directory.GetFiles(Repository.Path("config", "recipes"), "*.yaml").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Recipes))]
    public async Task Every_recipe_is_valid_and_the_README_leads_to_it(string recipe)
    {
        var result = ConfigurationLoader.Load(Repository.Path("config", "recipes", recipe), Secrets());

        Assert.Empty(result.Problems);
        Assert.NotNull(result.Configuration);
        Assert.Contains($"(config/recipes/{recipe})", await ReadmeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_whole_file_in_the_README_is_valid()
    {
        var files = YamlBlock().Matches(await ReadmeAsync()).Select(match => match.Groups["text"].Value).Where(text => text.StartsWith("providers:", StringComparison.Ordinal) && text.Contains("\nservices:", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(files);
        Assert.All(files, text => Assert.Empty(ConfigurationLoader.Parse("failover.yaml", System.Text.Encoding.UTF8.GetBytes(text), Secrets()).Problems));
    }

    [Fact]
    public async Task Every_file_that_the_README_leads_to_exists()
    {
        var links = Link().Matches(await ReadmeAsync()).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#')).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, target => Assert.True(Path.Exists(Repository.Path(target.Split('#')[0])), target));
    }

    private static FakeSurroundings Secrets() => new() { Variables = { ["CLOUDFLARE_TOKEN"] = "a-cloudflare-token-of-40-characters-abcd", ["SLACK_WEBHOOK"] = "https://hooks.slack.com/services/T0/B0/x" } };

    private static Task<string> ReadmeAsync() => File.ReadAllTextAsync(Repository.Path("README.md"), TestContext.Current.CancellationToken);

    [GeneratedRegex(@"```yaml\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Link();
}
