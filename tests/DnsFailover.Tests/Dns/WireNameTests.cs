using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.Dns;

public sealed class WireNameTests
{
    [Fact]
    public void A_name_becomes_labels_after_their_lengths()
    {
        var name = WireName.From(DnsName.Parse("api.example.com"));

        Assert.Equal("\u0003api\u0007example\u0003com\0"u8.ToArray(), name.Wire.ToArray());
        Assert.Equal("api.example.com", name.ToString());
        Assert.Equal(3, name.LabelCount);
        Assert.Equal("example.com", name.Parent.ToString());
        Assert.True(name.TryToDnsName(out var back));
        Assert.Equal(DnsName.Parse("api.example.com"), back);
    }

    [Fact]
    public void The_longest_name_survives()
    {
        var text = string.Join('.', Enumerable.Repeat(new string('a', 63), 3)) + "." + new string('b', 61);

        var name = WireName.From(DnsName.Parse(text));

        Assert.Equal(WireName.MaxLength, name.Wire.Length);
        Assert.Equal(text, name.ToString());
    }

    [Fact]
    public void The_root_is_a_name_that_cannot_be_steered()
    {
        Assert.Equal(".", WireName.Root.ToString());
        Assert.Equal(WireName.Root, WireName.Parse("."));
        Assert.Equal(WireName.Root, WireName.Parse("com").Parent);
        Assert.False(WireName.Root.TryToDnsName(out _));
        Assert.Equal(WireName.Root, default);
    }

    [Fact]
    public void Names_compare_without_case_and_keep_their_spelling()
    {
        var spelled = WireName.FromValidWire("\u0003aPi\u0003CoM\0"u8);

        Assert.Equal(WireName.Parse("api.com"), spelled);
        Assert.Equal(WireName.Parse("api.com").GetHashCode(), spelled.GetHashCode());
        Assert.Equal("aPi.CoM", spelled.ToString());
        Assert.Equal("\u0003api\u0003com\0"u8.ToArray(), spelled.ToLower().Wire.ToArray());
    }

    [Fact]
    public void Only_whole_labels_count_as_being_within()
    {
        var zone = WireName.Parse("example.com");

        Assert.True(WireName.Parse("example.com").IsWithin(zone));
        Assert.True(WireName.FromValidWire("\u0001a\u0007EXAMPLE\u0003com\0"u8).IsWithin(zone));
        Assert.False(WireName.Parse("notexample.com").IsWithin(zone));
        Assert.False(WireName.Parse("com").IsWithin(zone));
        Assert.True(zone.IsWithin(WireName.Root));
    }

    [Fact]
    public void Octets_that_would_be_misread_are_escaped()
    {
        var name = WireName.FromValidWire([4, (byte)'a', (byte)'.', 0, 0xFF, 0]);

        Assert.Equal(@"a\.\000\255", name.ToString());
        Assert.False(name.TryToDnsName(out _));
    }
}
