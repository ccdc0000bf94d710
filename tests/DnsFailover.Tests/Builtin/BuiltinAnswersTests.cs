using System.Net;
using DnsFailover.Core.Records;
using DnsFailover.Dns;

namespace DnsFailover.Tests.Builtin;

/// <summary>What the server says, as BIND's dig understands it.</summary>
public sealed class BuiltinAnswersTests
{
    [Theory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public async Task Addresses_are_answered_with_authority_and_without_recursion(string transport)
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"), Zone.Set("api.lb.example.com", RecordType.AAAA, "2001:db8::1"));

        var v4 = await Dig.AskAsync(provider.EndPoint, transport, "api.lb.example.com", "A");
        var v6 = await Dig.AskAsync(provider.EndPoint, transport, "+recurse", "api.lb.example.com", "AAAA");

        Assert.Equal(["api.lb.example.com. 30 IN A 192.0.2.1"], v4.Answer);
        Assert.Equal("NOERROR", v4.Status);
        Assert.Equal(["qr", "aa"], v4.Flags);
        Assert.Equal(["api.lb.example.com. 30 IN AAAA 2001:db8::1"], v6.Answer);
        Assert.Equal(["qr", "aa", "rd"], v6.Flags);
    }

    [Fact]
    public async Task The_spelling_of_the_question_is_kept()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));

        var reply = await Dig.AskAsync(provider.EndPoint, "aPi.Lb.eXample.COM", "A");

        Assert.Equal(["aPi.Lb.eXample.COM. IN A"], reply.Question);
        Assert.Equal(["aPi.Lb.eXample.COM. 30 IN A 192.0.2.1"], reply.Answer);
    }

    [Fact]
    public async Task The_apex_has_a_SOA_and_NS_records_with_the_address_of_a_name_server_in_the_zone()
    {
        await using var provider = await Zone.StartAsync(Zone.Options(null, "ns1.lb.example.com", "ns2.lb.example.com", "ns.example.net"));
        await Zone.WriteAsync(provider, Zone.Set("ns2.lb.example.com", RecordType.A, "192.0.2.53"));

        var ns = await Dig.AskAsync(provider.EndPoint, "lb.example.com", "NS");
        var soa = await Dig.AskAsync(provider.EndPoint, "lb.example.com", "SOA");
        var address = await Dig.AskAsync(provider.EndPoint, "ns1.lb.example.com", "A");

        Assert.Equal(
            ["lb.example.com. 3600 IN NS ns.example.net.", "lb.example.com. 3600 IN NS ns1.lb.example.com.", "lb.example.com. 3600 IN NS ns2.lb.example.com."],
            ns.Answer.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["ns1.lb.example.com. 3600 IN A 127.0.0.1", "ns2.lb.example.com. 30 IN A 192.0.2.53"],
            ns.Additional.Order(StringComparer.Ordinal));
        Assert.StartsWith("lb.example.com. 3600 IN SOA ns1.lb.example.com. hostmaster.lb.example.com. ", Assert.Single(soa.Answer), StringComparison.Ordinal);
        Assert.Equal(["ns1.lb.example.com. 3600 IN A 127.0.0.1"], address.Answer);
    }

    [Theory]
    [InlineData("api.lb.example.com", "AAAA", "NOERROR")]
    [InlineData("api.lb.example.com", "TXT", "NOERROR")]
    [InlineData("lb.example.com", "A", "NOERROR")]
    [InlineData("between.lb.example.com", "A", "NOERROR")]
    [InlineData("nobody.lb.example.com", "A", "NXDOMAIN")]
    [InlineData("below.api.lb.example.com", "A", "NXDOMAIN")]
    [InlineData("*.lb.example.com", "A", "NXDOMAIN")]
    [InlineData("we\\.ird\\000.lb.example.com", "A", "NXDOMAIN")]
    [InlineData("api\\.lb.example.com", "A", "REFUSED")]
    public async Task What_does_not_exist_is_denied_with_the_SOA(string name, string type, string status)
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
        await Zone.WriteAsync(provider, Zone.Set("deep.between.lb.example.com", RecordType.A, "192.0.2.1"));

        var reply = await Dig.AskAsync(provider.EndPoint, name, type);

        Assert.Equal(status, reply.Status);
        Assert.Empty(reply.Answer);
        if (status == "REFUSED")
        {
            Assert.Empty(reply.Authority);
            return;
        }

        // RFC 2308 section 5: the TTL of the SOA record is what the denial may be kept for.
        Assert.StartsWith("lb.example.com. 30 IN SOA ", Assert.Single(reply.Authority), StringComparison.Ordinal);
        Assert.EndsWith(" 30", Assert.Single(reply.Authority), StringComparison.Ordinal);
        Assert.Contains("aa", reply.Flags);
    }

    [Theory]
    [InlineData("example.com", "A")]
    [InlineData("example.com", "SOA")]
    [InlineData("www.example.org", "A")]
    [InlineData("notlb.example.com", "A")]
    [InlineData(".", "NS")]
    public async Task Other_zones_are_refused(string name, string type)
    {
        await using var provider = await Zone.StartAsync();

        var reply = await Dig.AskAsync(provider.EndPoint, name, type);

        Assert.Equal("REFUSED", reply.Status);
        Assert.DoesNotContain("aa", reply.Flags);
        Assert.Empty(reply.Answer);
    }

    [Fact]
    public async Task An_alias_is_answered_for_every_type_and_followed_inside_the_zone()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("www.lb.example.com", RecordType.CNAME, "api.lb.example.com"));
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
        await Zone.WriteAsync(provider, Zone.Set("out.lb.example.com", RecordType.CNAME, "app.example.net"));
        await Zone.WriteAsync(provider, Zone.Set("gone.lb.example.com", RecordType.CNAME, "nobody.lb.example.com"));
        await Zone.WriteAsync(provider, Zone.Set("loop.lb.example.com", RecordType.CNAME, "loop.lb.example.com"));

        var inside = await Dig.AskAsync(provider.EndPoint, "www.lb.example.com", "A");
        var alias = await Dig.AskAsync(provider.EndPoint, "www.lb.example.com", "CNAME");
        var noData = await Dig.AskAsync(provider.EndPoint, "www.lb.example.com", "AAAA");
        var outside = await Dig.AskAsync(provider.EndPoint, "out.lb.example.com", "MX");
        var gone = await Dig.AskAsync(provider.EndPoint, "gone.lb.example.com", "A");
        var loop = await Dig.AskAsync(provider.EndPoint, "loop.lb.example.com", "A");

        Assert.Equal(["www.lb.example.com. 30 IN CNAME api.lb.example.com.", "api.lb.example.com. 30 IN A 192.0.2.1"], inside.Answer);
        Assert.Equal(["www.lb.example.com. 30 IN CNAME api.lb.example.com."], alias.Answer);
        Assert.Equal(["www.lb.example.com. 30 IN CNAME api.lb.example.com."], noData.Answer);
        Assert.Contains(" SOA ", Assert.Single(noData.Authority), StringComparison.Ordinal);
        Assert.Equal(["out.lb.example.com. 30 IN CNAME app.example.net."], outside.Answer);
        Assert.Equal("NOERROR", outside.Status);
        Assert.Equal(["gone.lb.example.com. 30 IN CNAME nobody.lb.example.com."], gone.Answer);
        Assert.Equal("NXDOMAIN", gone.Status);
        Assert.Contains(" SOA ", Assert.Single(gone.Authority), StringComparison.Ordinal);
        Assert.Equal(["loop.lb.example.com. 30 IN CNAME loop.lb.example.com."], loop.Answer);
    }

    [Fact]
    public async Task A_declared_name_is_SERVFAIL_until_its_first_record()
    {
        await using var provider = await Zone.StartAsync(declared: [Zone.Api, DnsName.Parse("other.example.org")]);

        var before = await Dig.AskAsync(provider.EndPoint, "api.lb.example.com", "A");
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
        var after = await Dig.AskAsync(provider.EndPoint, "api.lb.example.com", "A");
        provider.DeclareNames([DnsName.Parse("new.lb.example.com")]);
        var declaredLater = await Dig.AskAsync(provider.EndPoint, "new.lb.example.com", "A");
        var undeclared = await Dig.AskAsync(provider.EndPoint, "api.lb.example.com", "A");

        Assert.Equal("SERVFAIL", before.Status);
        Assert.Empty(before.Authority);
        Assert.Equal(["api.lb.example.com. 30 IN A 192.0.2.1"], after.Answer);
        Assert.Equal("SERVFAIL", declaredLater.Status);
        Assert.Equal(["api.lb.example.com. 30 IN A 192.0.2.1"], undeclared.Answer);
    }

    [Fact]
    public async Task A_declared_apex_is_SERVFAIL_for_addresses_and_still_has_its_SOA()
    {
        await using var provider = await Zone.StartAsync(declared: [Zone.Name]);

        Assert.Equal("SERVFAIL", (await Dig.AskAsync(provider.EndPoint, "lb.example.com", "A")).Status);
        Assert.Single((await Dig.AskAsync(provider.EndPoint, "lb.example.com", "SOA")).Answer);
        await Zone.WriteAsync(provider, Zone.Set("lb.example.com", RecordType.A, "192.0.2.1"));
        Assert.Equal(["lb.example.com. 30 IN A 192.0.2.1"], (await Dig.AskAsync(provider.EndPoint, "lb.example.com", "A")).Answer);
    }

    [Fact]
    public async Task ANY_gets_one_set_instead_of_all()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"), Zone.Set("api.lb.example.com", RecordType.AAAA, "2001:db8::1"));

        var reply = await Dig.AskAsync(provider.EndPoint, "+notcp", "api.lb.example.com", "ANY");

        Assert.Equal(["api.lb.example.com. 30 IN A 192.0.2.1"], reply.Answer);
    }

    [Theory]
    [InlineData("REFUSED", "lb.example.com", "CH", "TXT")]
    [InlineData("REFUSED", "lb.example.com", "ANY", "-c", "ANY")]
    [InlineData("NOTIMP", "+opcode=NOTIFY", "lb.example.com", "SOA")]
    [InlineData("NOTIMP", "+opcode=UPDATE", "lb.example.com", "SOA")]
    [InlineData("NOTIMP", "+opcode=STATUS", "lb.example.com", "SOA")]
    public async Task Other_classes_and_other_operations_are_turned_away(string status, params string[] arguments)
    {
        await using var provider = await Zone.StartAsync();

        var reply = await Dig.AskAsync(provider.EndPoint, arguments);

        Assert.Equal(status, reply.Status);
        Assert.Empty(reply.Answer);
    }

    [Theory]
    [InlineData("AXFR")]
    [InlineData("IXFR=1")]
    public async Task A_zone_transfer_is_refused(string type)
    {
        await using var provider = await Zone.StartAsync();

        var reply = await Dig.AskAsync(provider.EndPoint, "+tcp", "lb.example.com", type);

        Assert.Contains("Transfer failed", reply.Text, StringComparison.Ordinal);
        Assert.Equal(DnsRcode.REFUSED, (await RawClient.AskAsync(provider.EndPoint, "lb.example.com", DnsType.IXFR)).Rcode);
    }

    [Fact]
    public async Task EDNS_is_echoed_with_our_size_and_an_unknown_version_is_BADVERS()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));

        var with = await Dig.AskAsync(provider.EndPoint, "+edns=0", "+bufsize=4096", "api.lb.example.com", "A");
        var options = await Dig.AskAsync(provider.EndPoint, "+edns=0", "+nsid", "+cookie", "+ednsopt=65001:beef", "api.lb.example.com", "A");
        var without = await Dig.AskAsync(provider.EndPoint, "+noedns", "api.lb.example.com", "A");
        var future = await Dig.AskAsync(provider.EndPoint, "+edns=1", "+noednsnegotiation", "api.lb.example.com", "A");

        Assert.Contains("EDNS: version: 0, flags:; udp: 1232", with.Text, StringComparison.Ordinal);
        Assert.Single(with.Answer);
        Assert.Single(options.Answer);
        Assert.DoesNotContain("EDNS", without.Text, StringComparison.Ordinal);
        Assert.Single(without.Answer);
        Assert.Equal("BADVERS", future.Status);
        Assert.Empty(future.Answer);
    }

    [Theory]
    [InlineData("+noedns", 20, false)]
    [InlineData("+noedns", 40, true)]
    [InlineData("+bufsize=1232", 40, false)]
    [InlineData("+bufsize=4096", 100, true)]
    [InlineData("+bufsize=600", 40, true)]
    [InlineData("+bufsize=1", 40, true)]
    public async Task An_answer_too_large_for_the_datagram_is_cut_and_whole_over_TCP(string size, int addresses, bool cut)
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, [.. Enumerable.Range(1, addresses).Select(n => $"192.0.2.{n}")]));

        var datagram = await Dig.AskAsync(provider.EndPoint, "+notcp", "+ignore", size, "api.lb.example.com", "A");
        var stream = await Dig.AskAsync(provider.EndPoint, size, "api.lb.example.com", "A");

        Assert.Equal(cut, datagram.Flags.Contains("tc"));
        Assert.True(cut || datagram.Answer.Length == addresses);
        Assert.Equal(addresses, stream.Answer.Length);
        Assert.DoesNotContain("tc", stream.Flags);
    }

    [Fact]
    public async Task Every_address_of_the_largest_set_is_answered_over_TCP()
    {
        await using var provider = await Zone.StartAsync();
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.AAAA, [.. Enumerable.Range(1, 500).Select(n => $"2001:db8::{n:x}")]));

        Assert.Equal(500, (await Dig.AskAsync(provider.EndPoint, "+tcp", "api.lb.example.com", "AAAA")).Answer.Length);
    }

    [Fact]
    public async Task It_also_answers_over_IPv6()
    {
        await using var provider = await Zone.StartAsync(Zone.Options(new IPEndPoint(IPAddress.IPv6Loopback, 0)));
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));

        Assert.Single((await Dig.AskAsync(provider.EndPoint, "api.lb.example.com", "A")).Answer);
        Assert.Equal(["ns1.lb.example.com. 3600 IN AAAA ::1"], (await Dig.AskAsync(provider.EndPoint, "ns1.lb.example.com", "AAAA")).Answer);
    }

    [Fact]
    public async Task Listening_everywhere_it_answers_on_both_families_and_does_not_deny_its_own_name()
    {
        await using var provider = await Zone.StartAsync(Zone.Options(new IPEndPoint(IPAddress.IPv6Any, 0)));
        await Zone.WriteAsync(provider, Zone.Set("api.lb.example.com", RecordType.A, "192.0.2.1"));
        var port = provider.EndPoint.Port;

        Assert.Equal([new IPEndPoint(IPAddress.IPv6Loopback, port)], await provider.AuthoritativeServersAsync(TestContext.Current.CancellationToken));
        Assert.Single((await Dig.AskAsync(new IPEndPoint(IPAddress.Loopback, port), "api.lb.example.com", "A")).Answer);
        Assert.Single((await Dig.AskAsync(new IPEndPoint(IPAddress.IPv6Loopback, port), "+tcp", "api.lb.example.com", "A")).Answer);
        Assert.Equal("SERVFAIL", (await Dig.AskAsync(new IPEndPoint(IPAddress.Loopback, port), "ns1.lb.example.com", "A")).Status);
    }
}
