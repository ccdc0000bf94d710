using System.Text.Json;
using DnsFailover.Providers.Http;

namespace DnsFailover.Tests.Providers.Http;

public sealed class JsonMembersTests
{
    [Theory]
    [InlineData("""{"id":9007199254740993}""")]
    [InlineData("""{"id":"9007199254740993"}""")]
    public void A_large_number_is_exact_with_quotes_and_without(string text)
    {
        using var json = JsonDocument.Parse(text);

        Assert.Equal(9007199254740993, json.RootElement.LargeNumber("id"));
    }

    [Theory]
    [InlineData("""{"id":"1e3"}""")]
    [InlineData("""{"id":""}""")]
    [InlineData("""{"id":-1.5}""")]
    [InlineData("""{"id":null}""")]
    [InlineData("{}")]
    public void What_is_no_large_number_is_said(string text)
    {
        using var json = JsonDocument.Parse(text);

        Assert.Throws<JsonException>(() => json.RootElement.LargeNumber("id"));
    }

    [Fact]
    public void Half_a_character_is_no_text()
    {
        using var json = JsonDocument.Parse("""{"name":"a\ud800b"}""");

        Assert.Throws<JsonException>(() => json.RootElement.OptionalText("name"));
    }
}
