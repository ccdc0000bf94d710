using System.Text.Json;
using DnsFailover.Probing;

namespace DnsFailover.Tests.Probing;

public sealed class JsonPathTests
{
    [Theory]
    [InlineData("$", """{"a":{"b":[10,20]},"c.d":"x","e'f":1}""")]
    [InlineData("$.a.b[0]", "10")]
    [InlineData("a.b[-1]", "20")]
    [InlineData("$['a'][\"b\"][1]", "20")]
    [InlineData("$['c.d']", "\"x\"")]
    [InlineData("""$['e\'f']""", "1")]
    [InlineData("$.a.b[2]", null)]
    [InlineData("$.a.b[-3]", null)]
    [InlineData("$.a.b.c", null)]
    [InlineData("$.nothing[0]", null)]
    [InlineData("$.a[0]", null)]
    public void A_path_leads_to_one_value_or_to_none(string text, string? expected)
    {
        using var document = JsonDocument.Parse("""{"a":{"b":[10,20]},"c.d":"x","e'f":1}""");
        Assert.True(JsonPath.TryParse(text, out var path, out _));

        Assert.Equal(expected, path.Find(document.RootElement)?.GetRawText());
    }

    [Theory]
    [InlineData("$..a", 2)]
    [InlineData("$.a[x]", 4)]
    [InlineData("$.a[0", 4)]
    [InlineData("$.a[*]", 4)]
    [InlineData("$['a", 2)]
    [InlineData("$.", 2)]
    [InlineData("$a", 2)]
    [InlineData("a[0]b", 5)]
    public void A_path_that_is_none_says_where_it_goes_wrong(string text, int column)
    {
        Assert.False(JsonPath.TryParse(text, out _, out var error));
        Assert.Equal($"'{text}' is not a JSON path: column {column} is neither a member (.name, ['name']) nor an index ([0])", error);
    }
}
