using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Providers.PowerDns;

public sealed class PowerDnsTroubleTests(PdnsFixture pdns) : PowerDnsTest(pdns)
{
    [Fact]
    public async Task An_unknown_key_is_told_and_what_to_do()
    {
        await using var test = await StartAsync();

        AssertRejected(test, await FailureOf(() => test.WithWrongCredentials().ReadAsync(NewName(test), Token)), "HTTP 401, Unauthorized: it does not know the API key");
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("key\u00e9", "has characters that no HTTP header can carry")]
    public async Task A_key_that_is_none_is_rejected(string key, string expected)
    {
        await using var test = await StartAsync();

        AssertRejected(test, await FailureOf(() => test.Open(test.Options with { ApiKey = Secret.Literal(key) }).ReadAsync(NewName(test), Token)), expected);
    }

    [Theory]
    [InlineData("exmaple.test", 404, "it has no zone exmaple.test; did you mean 'example.test'?")]
    [InlineData("api.example.test", 404, "it has no zone api.example.test")]
    [InlineData("exmaple.test", 405, "it has no zone exmaple.test; did you mean 'example.test'?")] // 4.9.0 to 4.9.11, 5.0.0 and 5.0.1
    public async Task A_zone_that_is_not_there_is_told_with_near_ones(string zone, int status, string expected)
    {
        await using var test = await StartAsync();
        test.Proxy.Alter = (_, reply) => reply.Status == 404 ? reply with { Status = status } : reply;
        var provider = test.Open(test.Options with { Zone = DnsName.Parse(zone) });
        var name = DnsName.Parse($"www.{zone}");

        var read = await FailureOf(() => provider.ReadAsync(name, Token));
        var write = await FailureOf(() => provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token));

        AssertRejected(test, read, expected);
        AssertRejected(test, read, "it has example.test");
        AssertRejected(test, write, expected);
    }

    [Fact]
    public async Task A_server_id_that_is_not_there_is_told()
    {
        await using var test = await StartAsync();
        test.Proxy.Trouble = request => request.Path.Contains("/servers/elsewhere", StringComparison.Ordinal) ? new FakeTrouble { Status = 404, Body = "Not Found" } : null;

        AssertRejected(test, await FailureOf(() => test.Open(test.Options with { ServerId = "elsewhere" }).ReadAsync(NewName(test), Token)), "it knows no server 'elsewhere': correct serverId");
    }

    [Fact]
    public async Task The_version_of_the_API_may_stand_in_the_address()
    {
        await using var test = await StartAsync();

        await test.Open(test.Options with { BaseUrl = new Uri(test.Proxy.Address, "/api/v1/") }).ReadAsync(NewName(test), Token);

        Assert.StartsWith("GET /zones/example.test.", Assert.Single(test.Proxy.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Slave")]
    [InlineData("Consumer")]
    public async Task A_zone_that_is_copied_from_another_server_is_not_written(string kind)
    {
        await using var test = await StartAsync();
        var (provider, name) = await test.OpenZoneAsync(kind);

        var failure = await FailureOf(() => provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token));
        var findings = await provider.ExamineAsync(Token);

        AssertRejected(test, failure, $"is of kind {kind}, copied from another server");
        Assert.DoesNotContain(test.Proxy.Requests, request => request.StartsWith("PATCH", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding is { Grade: FindingGrade.Problem, Subject: "zone", Mend: not null });
    }

    [Fact]
    public async Task What_PowerDNS_refuses_is_told_in_its_words_without_the_key()
    {
        await using var test = await StartAsync();
        test.Proxy.Trouble = request => request.Method == "PATCH" ? new FakeTrouble { Status = 422, Body = $$"""{"error":"Key {{test.Server.ApiKey}} is odd","errors":["line one","line two"]}""" } : null;
        var name = NewName(test);

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token));

        AssertRejected(test, failure, $"the change of {name} failed: PowerDNS answers HTTP 422, Key *** is odd; line one; line two; nothing was written");
    }

    [Fact]
    public async Task A_backend_that_keeps_no_comments_is_written_without_a_mark()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        test.Proxy.Trouble = request => request.Body.Contains("comments", StringComparison.Ordinal) ? new FakeTrouble { Status = 422, Body = """{"error":"Hosting backend does not support editing comments."}""" } : null;

        var first = await test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1"), "blue"), Token);
        var second = await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.2"), "blue"), Token);

        Assert.Null(first.Owner);
        Assert.Equal("192.0.2.2", Assert.Single(second[RecordType.A]!.Values).Data);
        Assert.Equal(3, test.Proxy.Requests.Count(request => request.StartsWith("PATCH", StringComparison.Ordinal)));
        Assert.Single(test.Log.Lines, line => line.Id == 4302);
    }

    [Fact]
    public async Task A_zone_that_others_copy_sends_them_a_notification()
    {
        await using var test = await StartAsync();
        using var secondary = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        secondary.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (provider, name) = await test.OpenZoneAsync("Master");
        var zone = name.ToString()["api.".Length..];
        await test.Server.SqlAsync($"insert into domainmetadata (domain_id, kind, content) select id, 'ALSO-NOTIFY', '{secondary.LocalEndPoint}' from domains where name = '{zone}';", Token);

        await provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token);

        var message = new byte[512];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        Assert.InRange(await secondary.ReceiveAsync(message, patience.Token), 12, 512);
        Assert.Equal(4, (message[2] >> 3) & 0xF); // NOTIFY (RFC 1996 section 3.7)
        Assert.Equal([$"PATCH /zones/{zone}.", $"PUT /zones/{zone}./notify"], test.Proxy.Requests.Where(request => !request.StartsWith("GET", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_notification_that_fails_is_logged_and_the_change_is_not_called_failed()
    {
        await using var test = await StartAsync();
        var (provider, name) = await test.OpenZoneAsync("Master");
        test.Proxy.Trouble = request => request.Path.EndsWith("/notify", StringComparison.Ordinal) ? new FakeTrouble { Status = 500, Body = "Internal Server Error" } : null;

        var records = await provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token);

        Assert.Single(records.Sets);
        Assert.Contains("HTTP 500", Assert.Single(test.Log.Lines, line => line.Id == 4303).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_nobody_copies_sends_no_notification()
    {
        await using var test = await StartAsync();

        await test.Provider.ApplyAsync(Change(null, Set(NewName(test), 60, "192.0.2.1")), Token);

        Assert.DoesNotContain(test.Proxy.Requests, request => request.Contains("/notify", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_write_that_cannot_be_read_back_is_ambiguous()
    {
        await using var test = await StartAsync();
        var (name, isWritten) = (NewName(test), false);
        test.Proxy.Trouble = request =>
        {
            var trouble = isWritten ? new FakeTrouble { Status = 500 } : null;
            isWritten |= request.Method == "PATCH";
            return trouble;
        };

        var failure = await FailureOf(() => test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1")), Token));

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task A_rate_limit_set_before_the_server_is_kept_to()
    {
        await using var test = await StartAsync();
        test.Answer(new OddReply(Writes: false, 429, RetryAfter: 30));
        await FailureOf(() => test.Provider.ReadAsync(NewName(test), Token));
        test.Answer(reply: null);
        test.Proxy.ForgetRequests();

        var kept = await FailureOf(() => test.Provider.ReadAsync(NewName(test), Token));

        Assert.Equal(ProviderFailure.Transient, kept.Failure);
        Assert.InRange(kept.RetryAfter!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
        Assert.Empty(test.Proxy.Requests);
    }

    [Fact]
    public async Task The_name_servers_are_those_of_the_zone_unless_they_are_given()
    {
        await using var test = await StartAsync();

        var servers = await test.Open(test.Options with { NameServers = [] }).AuthoritativeServersAsync(Token);

        var server = Assert.Single(servers);
        Assert.True(IPAddress.IsLoopback(server.Address)); // the zone's NS record is localhost
        Assert.Equal(53, server.Port);
    }

    [Fact]
    public async Task A_reply_about_another_zone_is_none_about_ours()
    {
        await using var test = await StartAsync();
        test.Proxy.Alter = (_, reply) => reply with { Body = reply.Body.Replace("\"name\": \"example.test.\"", "\"name\": \"example.org.\"", StringComparison.Ordinal) };

        Assert.Equal(ProviderFailure.Transient, (await FailureOf(() => test.Provider.ReadAsync(NewName(test), Token))).Failure);
    }

    [Fact]
    public async Task A_server_that_does_not_say_the_kind_of_the_zone_is_read()
    {
        await using var test = await StartAsync();
        test.Proxy.Alter = (_, reply) =>
        {
            var zone = JsonNode.Parse(reply.Body)!.AsObject();
            zone.Remove("kind");
            return reply with { Body = zone.ToJsonString() };
        };

        Assert.Empty((await test.Provider.ReadAsync(NewName(test), Token)).Sets);
    }

    [Fact]
    public async Task A_signed_zone_and_one_whose_serial_stands_still_are_advised_about()
    {
        await using var test = await StartAsync();
        var (provider, name) = await test.OpenZoneAsync("Master");
        var zone = name.ToString()["api.".Length..];
        test.Proxy.Alter = (_, reply) => reply with { Body = reply.Body.Replace("\"soa_edit_api\": \"DEFAULT\"", "\"soa_edit_api\": \"\"", StringComparison.Ordinal).Replace("\"dnssec\": false", "\"dnssec\": true", StringComparison.Ordinal) };

        var advice = (await provider.ExamineAsync(Token)).Where(finding => finding.Grade == FindingGrade.Advice).Select(finding => finding.Mend);

        Assert.Equal([$"pdnsutil set-meta {zone} SOA-EDIT-API DEFAULT", $"pdnsutil set-meta {zone} API-RECTIFY 1"], advice);
    }

    [Theory]
    [InlineData("Native", "")]
    [InlineData("Master", "DEFAULT")]
    public async Task A_zone_that_is_in_order_is_not_advised_about(string kind, string soaEditApi)
    {
        await using var test = await StartAsync();
        var (provider, _) = await test.OpenZoneAsync(kind);
        test.Proxy.Alter = (_, reply) => reply with { Body = reply.Body.Replace("\"soa_edit_api\": \"DEFAULT\"", $"\"soa_edit_api\": \"{soaEditApi}\"", StringComparison.Ordinal) };

        Assert.All(await provider.ExamineAsync(Token), finding => Assert.Equal(FindingGrade.Good, finding.Grade));
    }

    [Fact]
    public async Task A_zone_that_is_not_there_is_found_by_examining()
    {
        await using var test = await StartAsync();

        var findings = await test.Open(test.Options with { Zone = DnsName.Parse("exmaple.test") }).ExamineAsync(Token);

        Assert.Contains(findings, finding => finding is { Grade: FindingGrade.Problem, Subject: "zone" } && finding.Sentence.Contains("did you mean 'example.test'?", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding is { Grade: FindingGrade.Good, Subject: "credential" });
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_found_by_examining()
    {
        await using var test = await StartAsync();

        var finding = Assert.Single(await test.Open(test.Options with { ServerId = "elsewhere" }).ExamineAsync(Token));

        Assert.Equal((FindingGrade.Problem, "server"), (finding.Grade, finding.Subject));
        Assert.Contains("it knows no server 'elsewhere'", finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Permission_for_no_more_than_the_zone_is_enough()
    {
        await using var test = await StartAsync();
        var name = NewName(test);
        test.Proxy.Trouble = request => request.Path.Contains("/zones/example.test.", StringComparison.Ordinal) ? null : new FakeTrouble { Status = 403 };

        var findings = await test.Provider.ExamineAsync(Token);
        await test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1"), "blue"), Token);

        Assert.All(findings, finding => Assert.Equal(FindingGrade.Good, finding.Grade));
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(name, "A"));
    }

    [Fact]
    public async Task A_recursor_is_told_from_an_authoritative_server()
    {
        await using var test = await StartAsync();
        test.Proxy.Alter = (_, reply) => reply with { Body = reply.Body.Replace("\"authoritative\"", "\"recursor\"", StringComparison.Ordinal) };

        Assert.Contains(await test.Provider.ExamineAsync(Token), finding => finding is { Grade: FindingGrade.Problem, Subject: "server" });
    }

    [Fact]
    public async Task The_exchanges_keep_to_the_contract()
    {
        var contract = OpenApiContract.Require(PdnsProxy.Contract);
        Assert.NotEmpty(contract.CheckRequest("GET", "/servers/localhost/zones/example.test.", [KeyValuePair.Create("rrset", "x")], string.Empty));
        Assert.NotEmpty(contract.CheckRequest("GET", "/servers/localhost/zones/example.test.", [KeyValuePair.Create("rrsets", "no")], string.Empty));
        Assert.NotEmpty(contract.CheckRequest("PATCH", "/servers/localhost/zones/example.test.", [], """{"rrsets":[{"name":"x.","type":"A","ttl":"60","records":[]}]}"""));
        Assert.NotEmpty(contract.CheckRequest("PATCH", "/servers/localhost/zones/example.test.", [], """{"rrsets":[{"name":"x.","type":"A","ttl":60}]}"""));
        Assert.NotEmpty(contract.CheckRequest("PUT", "/servers/localhost/zones/example.test./notify", [], "{}"));
        Assert.NotEmpty(contract.CheckReply("GET", "/servers/localhost/zones/example.test.", 200, """{"kind":"Primary"}"""));
        Assert.NotEmpty(contract.CheckReply("PATCH", "/servers/localhost/zones/example.test.", 422, """{"message":"x"}"""));
        Assert.NotEmpty(contract.CheckReply("PATCH", "/servers/localhost/zones/example.test.", 200, "{}"));

        await using var test = await StartAsync(); // its proxy looks at every exchange
        var name = NewName(test);
        await test.Provider.ApplyAsync(Change(null, Set(name, 60, "192.0.2.1"), "blue"), Token);
        await test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 120, "192.0.2.2", "192.0.2.3"), "green"), Token);
        await test.Provider.ExamineAsync(Token);
        await FailureOf(() => test.Provider.ApplyAsync(Change(Set(name, 60, "192.0.2.1"), Set(name, 60, "192.0.2.4")), Token));
        Assert.Equal("120 192.0.2.2 192.0.2.3 {dnsfailover: owner=green}", await test.Server.ShowAsync(name.ToString(), "A", Token));
    }
}
