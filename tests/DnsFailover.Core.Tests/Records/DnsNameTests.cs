using DnsFailover.Core.Records;

namespace DnsFailover.Core.Tests.Records;

public sealed class DnsNameTests
{
    [Theory]
    [InlineData(null, "a host name is expected, for example api.example.com")]
    [InlineData("", "a host name is expected, for example api.example.com")]
    [InlineData("a..b", "'a..b' is not a host name: each part between dots has 1 to 63 characters")]
    [InlineData("a.-b", "'a.-b' is not a host name: '-b' begins or ends with a hyphen")]
    [InlineData("a.b-", "'a.b-' is not a host name: 'b-' begins or ends with a hyphen")]
    [InlineData("a.b!c", "'a.b!c' is not a host name: '!' is not a letter, a digit, '-' or '_'")]
    public void The_complaint_says_what_is_wrong(string? text, string complaint)
    {
        Assert.False(DnsName.TryParse(text, out var name, out var error));
        Assert.Equal((complaint, default), (error, name));
    }

    [Fact]
    public void A_name_that_is_too_long_is_not_quoted_whole()
    {
        var label = new string('a', 61);
        var error = Assert.Throws<FormatException>(() => DnsName.Parse(string.Join('.', label, label, label, label, "example"))).Message;
        Assert.Equal($"'{new string('a', 40)}…' has 255 characters; a host name has at most 253", error);
    }

    [Fact]
    public void The_dot_at_the_end_does_not_count_for_its_length()
    {
        var longest = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));
        Assert.Equal(longest, DnsName.Parse(longest + ".").ToString());
    }

    [Fact]
    public void The_parent_is_the_name_without_its_first_label()
    {
        Assert.True(DnsName.Parse("api.example.com").TryGetParent(out var parent));
        Assert.Equal(DnsName.Parse("example.com"), parent);
        Assert.False(DnsName.Parse("com").TryGetParent(out var none));
        Assert.Equal(default, none);
        Assert.Empty(none.ToString());
        Assert.Equal(["api", "example", "com"], DnsName.Parse("api.example.com").Labels);
    }

    [Theory]
    [InlineData("example.com", true)]
    [InlineData("a.example.com", true)]
    [InlineData("example.org", false)] // as long as the zone
    [InlineData("a.example.org", false)]
    [InlineData("aexample.com", false)]
    [InlineData("com", false)]
    public void Below_a_zone_is_what_ends_in_it_label_by_label(string name, bool within) =>
        Assert.Equal(within, DnsName.Parse(name).IsWithin(DnsName.Parse("example.com")));

    [Fact]
    public void Names_have_an_order()
    {
        var (first, second) = (DnsName.Parse("a.example"), DnsName.Parse("b.example"));
        Assert.True(first < second && first <= second && second > first && second >= first);
        Assert.False(second < first || second <= first || first > second || first >= second);
        var twin = DnsName.Parse("A.example");
        Assert.True(first <= twin && first >= twin && first.CompareTo(twin) == 0);
        Assert.False(first < twin || first > twin);
    }
}
