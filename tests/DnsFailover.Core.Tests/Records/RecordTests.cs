using DnsFailover.Core.Records;
using FsCheck;
using FsCheck.Fluent;
using static DnsFailover.Core.Tests.Given;

namespace DnsFailover.Core.Tests.Records;

public sealed class RecordTests
{
    [Theory]
    [InlineData("API.Example.COM.", "api.example.com")]
    [InlineData("_acme-challenge.example.com", "_acme-challenge.example.com")]
    [InlineData("localhost", "localhost")]
    public void Two_spellings_of_a_name_are_one_name(string text, string canonical)
    {
        Assert.Equal(canonical, DnsName.Parse(text).ToString());
        Assert.Equal(DnsName.Parse(canonical), DnsName.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("-a.example")]
    [InlineData("a-.example")]
    [InlineData("a b.example")]
    [InlineData("ä.example")]
    [InlineData("*.example")]
    public void What_is_no_host_name_is_refused_with_a_reason(string text)
    {
        Assert.False(DnsName.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Labels_and_names_have_their_longest_length()
    {
        var label = new string('a', 63);
        Assert.True(DnsName.TryParse($"{label}.example", out _, out _));
        Assert.False(DnsName.TryParse($"{label}a.example", out _, out _));
        Assert.True(DnsName.TryParse(string.Join('.', label, label, label, new string('a', 61)), out _, out _));
        Assert.False(DnsName.TryParse(string.Join('.', label, label, label, new string('a', 62)), out _, out _));
    }

    [Fact]
    public void A_name_is_within_its_zone_by_labels_and_not_by_letters()
    {
        var zone = DnsName.Parse("example.com");
        Assert.True(DnsName.Parse("api.example.com").IsWithin(zone));
        Assert.True(zone.IsWithin(zone));
        Assert.False(DnsName.Parse("badexample.com").IsWithin(zone));
        Assert.False(DnsName.Parse("com").IsWithin(zone));
    }

    [Fact]
    public void A_set_without_values_cannot_be_made() =>
        Assert.Throws<ArgumentException>(() => RecordSet.Create(Name, RecordType.A, Seconds(30), Array.Empty<string>()));

    [Fact]
    public void A_cname_has_one_value() =>
        Assert.Throws<ArgumentException>(() => RecordSet.Create(Name, RecordType.CNAME, Seconds(30), "a.example", "b.example"));

    [Theory]
    [InlineData(RecordType.A, "2001:db8::1")]
    [InlineData(RecordType.AAAA, "192.0.2.1")]
    [InlineData(RecordType.A, "not an address")]
    [InlineData(RecordType.CNAME, "a..b")]
    public void A_value_of_another_type_is_refused(RecordType type, string value) => Assert.Throws<ArgumentException>(() => RecordSet.Canonical(type, value));

    [Fact]
    public void IPv6_is_compared_by_value_and_not_by_spelling() =>
        Assert.Equal(RecordSet.Create(Name, RecordType.AAAA, Seconds(30), "2001:DB8:0:0::1"), RecordSet.Create(Name, RecordType.AAAA, Seconds(30), "2001:db8::1"));

    [Fact]
    public void A_set_is_the_same_in_any_order_and_with_repetitions()
    {
        var octets = Gen.Choose(1, 9).NonEmptyListOf().ToArbitrary();
        Prop.ForAll(octets, list =>
        {
            var values = list.Select(octet => $"192.0.2.{octet}").ToArray();
            var set = RecordSet.Create(Name, RecordType.A, Seconds(30), values);
            var shuffled = RecordSet.Create(Name, RecordType.A, Seconds(30), values.Reverse().Concat(values.Take(1)));
            return set.Equals(shuffled) && set.GetHashCode() == shuffled.GetHashCode() && set.Values.SequenceEqual(set.Values.Order());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_records_of_a_name_are_one_set_per_type()
    {
        var set = RecordSet.Create(Name, RecordType.A, Seconds(30), P);
        Assert.Throws<ArgumentException>(() => NameRecords.Create(Name, [set, set]));
        Assert.Throws<ArgumentException>(() => NameRecords.Create(DnsName.Parse("www.example.com"), [set]));
    }

    [Fact]
    public void A_change_knows_whether_it_is_applied_or_untouched()
    {
        var (before, after) = (Holding(P), Holding(Name, Seconds(60), S));
        var change = new ChangeSet(1, Name, [new RecordChange(before.Sets[0], after.Sets[0])]);

        Assert.True(change.IsUntouchedIn(before) && !change.IsAppliedIn(before));
        Assert.True(change.IsAppliedIn(Holding(Name, Seconds(120), S)), "a provider may set its own TTL");
        Assert.False(change.IsUntouchedIn(Holding(Name, Seconds(99), P)));
        Assert.False(change.IsAppliedIn(Holding(P, S)) || change.IsUntouchedIn(NameRecords.Create(Name, [])));
        Assert.Equal("A 192.0.2.1 → 192.0.2.2, TTL 30 → 60", change.ToString());
    }
}
