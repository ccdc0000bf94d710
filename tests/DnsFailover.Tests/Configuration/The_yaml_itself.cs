using System.Text;
using DnsFailover.Configuration;

namespace DnsFailover.Tests.Configuration;

public sealed class The_yaml_itself
{
    private const string Invalid = "this is not valid YAML, so nothing else was checked; ";

    [Theory]
    [InlineData("a:\n\tb: 1\n", "2:1: a tab is used for indentation, which YAML does not allow; expected spaces")]
    [InlineData("a:\n  b: 1\n\tc: 2\n", "3:1: a tab is used for indentation, which YAML does not allow; expected spaces")]
    [InlineData("a: 1\n b: 2\n", $"2:3: {Invalid}a second ': ' or a wrongly indented key; expected one key per line, indented like its neighbours, and quotes around a text with a colon")]
    [InlineData("a: \"x\nb: 2\n", $"1:4: {Invalid}a quote is opened here; expected its closing quote, with further lines indented")]
    [InlineData("a: 1\nb 2\nc: 3\n", $"2:1: {Invalid}expected 'key: value', indented like the keys before it")]
    [InlineData("a: [1, 2}\n", $"1:9: {Invalid}expected ',' or the closing bracket of a {{ }} or [ ] that is open here")]
    [InlineData("a: 1\nb: [1, 2\nc: 3\n", $"2:6: {Invalid}expected ',' or the closing bracket of a {{ }} or [ ] that is open here")]
    [InlineData("a: {secret: ${TSIG_SECRET}}\n", $"1:14: {Invalid}between {{ }} or [ ], a text with ${{…}} needs quotes: \"${{NAME}}\"")]
    [InlineData("a: @x\n", $"1:4: {Invalid}expected quotes around a text that begins with a special character")]
    [InlineData("a: \"\\q\"\n", $"1:4: {Invalid}a backslash in double quotes begins an escape; expected single quotes around a text with backslashes")]
    [InlineData("a: *x\n", "1:4: an alias (*) refers to an anchor (&) that is not defined before it; put a text that begins with * in quotes")]
    [InlineData("a: &a [*a]\n", "1:8: an alias (*) refers to an anchor (&) that is not defined before it; put a text that begins with * in quotes")]
    [InlineData("a: !x y\n", "1:4: a YAML tag (!) means nothing in this file; put a text that begins with ! in quotes")]
    [InlineData("a: 1\n---\nb: 2\n", "2:1: a second document begins here; expected one document in the file")]
    [InlineData("? {a: 1}\n: 2\n", "1:3: a key is a map or a list; expected a plain word. A text that begins with { or [ needs quotes")]
    [InlineData("a: 1\nb: \u0001\n", "2:4: a control character is in the text; expected printable characters only")]
    [InlineData("a: \0b\n", "1:4: a control character is in the text; expected printable characters only")]
    [InlineData("", "1:1: the file is empty; expected at least 'providers' and 'services'")]
    [InlineData("# only a comment\n", "1:1: the file is empty; expected at least 'providers' and 'services'")]
    [InlineData("---\n", "1:1: the file is empty; expected at least 'providers' and 'services'")]
    public void What_cannot_be_read_is_told_alone_and_with_its_place(string text, string problem) => Assert.Equal($"failover.yaml:{problem}", Yaml.OnlyProblem(text));

    [Fact]
    public void A_list_is_told_the_keys_that_are_expected() =>
        Assert.StartsWith("failover.yaml:1:1: failover.yaml: a list is written here; expected a map with the keys providers, services, defaults, ", Yaml.OnlyProblem("- a\n"), StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_not_utf8_is_refused_with_its_place()
    {
        var result = ConfigurationLoader.Parse("failover.yaml", [.. "a: 1\nb: "u8, 0xff, .. "\n"u8], new FakeSurroundings());

        Assert.Equal("failover.yaml:2:4: the text is not UTF-8; expected the file to be saved as UTF-8", Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_are_fine() => Yaml.Valid("\ufeff" + Yaml.Dozen.ReplaceLineEndings("\r\n"));

    [Fact]
    public void Anchors_aliases_and_merge_keys_work()
    {
        var configuration = Yaml.Valid(Yaml.With("{name: railway, addresses: [192.0.2.10]}", "&first {name: railway, addresses: [192.0.2.10], rise: 7}").Replace("{name: render, addresses", "{<<: *first, name: render, addresses", StringComparison.Ordinal));

        Assert.Equal([7, 7], configuration.Services[0].Endpoints.Select(endpoint => endpoint.Rule.Rise));
        Assert.Equal("render", configuration.Services[0].Endpoints[1].Name);
    }

    [Fact]
    public void Aliases_cannot_grow_a_small_file_into_a_huge_one()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 9; level++)
        {
            var alias = $"*a{level - 1}";
            text.Append($"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat(alias, 10))}]\n");
        }

        Assert.Equal("failover.yaml:6:5: aliases (*) make this more than 1000000 values; write the file with fewer of them", Yaml.OnlyProblem(text.ToString()));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    public void Deep_nesting_is_refused(string opening)
    {
        var problem = Yaml.OnlyProblem("a: " + string.Concat(Enumerable.Repeat(opening, 100_000)));

        Assert.EndsWith("maps and lists are nested more than 20 deep; nothing in this file needs that", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_too_large_absent_or_a_directory_is_a_problem_and_no_crash()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["large.yaml"], new byte[ConfigurationLoader.LargestFile + 1]);

        Assert.Equal("the file is larger than 4 MiB; expected a configuration file", Only(folder["large.yaml"]));
        Assert.Equal("the file does not exist", Only(folder["absent.yaml"]));
        Assert.Equal("the file may not be read by this user (or is a directory)", Only(folder.Path));

        static string Only(string path) => Assert.Single(ConfigurationLoader.Load(path, new FakeSurroundings()).Problems).Message;
    }

    [Fact]
    public void Very_many_problems_are_cut_short_and_counted()
    {
        var text = string.Concat(Enumerable.Range(0, 700).Select(index => $"unknown-{index}: 1\n"));

        var problems = Yaml.Parse(text).Problems;

        Assert.Equal(501, problems.Count);
        Assert.Equal("failover.yaml:499:1: 202 more problems from here on; mend the ones above first", problems[^1].ToString());
    }
}
