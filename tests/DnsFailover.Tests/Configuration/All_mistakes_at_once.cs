namespace DnsFailover.Tests.Configuration;

public sealed class All_mistakes_at_once
{
    private static readonly string[] Folder = ["tests", "DnsFailover.Tests", "Configuration"];

    [Fact]
    public void A_file_full_of_mistakes_is_told_all_of_them_in_the_order_of_the_file()
    {
        var text = File.ReadAllText(Repository.Path([.. Folder, "everything-wrong.yaml"]));

        Pinned.Equal(string.Concat(Yaml.Parse(text).Problems.Select(problem => $"{problem}\n")), [.. Folder, "everything-wrong.txt"]);
    }
}
