using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Tests.Providers.PowerDns;

/// <summary>What else there is at a name, and what becomes of it.</summary>
public sealed class PowerDnsRecordsTests(PdnsFixture pdns) : PowerDnsTest(pdns)
{
    [Fact]
    public async Task Disabled_records_are_not_live_and_survive_a_switch()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await SeedAsync(test, name, """{"content":"192.0.2.1","disabled":false},{"content":"192.0.2.9","disabled":true}""");

        var before = await test.Provider.ReadAsync(name, Token);
        var after = await test.Provider.ApplyAsync(Change(before[RecordType.A], Set(name, 60, "198.51.100.1")), Token);

        Assert.Equal(["192.0.2.1"], before[RecordType.A]!.Values.Select(value => value.Data));
        Assert.Equal(["198.51.100.1"], after[RecordType.A]!.Values.Select(value => value.Data));
        Assert.Equal("60 198.51.100.1 (192.0.2.9)", await test.Server.ShowAsync(name.ToString(), "A", Token));
    }

    [Fact]
    public async Task Disabled_records_survive_when_their_set_is_created()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await SeedAsync(test, name, """{"content":"192.0.2.9","disabled":true}""");

        Assert.Empty((await test.Provider.ReadAsync(name, Token)).Sets);
        await test.Provider.ApplyAsync(Change(null, Set(name, 30, "198.51.100.1")), Token);

        Assert.Equal("30 198.51.100.1 (192.0.2.9)", await test.Server.ShowAsync(name.ToString(), "A", Token));
    }

    [Fact]
    public async Task A_disabled_record_that_is_wanted_comes_alive()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await SeedAsync(test, name, """{"content":"192.0.2.1","disabled":false},{"content":"192.0.2.2","disabled":true},{"content":"192.0.2.9","disabled":true}""");

        await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2")), Token);

        Assert.Equal("60 192.0.2.2 (192.0.2.9)", await test.Server.ShowAsync(name.ToString(), "A", Token));
    }

    [Fact]
    public async Task A_disabled_record_keeps_a_second_one_out_of_a_CNAME_set_and_is_told()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.Server.PatchAsync(test.Zone.ToString(), $$"""[{"name":"{{name}}.","type":"CNAME","ttl":60,"changetype":"REPLACE","records":[{"content":"old.example.net.","disabled":true}]}]""", Token);

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Alias(name, "new.example.net")), Token));

        AssertRejected(test, failure, "its CNAME set holds a disabled record");
    }

    [Fact]
    public async Task Comments_of_others_survive_and_the_mark_is_one_more()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await SeedAsync(test, name, """{"content":"192.0.2.1","disabled":false}""", """{"content":"ask the API team","account":"ops","modified_at":7},{"content":"not a mark","account":"dnsfailover","modified_at":8}""");

        var marked = await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2"), owner: "blue"), Token);
        var shown = await test.Server.ShowAsync(name.ToString(), "A", Token);
        await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.2"), Set(name, 60, "192.0.2.3")), Token);
        var unmarked = await test.Server.ShowAsync(name.ToString(), "A", Token);
        await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.3"), Set(name, 60, "192.0.2.4"), owner: "green"), Token);

        Assert.Equal("blue", marked.Owner);
        Assert.Equal("60 192.0.2.2 {dnsfailover: not a mark @8} {dnsfailover: owner=blue} {ops: ask the API team @7}", shown);
        Assert.Equal("60 192.0.2.3 {dnsfailover: not a mark @8} {dnsfailover: owner=blue} {ops: ask the API team @7}", unmarked);
        Assert.Equal("60 192.0.2.4 {dnsfailover: not a mark @8} {dnsfailover: owner=green} {ops: ask the API team @7}", await test.Server.ShowAsync(name.ToString(), "A", Token));
    }

    [Fact]
    public async Task Taking_a_name_over_replaces_the_mark_on_its_other_sets_too()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        var six = $$"""{"name":"{{name}}.","type":"AAAA","ttl":77,"changetype":"REPLACE","records":[{"content":"2001:db8::1","disabled":false},{"content":"2001:db8::9","disabled":true}],"comments":[{"content":"owner=blue","account":"dnsfailover"},{"content":"hands off","account":"ops","modified_at":7}]}""";
        await test.Server.PatchAsync(test.Zone.ToString(), $"[{six}]", Token);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");

        var records = await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2"), owner: "green"), Token);

        Assert.Equal("green", records.Owner);
        Assert.Equal("77 2001:db8::1 (2001:db8::9) {dnsfailover: owner=green} {ops: hands off @7}", await test.Server.ShowAsync(name.ToString(), "AAAA", Token));
    }

    [Fact]
    public async Task Two_marks_at_one_name_are_told()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await SeedAsync(test, name, """{"content":"192.0.2.1","disabled":false}""", """{"content":"owner=blue","account":"dnsfailover"},{"content":"owner=green","account":"dnsfailover"}""");

        AssertRejected(test, await FailureOf(() => test.Provider.ReadAsync(name, Token)), "the marks of several controllers (blue, green)");
    }

    [Theory]
    [InlineData("ALIAS", "target.example.net.", "it holds an ALIAS to target.example.net.")]
    [InlineData("LUA", "A \\\"ifportup(443, {'192.0.2.1'})\\\"", "it holds a LUA record")]
    [InlineData("NS", "ns.example.net.", "it is delegated to ns.example.net.")]
    public async Task What_answers_by_itself_is_told_and_left_alone(string type, string content, string expected)
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "A", 60, "192.0.2.1");
        await test.Server.PatchAsync(test.Zone.ToString(), $$"""[{"name":"{{name}}.","type":"{{type}}","ttl":60,"changetype":"REPLACE","records":[{"content":"{{content}}","disabled":false}]}]""", Token);
        var there = await test.Server.ShowAsync(name.ToString(), type, Token);

        var read = await FailureOf(() => test.Provider.ReadAsync(name, Token));
        var write = await FailureOf(() => test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2")), Token));

        AssertRejected(test, read, expected);
        AssertRejected(test, write, expected);
        Assert.Equal("60 192.0.2.1", await test.Server.ShowAsync(name.ToString(), "A", Token));
        Assert.Equal(there, await test.Server.ShowAsync(name.ToString(), type, Token));
    }

    [Theory]
    [InlineData("ALIAS", "target.example.net.", "true")] // disabled
    [InlineData("LUA", "TXT \\\"return 'x'\\\"", "false")] // answers no addresses
    [InlineData("MX", "10 mail.example.net.", "false")]
    public async Task What_does_not_answer_for_addresses_is_no_hindrance(string type, string content, string disabled)
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.Server.PatchAsync(test.Zone.ToString(), $$"""[{"name":"{{name}}.","type":"{{type}}","ttl":60,"changetype":"REPLACE","records":[{"content":"{{content}}","disabled":{{disabled}}}]}]""", Token);
        var there = await test.Server.ShowAsync(name.ToString(), type, Token);

        await test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.2")), Token);

        Assert.Equal(["60 192.0.2.2"], await test.LookAsync(name, "A"));
        Assert.Equal(there, await test.Server.ShowAsync(name.ToString(), type, Token));
    }

    [Theory]
    [InlineData("TXT", "\"x\"")]
    [InlineData("A", "192.0.2.1")]
    public async Task A_CNAME_is_not_put_beside_others(string type, string value)
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), type, 60, value);

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Alias(name, "one.example.net")), Token));

        AssertRejected(test, failure, $"the CNAME it would get cannot be beside its {type}");
    }

    [Fact]
    public async Task Addresses_are_not_put_beside_a_CNAME()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.SeedAsync(name.ToString(), "CNAME", 60, "one.example.net.");

        AssertRejected(test, await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token)), "the A it would get cannot be beside its CNAME");
    }

    [Fact]
    public async Task A_CNAME_that_appears_at_the_last_moment_is_a_conflict_and_nothing_is_written()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        var hidden = $"\"name\": \"{name}.\"";
        await test.SeedAsync(name.ToString(), "CNAME", 60, "one.example.net.");
        test.Proxy.Alter = (_, reply) => reply with { Body = reply.Body.Replace(hidden, hidden.Replace(name.ToString(), "elsewhere.example.test", StringComparison.Ordinal), StringComparison.Ordinal) };

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token));

        Assert.Equal(ProviderFailure.Conflict, failure.Failure);
        Assert.Contains("Conflicts with pre-existing RRset", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task One_set_has_one_TTL_where_the_database_holds_two()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        await test.Server.SqlAsync($"insert into records (domain_id, name, type, content, ttl) select id, '{name}', 'A', column1, column2 from domains, (values ('192.0.2.1', 120), ('192.0.2.2', 90)) where domains.name = 'example.test';", Token);

        var records = await test.Provider.ReadAsync(name, Token);

        Assert.Equal(Set(name, 90, "192.0.2.1", "192.0.2.2"), records[RecordType.A]);
    }

    private static Task SeedAsync(PdnsUnderTest test, DnsName name, string records, string comments = "") =>
        test.Server.PatchAsync(test.Zone.ToString(), $$"""[{"name":"{{name}}.","type":"A","ttl":60,"changetype":"REPLACE","records":[{{records}}],"comments":[{{comments}}]}]""", Token);
}
