using System.Globalization;
using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Rfc2136;

namespace DnsFailover.Tests.Providers.Rfc2136;

public sealed class Rfc2136ProviderTests(NamedFixture named) : IClassFixture<NamedFixture>
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sha512_key_signs_as_well()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);

        await test.WithKey(server.Key512Name, server.Key512Secret, TsigAlgorithm.HmacSha512).ApplyAsync(Create(name, "192.0.2.1"), Token);

        Assert.Equal(["60 192.0.2.1"], await server.DigAsync(name.ToString(), "A", Token));
    }

    [Fact]
    public async Task A_key_that_is_wrapped_over_lines_is_the_same_key()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var wrapped = $" {server.KeySecret[..20]}\n  {server.KeySecret[20..]}\n";

        var records = await test.WithKey("DNSFailover.", wrapped).ApplyAsync(Create(NewName(server), "192.0.2.1"), Token);

        Assert.Single(records.Sets);
    }

    [Fact]
    public async Task An_unknown_key_is_named_with_what_to_check()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        var provider = test.WithKey("nobody", server.KeySecret);

        foreach (var failure in await ReadAndWriteFailAsync(provider, server))
        {
            Assert.Equal(ProviderFailure.Rejected, failure.Failure);
            Assert.Equal($"{server.EndPoint} does not know the TSIG key 'nobody' for hmac-sha256 (BADKEY): check tsig.name and tsig.algorithm against the server's configuration", failure.Message);
        }
    }

    [Fact]
    public async Task A_wrong_key_is_named_with_what_to_check()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        foreach (var failure in await ReadAndWriteFailAsync(test.WithWrongCredentials(), server))
        {
            Assert.Equal(ProviderFailure.Rejected, failure.Failure);
            Assert.Contains("(BADSIG): tsig.secret is not the text", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(600)]
    [InlineData(-600)]
    public async Task A_clock_that_is_wrong_is_told_with_the_difference(int seconds)
    {
        var server = await named.GetAsync(Token);
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions(), new ShiftedTime(TimeSpan.FromSeconds(seconds)));

        foreach (var failure in await ReadAndWriteFailAsync(provider, server))
        {
            Assert.Equal(ProviderFailure.Rejected, failure.Failure);
            Assert.Matches("differs from this machine's by (599|600|601) s \\(BADTIME\\)", failure.Message);
        }
    }

    [Fact]
    public async Task A_key_that_is_not_base64_is_rejected_before_anything_is_sent()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        foreach (var failure in await ReadAndWriteFailAsync(test.WithKey(server.KeyName, "not*base64"), server))
        {
            Assert.Equal(ProviderFailure.Rejected, failure.Failure);
            Assert.Contains("tsig.secret of 'dnsfailover' is not base64", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("not*base64", failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_rejected_with_its_own_sentence()
    {
        var server = await named.GetAsync(Token);
        var missing = new Secret("${TSIG}", _ => throw new SecretUnavailableException("the environment variable TSIG is not set"));
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { Tsig = new TsigKeyOptions("k", TsigAlgorithm.HmacSha256, missing) });

        foreach (var failure in await ReadAndWriteFailAsync(provider, server))
        {
            Assert.Equal(ProviderFailure.Rejected, failure.Failure);
            Assert.Equal("the environment variable TSIG is not set", failure.Message);
        }
    }

    [Fact]
    public async Task A_key_without_permission_is_told_which_grant_it_needs()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.WithoutPermission().ApplyAsync(Create(name, "192.0.2.1"), Token));

        Assert.Contains($"update-policy {{ grant onlooker. name {name}. A; }}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unsigned_update_that_is_refused_says_how_to_permit_it()
    {
        var server = await named.GetAsync(Token);
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { Tsig = null });

        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Create(NewName(server), "192.0.2.1"), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("allow-update", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_is_not_there_is_told_as_such()
    {
        var server = await named.GetAsync(Token);
        var zone = DnsName.Parse("elsewhere.test");
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { Zone = zone });

        var name = DnsName.Parse("api.elsewhere.test");
        var read = await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(name, Token));
        var write = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Create(name, "192.0.2.1"), Token));

        Assert.Equal(ProviderFailure.Rejected, read.Failure);
        Assert.Contains("does not serve the zone elsewhere.test", read.Message, StringComparison.Ordinal);
        Assert.Equal(ProviderFailure.Rejected, write.Failure);
        Assert.Contains("does not serve the zone elsewhere.test", write.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delegated_name_is_rejected_and_not_read_as_empty()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ReadAsync(DnsName.Parse("api.child.example.test"), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("delegated", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_alias_leads_to_is_not_read_as_the_names_own()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        var alias = await test.Provider.ReadAsync(DnsName.Parse("alias.example.test"), Token);
        var dangling = await test.Provider.ReadAsync(DnsName.Parse("dangling.example.test"), Token);

        Assert.Equal(RecordType.CNAME, Assert.Single(alias.Sets).Type);
        Assert.Equal("nowhere.example.test", Assert.Single(Assert.Single(dangling.Sets).Values).Data);
    }

    [Fact]
    public async Task An_address_beside_a_CNAME_is_rejected_though_the_server_says_it_is_done()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);
        await server.ReplaceAsync(name.ToString(), "CNAME", 60, ["target.example.net."], Token);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Create(name, "192.0.2.1"), Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("because a CNAME to target.example.net is there", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CNAME_beside_other_records_is_rejected_though_the_server_says_it_is_done()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);
        await server.ReplaceAsync(name.ToString(), "TXT", 60, ["\"in the way\""], Token);
        var change = new ChangeSet(1, name, [new RecordChange(null, RecordSet.Create(name, RecordType.CNAME, Ttl, "target.example.net"))]);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(change, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("a CNAME must be alone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_only_a_wildcard_answers_for_is_rejected_with_the_reason()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = DnsName.Parse("api.wild.example.test");
        var before = (await test.Provider.ReadAsync(name, Token))[RecordType.A];
        var change = new ChangeSet(1, name, [new RecordChange(before, RecordSet.Create(name, RecordType.A, Ttl, "192.0.2.1"))]);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(change, Token));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("wildcard", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_larger_than_a_datagram_is_written_and_read()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);
        var large = RecordSet.Create(name, RecordType.AAAA, Ttl, Enumerable.Range(1, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $"2001:db8::{i:x}")));

        var records = await test.Provider.ApplyAsync(new ChangeSet(1, name, [new RecordChange(null, large)]), Token);

        Assert.Equal(large, Assert.Single(records.Sets));
    }

    [Fact]
    public async Task A_reply_whose_signature_was_tampered_with_is_ambiguous_after_a_write_and_transient_after_a_read()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);

        // The last octets are original id, error and other length; the signature ends right before them.
        static byte[] FlipOneBitOfTheSignature(byte[] reply) => [.. reply[..^7], (byte)(reply[^7] ^ 1), .. reply[^6..]];
        var onWrite = await Assert.ThrowsAsync<ProviderException>(
            () => test.Behind((request, reply) => DnsProxy.IsUpdate(request) ? FlipOneBitOfTheSignature(reply) : reply).ApplyAsync(Create(name, "192.0.2.1"), Token));
        var onRead = await Assert.ThrowsAsync<ProviderException>(() => test.Behind((_, reply) => FlipOneBitOfTheSignature(reply)).ReadAsync(name, Token));

        Assert.Equal(ProviderFailure.Ambiguous, onWrite.Failure);
        Assert.Contains("the signature of the reply", onWrite.Message, StringComparison.Ordinal);
        Assert.Equal(ProviderFailure.Transient, onRead.Failure);
        Assert.Contains("the signature of the reply", onRead.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_was_changed_on_the_way_is_not_believed()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        // The response code is the lower half of octet 3: "no such name" becomes "no such records".
        var provider = test.Behind((_, reply) => [.. reply[..3], (byte)(reply[3] & 0xF0), .. reply[4..]]);
        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(DnsName.Parse("nowhere.example.test"), Token));

        Assert.Equal(ProviderFailure.Transient, failure.Failure);
        Assert.Contains("the signature of the reply", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_whose_read_back_fails_is_ambiguous()
    {
        var server = await named.GetAsync(Token);
        await using var test = new Rfc2136UnderTest(server, Token);

        var failure = await Assert.ThrowsAsync<ProviderException>(
            () => test.Behind((request, reply) => DnsProxy.IsUpdate(request) ? reply : null).ApplyAsync(Create(NewName(server), "192.0.2.1"), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Contains("cannot be read back: no reply from", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_hangs_is_ambiguous_for_a_write_and_one_that_is_gone_is_transient()
    {
        await using var server = await NamedServer.StartAsync("example.test", cancellationToken: Token);
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { Timeout = TimeSpan.FromMilliseconds(600) });
        var name = NewName(server);
        await server.FreezeAsync(Token);

        var hangs = await ReadAndWriteFailAsync(provider, server);
        await server.ThawAsync(Token);
        await server.StopAsync();
        var gone = await ReadAndWriteFailAsync(provider, server);
        await server.StartAgainAsync(Token);
        var records = await Rfc2136UnderTest.Create(server.ProviderOptions()).ApplyAsync(Create(name, "192.0.2.1"), Token);

        Assert.Equal([ProviderFailure.Transient, ProviderFailure.Ambiguous], hangs.Select(failure => failure.Failure));
        Assert.All(hangs, failure => Assert.Equal($"no reply from {server.EndPoint} within 0.6 s", failure.Message));
        Assert.Equal([ProviderFailure.Transient, ProviderFailure.Transient], gone.Select(failure => failure.Failure));
        Assert.All(gone, failure => Assert.Equal($"connection refused by {server.EndPoint}", failure.Message));
        Assert.Single(records.Sets);
    }

    [Fact]
    public async Task A_key_with_exactly_the_grants_of_the_README_is_enough()
    {
        var options = new NamedOptions
        {
            UpdatePermission = "update-policy { grant dnsfailover. name api.example.test. A AAAA; grant dnsfailover. name _dnsfailover.api.example.test. TXT; grant dnsfailover. name www.example.test. CNAME; grant dnsfailover. name _dnsfailover.www.example.test. TXT; };",
        };
        await using var server = await NamedServer.StartAsync("example.test", options, Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var (api, www) = (DnsName.Parse("api.example.test"), DnsName.Parse("www.example.test"));
        var (first, second) = (RecordSet.Create(www, RecordType.CNAME, Ttl, "one.example.net"), RecordSet.Create(www, RecordType.CNAME, Ttl, "two.example.net"));

        await test.Provider.ApplyAsync(Create(api, "192.0.2.1") with { Owner = "blue" }, Token);
        await test.Provider.ApplyAsync(new ChangeSet(1, www, [new RecordChange(null, first)]) { Owner = "blue" }, Token);
        var marked = await test.Provider.ApplyAsync(new ChangeSet(2, www, [new RecordChange(first, second)]) { Owner = "green" }, Token);
        var failure = await Assert.ThrowsAsync<ProviderException>(() => test.Provider.ApplyAsync(Create(DnsName.Parse("other.example.test"), "192.0.2.1"), Token));

        Assert.Equal(["60 192.0.2.1"], await server.DigAsync("api.example.test", "A", Token));
        Assert.Equal(["60 two.example.net."], await server.DigAsync("www.example.test", "CNAME", Token));
        Assert.Equal("green", marked.Owner);
        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
    }

    [Fact]
    public async Task Unsigned_updates_work_where_the_server_allows_them_by_address()
    {
        await using var server = await NamedServer.StartAsync("example.test", new NamedOptions { UpdatePermission = "allow-update { 127.0.0.1; };" }, Token);
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { Tsig = null, Server = "localhost" });

        var records = await provider.ApplyAsync(Create(NewName(server), "192.0.2.1"), Token);

        Assert.Single(records.Sets);
    }

    [Fact]
    public async Task Records_survive_a_restart_of_the_server()
    {
        await using var server = await NamedServer.StartAsync("example.test", cancellationToken: Token);
        await using var test = new Rfc2136UnderTest(server, Token);
        var name = NewName(server);
        var written = await test.Provider.ApplyAsync(Create(name, "192.0.2.1"), Token);

        await server.StopAsync();
        await server.StartAgainAsync(Token);

        Assert.Equal(written, await test.Provider.ReadAsync(name, Token));
    }

    [Fact]
    public async Task The_zones_name_servers_are_resolved_unless_they_are_listed()
    {
        await using var server = await NamedServer.StartAsync("example.test", new NamedOptions { NameServer = "localhost." }, Token);

        var found = await Rfc2136UnderTest.Create(server.ProviderOptions() with { NameServers = [] }).AuthoritativeServersAsync(Token);
        var listed = await Rfc2136UnderTest.Create(server.ProviderOptions()).AuthoritativeServersAsync(Token);

        Assert.True(IPAddress.IsLoopback(Assert.Single(found).Address));
        Assert.Equal(53, found[0].Port);
        Assert.Equal([server.EndPoint], listed);
    }

    [Fact]
    public async Task Name_servers_that_cannot_be_resolved_should_be_listed()
    {
        var server = await named.GetAsync(Token);
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { NameServers = [] });

        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.AuthoritativeServersAsync(Token));

        Assert.Contains("ns1.example.test", failure.Message, StringComparison.Ordinal);
        Assert.Contains("nameServers", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_name_that_cannot_be_resolved_is_transient()
    {
        var server = await named.GetAsync(Token);
        var provider = Rfc2136UnderTest.Create(server.ProviderOptions() with { Server = "nowhere.invalid", Timeout = TimeSpan.FromSeconds(2) });

        foreach (var failure in await ReadAndWriteFailAsync(provider, server))
        {
            Assert.Equal(ProviderFailure.Transient, failure.Failure);
            Assert.Contains("'nowhere.invalid' cannot be resolved", failure.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<ProviderException[]> ReadAndWriteFailAsync(IDnsProvider provider, NamedServer server)
    {
        var name = NewName(server);
        var read = await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(name, Token));
        var write = await Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Create(name, "192.0.2.1"), Token));
        return [read, write];
    }

    private static DnsName NewName(NamedServer server) => DnsName.Parse($"t{Guid.NewGuid():n}.{server.Zone}");

    private static ChangeSet Create(DnsName name, string address) =>
        new(1, name, [new RecordChange(null, RecordSet.Create(name, RecordType.A, Ttl, address))]);
}
