namespace DnsFailover.Tests.Configuration;

public sealed class All_mistakes_at_once
{
    [Fact]
    public void A_file_full_of_mistakes_is_told_all_of_them_in_the_order_of_the_file()
    {
        var folder = Repository.Path("tests", "DnsFailover.Tests", "Configuration");
        var text = File.ReadAllText(Path.Combine(folder, "everything-wrong.yaml"));

        var told = string.Concat(Yaml.Parse(text).Problems.Select(problem => $"{problem}\n"));

        if (Environment.GetEnvironmentVariable("TMPDUMP") is { } d) File.WriteAllText(d, told);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "everything-wrong.txt")), told, ignoreLineEndingDifferences: true);
    }
}
