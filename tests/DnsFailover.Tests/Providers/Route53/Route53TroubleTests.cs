using DnsFailover.Configuration;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Providers;
using DnsFailover.Providers.Route53;
using DnsFailover.Tests.Journal;
using DnsFailover.Tests.Notifications;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Tests.Providers.Route53;

public sealed class Route53TroubleTests
{
    private static readonly DnsName Api = DnsName.Parse("api.example.test");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, "Throttling", "Rate exceeded")]
    [InlineData(400, "ThrottlingException", "Rate exceeded")]
    [InlineData(503, "Throttling", "Rate exceeded")]
    [InlineData(429, "TooManyRequestsException", "Rate exceeded")]
    public async Task Throttling_is_transient_for_reads_and_writes_and_keeps_all_calls_back_for_a_while(int status, string code, string message)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var time = new ManualTime(DateTimeOffset.UtcNow);
        test.Fake.Time = time;
        var provider = test.Open(test.Options, time);
        await provider.ReadAsync(Api, Token);
        test.Fake.Instead = async (_, context) =>
        {
            await FakeRoute53.SayAsync(context, status, code, message);
            return true;
        };

        var write = await WriteFailsAsync(provider);
        var sent = test.Fake.Calls.Count;
        var kept = await ReadFailsAsync(provider);
        Assert.Equal(sent, test.Fake.Calls.Count);
        time.Advance(write.RetryAfter!.Value);
        var read = await ReadFailsAsync(provider);
        test.Fake.Instead = null;
        time.Advance(read.RetryAfter!.Value);
        await provider.ReadAsync(Api, Token);

        Assert.All([write, kept, read], failure => Assert.Equal(ProviderFailure.Transient, failure.Failure));
        Assert.All([write, read], failure => Assert.Contains("rate limit is reached (Throttling)", failure.Message, StringComparison.Ordinal));
        Assert.InRange(write.RetryAfter!.Value.TotalSeconds, 0.7, 1.3);
        Assert.InRange(read.RetryAfter!.Value.TotalSeconds, 1.4, 2.6);
        Assert.Empty(await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_busy_zone_is_transient()
    {
        var (read, write) = await WithReplyAsync(context => FakeRoute53.SayAsync(context, 400, "PriorRequestNotComplete", "The request was rejected because Route 53 was still processing a prior request."));

        Assert.Equal(ProviderFailure.Transient, read.Failure);
        Assert.Equal(ProviderFailure.Transient, write.Failure);
        Assert.Contains("busy with an earlier change", write.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "InternalFailure")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task A_server_error_is_transient_for_a_read_and_ambiguous_for_a_write(int status, string code)
    {
        var (read, write) = await WithReplyAsync(context => FakeRoute53.SayAsync(context, status, code, "We encountered an internal error."));

        Assert.Equal(ProviderFailure.Transient, read.Failure);
        Assert.Equal(ProviderFailure.Ambiguous, write.Failure);
        Assert.Contains($"({status} {code})", write.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_error_that_asks_for_time_gets_it()
    {
        var (read, _) = await WithReplyAsync(context =>
        {
            context.Response.Headers.RetryAfter = "17";
            return FakeRoute53.SayAsync(context, 503, "ServiceUnavailable", "later");
        });

        Assert.Equal(TimeSpan.FromSeconds(17), read.RetryAfter);
    }

    [Theory]
    [InlineData("ListHostedZonesByName", "route53:ListHostedZonesByName on *")]
    [InlineData("GetHostedZone", "route53:GetHostedZone on arn:aws:route53:::hostedzone/Z0123456789EXAMPLE01")]
    [InlineData("ListResourceRecordSets", "route53:ListResourceRecordSets on arn:aws:route53:::hostedzone/Z0123456789EXAMPLE01")]
    [InlineData("ChangeResourceRecordSets", "route53:ChangeResourceRecordSets on arn:aws:route53:::hostedzone/Z0123456789EXAMPLE01 for CREATE and DELETE of A of api.example.test and TXT of _dnsfailover.api.example.test")]
    public async Task A_missing_permission_is_named_with_its_resource(string operation, string permission)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var failure = await WriteFailsAsync(test.WithKey(key => key with { Denied = [operation] }), "eu");

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains($"the credentials lack {permission} (AccessDenied)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("user/watcher", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_change_is_written_without_the_permission_to_follow_it()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var (time, log) = (new ManualTime(DateTimeOffset.UtcNow), new CapturedLog<Route53Provider>());
        test.Fake.Time = time;
        var key = new FakeKey("ASIAWITHOUTGETCHANGE", $"other/{Guid.NewGuid():N}+key") { Denied = ["GetChange"] };
        test.Fake.Keys.Add(key);
        var provider = test.Open(test.Options with { Key = Route53UnderTest.KeyOptions(key), Timeout = TimeSpan.FromHours(5) }, time, log);

        var records = await provider.ApplyAsync(Change(), Token);
        await time.PassAsync(PropagationWatch.Interval, () => test.Fake.Count("GetChange").Count > 0);
        for (var i = 0; i < 5; i++)
        {
            await provider.ReadAsync(Api, Token);
            time.Advance(PropagationWatch.Patience);
        }

        Assert.Single(records.Sets);
        Assert.Single(test.Fake.Count("GetChange"));
        Assert.DoesNotContain(log.Lines, line => line.Id == 4133);
    }

    [Fact]
    public async Task An_unknown_key_an_expired_one_and_a_wrong_secret_are_told_apart()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var unknown = test.Open(test.Options with { Key = Route53UnderTest.KeyOptions(new FakeKey("AKIAUNKNOWN", "unknown-secret-of-nobody")) });

        foreach (var (provider, sentence) in new[]
        {
            (unknown, "the access key is not known to AWS (InvalidClientTokenId)"),
            (test.WithKey(key => key with { Token = "session/token==", TokenExpired = true }), "the temporary credentials have expired (ExpiredToken)"),
            ((IDnsProvider)test.WithWrongCredentials(), "the secret key does not belong to the access key"),
        })
        {
            foreach (var failure in new[] { await ReadFailsAsync(provider), await WriteFailsAsync(provider) })
            {
                Assert.Equal(ProviderFailure.Rejected, failure.Failure);
                Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
                Assert.All(test.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Temporary_credentials_work_and_a_reply_that_repeats_their_token_is_not_passed_on()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var working = test.WithKey(key => key with { Token = "session/token==" });
        var key = new FakeKey("ASIATEMPORARY", "right/secret") { Token = "very/secret/token==" };
        test.Fake.Keys.Add(key);

        var records = await working.ApplyAsync(Change(), Token);
        var failure = await ReadFailsAsync(test.Open(test.Options with { Key = Route53UnderTest.KeyOptions(key with { Secret = "wrong/secret" }) }));

        Assert.Single(records.Sets);
        Assert.Contains("SignatureDoesNotMatch", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("very/secret/token", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(600, "10 min ahead of")]
    [InlineData(-600, "10 min behind")]
    public async Task A_clock_that_is_wrong_is_told_with_the_difference(int seconds, string expected)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        test.Fake.Time = new ManualTime(now);

        var failure = await WriteFailsAsync(test.Open(test.Options, new ManualTime(now.AddSeconds(seconds))));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains($"this machine's clock is {expected} theirs", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_rejected_with_its_own_sentence()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var missing = new Secret("${KEY}", _ => throw new SecretUnavailableException("the environment variable KEY is not set"));

        var failure = await WriteFailsAsync(test.Open(test.Options with { Key = new(missing, missing, null) }));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("the environment variable KEY is not set", failure.Message, StringComparison.Ordinal);
        Assert.Empty(test.Fake.Calls);
    }

    [Fact]
    public async Task A_profile_that_is_not_there_is_rejected_by_its_name()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var failure = await WriteFailsAsync(test.Open(test.Options with { Key = null, Profile = "no-such-profile-here" }));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("there are no AWS credentials in the profile 'no-such-profile-here'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_is_not_there_is_told_with_those_that_are()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Fake.Zones.Add(new FakeZone("ZPRIVATE", "exmaple.test", isPrivate: true));
        test.Fake.Zones.Add(new FakeZone("ZOTHER", "other.example"));

        var failure = await WriteFailsAsync(test.Open(test.Options with { Zone = DnsName.Parse("exmaple.test") }));

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Equal(
            "there is no public hosted zone that holds exmaple.test; the account has exmaple.test (ZPRIVATE, private), example.test (Z0123456789EXAMPLE01), other.example (ZOTHER); did you mean 'example.test'?",
            failure.Message);
    }

    [Fact]
    public async Task An_account_without_zones_and_one_that_may_not_list_them_are_told_as_such()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Fake.Zones.Clear();

        var none = await WriteFailsAsync(test.Provider);
        var byId = await WriteFailsAsync(test.WithIdAndKey("ZGONE", key => key with { Denied = ["ListHostedZonesByName"] }));

        Assert.Contains("the account of these credentials has no hosted zones", none.Message, StringComparison.Ordinal);
        Assert.Contains("there is no hosted zone ZGONE in the account of these credentials", byId.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_public_zones_of_one_name_need_an_id_and_a_private_one_is_passed_over()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Fake.Zones.Add(new FakeZone("ZAPRIVATE", "example.test", isPrivate: true));
        await test.Provider.ApplyAsync(Change(), Token);
        test.Fake.Zones.Add(new FakeZone("ZTWIN", "example.test"));

        var failure = await WriteFailsAsync(test.Open(test.Options));
        var records = await test.Open(test.Options with { ZoneId = "ZTWIN" }).ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("several public hosted zones have the name example.test (Z0123456789EXAMPLE01, ZTWIN): set zoneId", failure.Message, StringComparison.Ordinal);
        Assert.Empty(records.Sets);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task The_zone_with_the_longest_name_is_taken()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var inner = new FakeZone("ZINNER", "eu.example.test");
        test.Fake.Zones.Add(inner);
        var name = DnsName.Parse("api.eu.example.test");
        var change = new ChangeSet(1, name, [new RecordChange(null, RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.1"))]);

        await test.Open(test.Options with { Zone = DnsName.Parse("eu.example.test") }).ApplyAsync(change, Token);
        await test.Open(test.Options with { Zone = DnsName.Parse("us.example.test") }).ReadAsync(DnsName.Parse("api.us.example.test"), Token);

        Assert.Single(inner.At("api.eu.example.test", "A"));
        Assert.Contains(test.Fake.Calls, call => call.Target.Contains("/Z0123456789EXAMPLE01/rrset?name=api.us.example.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_that_belongs_to_another_zone_or_to_none_is_rejected_before_it_reads_as_empty()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        test.Fake.Zones.Add(new FakeZone("ZOTHER", "other.example"));
        test.Fake.Zones.Add(new FakeZone("ZPRIVATE", "example.test", isPrivate: true));

        var other = await ReadFailsAsync(test.Open(test.Options with { ZoneId = "ZOTHER" }));
        var none = await ReadFailsAsync(test.Open(test.Options with { ZoneId = "ZNONE" }));
        var hidden = await ReadFailsAsync(test.Open(test.Options with { ZoneId = "ZPRIVATE", NameServers = [] }));
        var visible = await test.Open(test.Options with { ZoneId = "ZPRIVATE" }).ReadAsync(Api, Token);

        Assert.Equal("the hosted zone ZOTHER is other.example and does not hold example.test: check zone and zoneId", other.Message);
        Assert.StartsWith("there is no hosted zone ZNONE; the account has example.test (Z0123456789EXAMPLE01)", none.Message, StringComparison.Ordinal);
        Assert.Contains("is private", hidden.Message, StringComparison.Ordinal);
        Assert.Empty(visible.Sets);
    }

    [Fact]
    public async Task A_zone_that_was_made_anew_is_found_again()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.Zones.Clear();
        test.Fake.Zones.Add(new FakeZone("ZNEW", "example.test"));

        var failure = await ReadFailsAsync(test.Provider);
        var records = await test.Provider.ReadAsync(Api, Token);

        Assert.Equal(ProviderFailure.Rejected, failure.Failure);
        Assert.Contains("not there any more", failure.Message, StringComparison.Ordinal);
        Assert.Empty(records.Sets);
    }

    [Theory]
    [InlineData(200, "<html>welcome to the hotel</html>", ProviderFailure.Transient, ProviderFailure.Ambiguous)]
    [InlineData(200, "no markup", ProviderFailure.Transient, ProviderFailure.Ambiguous)]
    [InlineData(200, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", ProviderFailure.Transient, ProviderFailure.Ambiguous)]
    [InlineData(404, "<html>nothing here</html>", ProviderFailure.Rejected, ProviderFailure.Rejected)]
    [InlineData(302, "", ProviderFailure.Rejected, ProviderFailure.Rejected)]
    public async Task An_answer_that_is_none_of_Route_53_is_never_a_name_without_records(int status, string body, ProviderFailure onRead, ProviderFailure onWrite)
    {
        var (read, write) = await WithReplyAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "https://example.net/";
            return context.Response.WriteAsync(body);
        });

        Assert.Equal(onRead, read.Failure);
        Assert.Equal(onWrite, write.Failure);
        Assert.Contains("check baseUrl", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_without_its_end_is_a_failed_read()
    {
        var (read, _) = await WithReplyAsync(context => context.Response.WriteAsync(
            "<ListResourceRecordSetsResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ResourceRecordSets/><IsTruncated>true</IsTruncated><MaxItems>100</MaxItems></ListResourceRecordSetsResponse>"));

        Assert.Equal(ProviderFailure.Transient, read.Failure);
    }

    [Fact]
    public async Task A_write_whose_read_back_fails_is_ambiguous()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.Provider.ReadAsync(Api, Token);
        test.Fake.Instead = async (call, context) =>
        {
            var fails = call.Operation == "ListResourceRecordSets";
            await (fails ? FakeRoute53.SayAsync(context, 500, "InternalFailure", "no") : Task.CompletedTask);
            return fails;
        };

        var failure = await WriteFailsAsync(test.Provider);

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Contains("cannot be read back", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["60 192.0.2.1"], await test.LookAsync(Api, "A"));
    }

    [Fact]
    public async Task A_reply_that_was_lost_is_not_followed_by_a_second_write()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);

        var failure = await WriteFailsAsync(test.LosingRepliesToWrites());

        Assert.Equal(ProviderFailure.Ambiguous, failure.Failure);
        Assert.Single(test.Fake.Count("ChangeResourceRecordSets"));
    }

    [Fact]
    public async Task An_hour_of_server_errors_is_never_taken_for_an_empty_zone_and_passes()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        await test.SeedAsync("api.example.test", "A", 60, "192.0.2.1");
        test.Fake.Instead = async (_, context) =>
        {
            await FakeRoute53.SayAsync(context, 500, "InternalFailure", "no");
            return true;
        };
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(ProviderFailure.Transient, (await ReadFailsAsync(test.Provider)).Failure);
        }

        test.Fake.Instead = null;

        Assert.Single((await test.Provider.ReadAsync(Api, Token)).Sets);
    }

    [Fact]
    public async Task Two_entries_with_one_key_share_the_limit_of_the_account()
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var time = new ManualTime(DateTimeOffset.UtcNow);
        test.Fake.Time = time;
        var (one, two) = (test.Open(test.Options with { ZoneId = test.Fake.Zone.Id }, time), test.Open(test.Options with { ZoneId = test.Fake.Zone.Id }, time));
        for (var i = 0; i < 19; i++)
        {
            await one.ReadAsync(Api, Token);
            await two.ReadAsync(Api, Token);
        }

        Assert.Equal(40, test.Fake.Calls.Count);
        var waiting = one.ReadAsync(Api, Token);
        var wait = await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(126));
        Assert.Equal(40, test.Fake.Calls.Count);
        time.Advance(wait);

        await waiting;
        Assert.Equal(41, test.Fake.Calls.Count);
    }

    private static ChangeSet Change(string? owner = null) =>
        new(1, Api, [new RecordChange(null, RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(60), "192.0.2.1"))]) { Owner = owner };

    private static Task<ProviderException> ReadFailsAsync(IDnsProvider provider) => Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(Api, Token));

    private static Task<ProviderException> WriteFailsAsync(IDnsProvider provider, string? owner = null) => Assert.ThrowsAsync<ProviderException>(() => provider.ApplyAsync(Change(owner), Token));

    /// <summary>What a provider that has read before makes of a reply to everything that it asks now; the write is tried first.</summary>
    private static async Task<(ProviderException Read, ProviderException Write)> WithReplyAsync(Func<HttpContext, Task> reply)
    {
        await using var test = await Route53UnderTest.StartAsync(Token);
        var (reader, writer) = (test.Provider, test.WithKey(key => key));
        await reader.ReadAsync(Api, Token);
        await writer.ReadAsync(Api, Token);
        test.Fake.Instead = async (_, context) =>
        {
            await reply(context);
            return true;
        };
        return (await ReadFailsAsync(reader), await WriteFailsAsync(writer));
    }
}
