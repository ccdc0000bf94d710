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

    [Theory]
    [InlineData(null, 30, "192.0.2.2", 30, "A (none) → 192.0.2.2, TTL 30")]
    [InlineData("192.0.2.1", 30, "192.0.2.1", 60, "A 192.0.2.1, TTL 30 → 60")]
    [InlineData("192.0.2.1", 30, "192.0.2.2", 30, "A 192.0.2.1 → 192.0.2.2")]
    [InlineData("192.0.2.1", 30, "192.0.2.2", 60, "A 192.0.2.1 → 192.0.2.2, TTL 30 → 60")]
    public void A_change_says_only_what_changes(string? before, int ttlBefore, string after, int ttlAfter, string expected) =>
        Assert.Equal(expected, new RecordChange(before is null ? null : Holding(Name, Seconds(ttlBefore), before).Sets[0], Holding(Name, Seconds(ttlAfter), after).Sets[0]).ToString());

    [Fact]
    public void Changes_of_two_types_are_printed_apart() =>
        Assert.Equal(
            "A 192.0.2.1 → 192.0.2.2; AAAA 2001:db8::1 → 2001:db8::2",
            new ChangeSet(1, Name, [.. Holding(P, P6).Sets.Zip(Holding(S, S6).Sets, (from, to) => new RecordChange(from, to))]).ToString());

    [Fact]
    public void A_change_of_two_types_is_applied_or_untouched_only_as_a_whole()
    {
        var change = new ChangeSet(1, Name, [.. Holding(P, P6).Sets.Zip(Holding(S, S6).Sets, (from, to) => new RecordChange(from, to))]);
        Assert.True(change.IsAppliedIn(Holding(S, S6)) && change.IsUntouchedIn(Holding(P, P6)));
        Assert.False(change.IsAppliedIn(Holding(S, P6)) || change.IsUntouchedIn(Holding(S, P6)) || change.IsAppliedIn(Holding(S)));
    }

    [Fact]
    public void A_set_is_printed_as_a_zone_file_would()
    {
        Assert.Equal("api.example.com 30 A 192.0.2.1, 192.0.2.2", Holding(S, P).Sets[0].ToString());
        Assert.Equal("192.0.2.1", new RecordValue(P).ToString());
        Assert.Equal("192.0.2.1 (weight 3)", new RecordValue(P, 3).ToString());
    }

    [Fact]
    public void Values_are_ordered_by_their_data_and_then_by_their_weight()
    {
        RecordValue first = new(P, 1), second = new(P, 2), third = new(S);
        Assert.True(first < second && second < third && second > first && third >= second && first <= second);
        Assert.False(second < first || first > second || second <= first || first >= second || third < second);
        var twin = new RecordValue(P, 1);
        Assert.True(first <= twin && first >= twin);
        Assert.False(first < twin || first > twin);
        Assert.Equal([first, second, third], RecordSet.Create(Name, RecordType.A, Seconds(30), [third, second, first]).Values);
    }

    [Fact]
    public void A_ttl_is_whole_seconds()
    {
        Assert.Equal(Seconds(30), RecordSet.Create(Name, RecordType.A, Seconds(30.9), P).Ttl);
        Assert.Equal(Seconds(30), RecordSet.Described(Name, RecordType.A, Seconds(30.9), "an alias").Ttl);
    }

    [Fact]
    public void A_cname_served_by_weight_may_have_several_values()
    {
        RecordValue[] weighted = [new("a.example", 1), new("b.example", 2)];
        Assert.Equal(2, RecordSet.Create(Name, RecordType.CNAME, Seconds(30), weighted).Values.Count);
        var error = Assert.Throws<ArgumentException>(() => RecordSet.Create(Name, RecordType.CNAME, Seconds(30), [weighted[0], new("b.example")]));
        Assert.StartsWith("a CNAME has one value, api.example.com would have 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_written_down_is_refused_with_a_reason()
    {
        Refused("an RRset has at least one value (api.example.com A)", () => RecordSet.Create(Name, RecordType.A, Seconds(30), Array.Empty<string>()));
        Refused("there is nothing to describe (api.example.com A)", () => RecordSet.Described(Name, RecordType.A, Seconds(30)));
        Refused("'2001:db8::1' is not the value of an A record", () => RecordSet.Canonical(RecordType.A, P6));
        Refused("'a..b' is not a host name", () => RecordSet.Canonical(RecordType.CNAME, "a..b"));
        Refused("the records of api.example.com are one set per type", () => NameRecords.Create(Name, [.. Holding(P).Sets, .. Holding(S).Sets]));

        static void Refused(string reason, Action act) => Assert.StartsWith(reason, Assert.Throws<ArgumentException>(act).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_is_no_value_of_the_same_text()
    {
        var described = RecordSet.Described(Name, RecordType.A, Seconds(30), P, P, "by country");
        Assert.Equal([P, "by country"], described.Values.Select(value => value.Data));
        Assert.True(described.IsDescribed && described.HasSameValues(described));
        Assert.False(RecordSet.Described(Name, RecordType.A, Seconds(30), P).HasSameValues(Holding(P).Sets[0]));
        Assert.False(Holding(P).Sets[0].HasSameValues(RecordSet.Described(Name, RecordType.AAAA, Seconds(30), P)));
    }

    [Fact]
    public void A_name_in_a_cname_is_compared_without_its_dot_and_case() => Assert.Equal("app.example.net", RecordSet.Canonical(RecordType.CNAME, "App.Example.NET."));

    [Fact]
    public void The_sets_of_a_name_are_sorted_by_type() =>
        Assert.Equal([RecordType.A, RecordType.AAAA], NameRecords.Create(Name, Holding(P, P6).Sets.Reverse()).Sets.Select(set => set.Type));
}
