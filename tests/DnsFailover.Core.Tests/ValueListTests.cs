using System.Collections;

namespace DnsFailover.Core.Tests;

public sealed class ValueListTests
{
    private static readonly ValueList<string> List = ["a", "b"];

    [Fact]
    public void Lists_are_equal_when_their_elements_are()
    {
        ValueList<string> twin = [.. new[] { "a", "b" }];

        Assert.True(List.Equals(twin) && List.Equals((object)twin));
        Assert.Equal(List.GetHashCode(), twin.GetHashCode());
        Assert.False(List.Equals(["a"]) || List.Equals(["b", "a"]) || List.Equals(null) || List.Equals((object)"a"));
        Assert.NotEqual(List.GetHashCode(), ((ValueList<string>)["b", "a"]).GetHashCode());
    }

    [Fact]
    public void However_it_is_walked_the_elements_come_in_their_order()
    {
        var walked = new List<object?>();
        foreach (var item in (IEnumerable)List)
        {
            walked.Add(item);
        }

        Assert.Equal(["a", "b"], walked);
        Assert.Equal(["a", "b"], List.Select(item => item));
        Assert.Equal((2, "b"), (List.Count, List[1]));
    }

    [Fact]
    public void It_is_printed_with_commas() => Assert.Equal("a, b", List.ToString());

    [Fact]
    public void What_is_one_already_or_holds_nothing_costs_no_other()
    {
        Assert.Same(List, List.ToValueList());
        Assert.Same(ValueList<string>.Empty, (ValueList<string>)[]);
        Assert.Empty(ValueList<string>.Empty);
    }
}
