using System.Xml.Linq;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers;
using DnsFailover.Providers.Route53;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Journal;
using DnsFailover.Tests.Notifications;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Tests.Providers.Route53;

/// <summary>With <c>healthChecks: managed</c> Route 53 fails over by itself while the daemon is down.</summary>
public sealed class Route53HealthChecksTests : IAsyncLifetime
{
    private const string One = "52.0.0.1";
    private const string Two = "52.0.0.2";
    private const string Three = "52.0.0.3";

    private static readonly DnsName Api = DnsName.Parse("api.example.test");

    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CapturedLog<Route53Provider> _log = new();
    private Route53UnderTest _test = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeHealthChecks Checks => _test.Fake.HealthChecks;

    public async ValueTask InitializeAsync()
    {
        _test = await Route53UnderTest.StartAsync(Token);
        _test.Fake.Time = _time;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Each_endpoint_gets_a_health_check_like_its_own_check_with_tags_that_say_whose_it_is()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service(
            "{name: railway, addresses: [52.0.0.1]}",
            "{name: render, addresses: [52.0.0.2], check: {type: http, port: 8080, path: /ready?deep=1, bodyContains: all is well, host: internal.example.test}}",
            "{name: rack, addresses: [52.0.0.3], check: {type: tcp, port: 5432}}"));

        await SettledAsync(provider, 3);

        Assert.Equal("52.0.0.1 443 HTTPS /healthz api.example.test 30 3 true", Told(Checks.For(One)));
        Assert.Equal("52.0.0.2 8080 HTTP_STR_MATCH /ready?deep=1 internal.example.test all is well 30 3", Told(Checks.For(Two)));
        Assert.Equal("52.0.0.3 5432 TCP 30 3", Told(Checks.For(Three)));
        Assert.Equal(
            ["Name=dnsfailover api.example.test railway", "dnsfailover:name=api.example.test", "dnsfailover:owner=dnsfailover", "dnsfailover:value=52.0.0.1", "dnsfailover:zone=Z0123456789EXAMPLE01"],
            Checks.For(One).Tags.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_answer_becomes_a_primary_with_the_next_endpoint_behind_it_in_one_batch_and_reads_as_before()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        await _test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, "\"owner=dnsfailover\"");
        var provider = await ManagedAsync(Service());
        var before = await provider.ReadAsync(Api, Token);

        await SettledAsync(provider, 3);

        Assert.Equal(before, await provider.ReadAsync(Api, Token));
        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {One} {Id(One)}", $"dnsfailover-secondary SECONDARY 60 {Two} {Id(Two)}"], Sets());
        Assert.Single(_test.Fake.Count("ChangeResourceRecordSets"));
    }

    [Fact]
    public async Task While_the_daemon_is_gone_the_name_servers_leave_an_endpoint_that_dies()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);
        await _test.CloseAsync(provider);
        Assert.Equal(One, await AskAsync());

        Checks.Passes = check => check.Endpoint != One;

        Assert.Equal(Two, await AskAsync());
    }

    [Fact]
    public async Task A_switch_costs_three_calls_as_before_and_moves_the_pair_along()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);
        _test.Fake.Forget();

        var before = (await provider.ReadAsync(Api, Token))[RecordType.A];
        var records = await provider.ApplyAsync(Change(before, Two) with { Owner = "dnsfailover" }, Token);

        Assert.Equal(["ListResourceRecordSets", "ChangeResourceRecordSets", "ListResourceRecordSets"], _test.Fake.Calls.Select(call => call.Operation));
        Assert.Equal(NameRecords.Create(Api, [A(Two)]) with { Owner = "dnsfailover" }, records);
        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {Two} {Id(Two)}", $"dnsfailover-secondary SECONDARY 60 {Three} {Id(Three)}"], Sets());
        Assert.Equal(Two, await AskAsync());
    }

    [Fact]
    public async Task Behind_the_last_endpoint_stands_the_first()
    {
        await _test.SeedAsync("api.example.test", "A", 60, Three);
        var provider = await ManagedAsync(Service());

        await SettledAsync(provider, 3);

        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {Three} {Id(Three)}", $"dnsfailover-secondary SECONDARY 60 {One} {Id(One)}"], Sets());
    }

    [Fact]
    public async Task A_switch_before_there_are_health_checks_is_made_without_them()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());

        await provider.ApplyAsync(Change(A(One), Two), Token);

        Assert.Equal([$"- - 60 {Two} -"], Sets());
    }

    [Fact]
    public async Task A_health_check_that_Route_53_does_not_see_pass_is_not_put_on_records()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        Checks.Passes = check => check.Endpoint != One; // the daemon may see it pass all the same, with another Host header
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 2);
        var simple = Sets();

        Checks.Passes = _ => true;
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Any(line => line.Id == 4150));

        Assert.Equal([$"- - 60 {One} -"], simple);
        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {One} {Id(One)}", $"dnsfailover-secondary SECONDARY 60 {Two} {Id(Two)}"], Sets());
    }

    [Fact]
    public async Task An_endpoint_that_Route_53_does_not_see_pass_stands_behind_the_answer_without_a_health_check()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        Checks.Passes = check => check.Endpoint != Two;
        var provider = await ManagedAsync(Service());

        await SettledAsync(provider, 2);

        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {One} {Id(One)}", $"dnsfailover-secondary SECONDARY 60 {Two} -"], Sets());
    }

    [Fact]
    public async Task A_health_check_that_somebody_deleted_keeps_no_switch_from_being_made_and_comes_back()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);
        var gone = Id(Two);
        _test.Fake.Locked(() => Checks.Do("DeleteHealthCheck", new Dictionary<string, string> { ["HealthCheckId"] = gone }, null));

        var records = await provider.ApplyAsync(Change((await provider.ReadAsync(Api, Token))[RecordType.A], Two), Token);
        var without = Sets();
        await _time.PassAsync(HealthCheckUpkeep.Interval, () => _log.Lines.Count(line => line.Id == 4150) == 2);

        Assert.Equal(A(Two), records[RecordType.A]);
        Assert.Equal([$"- - 60 {Two} -"], without);
        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {Two} {Id(Two)}", $"dnsfailover-secondary SECONDARY 60 {Three} {Id(Three)}"], Sets());
        Assert.NotEqual(gone, Id(Two));
        Assert.Single(_log.Lines, line => line.Id == 4149 && line.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task Switched_off_the_records_are_simple_again_and_the_daemons_health_checks_are_deleted_and_no_others()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var managed = await ManagedAsync(Service());
        await SettledAsync(managed, 3);
        await _test.CloseAsync(managed);
        var others = new[] { Seed("by-hand"), Seed("dnsfailover-another-controllers", "us", _test.Fake.Zone.Id), Seed("dnsfailover-another-zones", "dnsfailover", "ZOTHER") };

        var off = Open(_test.Options with { Timeout = TimeSpan.FromHours(5) });
        await off.ReadAsync(Api, Token);
        off.DeclareServices(Service());
        await _time.PassAsync(HealthCheckUpkeep.Interval, () => Checks.All.Count <= 3);
        for (var round = 0; round < 3; round++)
        {
            _time.Advance(await _time.WaitForTimerAsync(HealthCheckUpkeep.Soon, HealthCheckUpkeep.Interval));
        }

        await _time.WaitForTimerAsync(HealthCheckUpkeep.Soon, HealthCheckUpkeep.Interval);
        Assert.Equal([$"- - 60 {One} -"], Sets());
        Assert.Equal(others.Order(StringComparer.Ordinal), Checks.All.Select(check => check.Id).Order(StringComparer.Ordinal));
        Assert.Equal(A(One), (await off.ReadAsync(Api, Token))[RecordType.A]);
    }

    [Fact]
    public async Task Where_they_were_never_managed_no_call_is_made_about_them()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var off = Open(_test.Options with { Timeout = TimeSpan.FromHours(5) });
        await off.ReadAsync(Api, Token);
        off.DeclareServices(Service());
        _test.Fake.Forget();

        for (var i = 0; i < 5; i++)
        {
            _time.Advance(await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1), HealthCheckUpkeep.Interval));
        }

        await _time.WaitForTimerAsync(HealthCheckUpkeep.Interval, HealthCheckUpkeep.Interval);
        Assert.Empty(_test.Fake.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_no_health_check_comes_or_goes_records_are_left_as_people_spelled_them(bool managed)
    {
        Checks.Passes = _ => false;
        _test.Put("api.example.test", "CNAME", FakeZone.Set("api.example.test", "CNAME", 60, ["A.Up.example.net"]));
        var provider = Open(_test.Options with { ManagesHealthChecks = managed, Timeout = TimeSpan.FromHours(5) });
        await provider.ReadAsync(Api, Token);
        provider.DeclareServices(Service("{name: railway, cname: a.up.example.net}", "{name: render, cname: b.up.example.net}"));

        await (managed ? _time.PassAsync(HealthCheckUpkeep.Soon, () => _test.Fake.Count("GetHealthCheckStatus").Count > 6) : RoundsAsync(3));

        Assert.Empty(_test.Fake.Count("ChangeResourceRecordSets"));
    }

    [Fact]
    public async Task Where_they_are_off_two_weighted_sets_of_one_value_stay_two()
    {
        _test.Put("api.example.test", "A", [.. new[] { ("a", One), ("b", One), ("c", Two) }.Select(set => FakeZone.Set("api.example.test", "A", 60, [set.Item2], FakeZone.With("SetIdentifier", set.Item1), FakeZone.With("Weight", "1")))]);
        var provider = Open(_test.Options with { Timeout = TimeSpan.FromHours(5) });
        await provider.ReadAsync(Api, Token);
        provider.DeclareServices(Variant(policy: "weighted"));

        await RoundsAsync(3);

        Assert.Empty(_test.Fake.Count("ChangeResourceRecordSets"));
    }

    [Fact]
    public async Task Where_they_are_off_it_is_no_trouble_that_nobody_tells_whose_the_health_check_on_a_record_is()
    {
        _test.Put("api.example.test", "A", FakeZone.Set("api.example.test", "A", 60, [One], FakeZone.With("HealthCheckId", "hc-1")));
        _test.Fake.Instead = async (call, context) =>
        {
            var isUnknown = call.Operation == "ListTagsForResources";
            await (isUnknown ? FakeRoute53.SayAsync(context, 500, "InternalFailure", "not implemented") : Task.CompletedTask);
            return isUnknown;
        };
        var provider = Open(_test.Options with { Timeout = TimeSpan.FromHours(5) });
        await provider.ReadAsync(Api, Token);
        provider.DeclareServices(Service());
        _test.Fake.Forget();

        await RoundsAsync(3);
        await _time.WaitForTimerAsync(HealthCheckUpkeep.Interval, HealthCheckUpkeep.Interval);

        Assert.InRange(_test.Fake.Calls.Count, 1, 4);
        Assert.DoesNotContain(_log.Lines, line => line.Id == 4145);
    }

    [Fact]
    public async Task At_a_server_without_health_checks_switches_are_made_without_them()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        _test.Fake.Instead = async (call, context) =>
        {
            var isUnknown = call.Operation.Contains("HealthCheck", StringComparison.Ordinal) || call.Operation.Contains("Tags", StringComparison.Ordinal);
            context.Response.StatusCode = isUnknown ? 404 : 200;
            await (isUnknown ? context.Response.WriteAsync("<html>Not Found</html>", Token) : Task.CompletedTask);
            return isUnknown;
        };
        var provider = await ManagedAsync(Service());
        await RoundsAsync(3);

        await provider.ApplyAsync(Change(A(One), Two), Token);

        Assert.Equal([$"- - 60 {Two} -"], Sets());
        Assert.Single(_log.Lines, line => line.Id == 4145);
    }

    [Fact]
    public async Task Somebody_elses_health_check_on_the_record_stays_and_the_record_stays_simple()
    {
        _test.Put("api.example.test", "A", FakeZone.Set("api.example.test", "A", 60, [One], FakeZone.With("HealthCheckId", "hc-1")));
        var provider = await ManagedAsync(Service());

        await SettledAsync(provider, 3);
        await provider.ApplyAsync(Change((await provider.ReadAsync(Api, Token))[RecordType.A], Two), Token);

        Assert.Equal([$"- - 60 {Two} hc-1"], Sets());
    }

    [Theory]
    [InlineData("\"owner=us\"", One)] // another controller's mark
    [InlineData(null, "52.0.0.99")] // a value that no endpoint declares
    public async Task Records_that_are_somebody_elses_are_not_written_anew(string? mark, string value)
    {
        await _test.SeedAsync("api.example.test", "A", 60, value);
        await _test.SeedAsync("_dnsfailover.api.example.test", "TXT", 300, mark is null ? [] : [mark]);
        var provider = await ManagedAsync(Service());

        await SettledAsync(provider, 3);

        Assert.Empty(_test.Fake.Count("ChangeResourceRecordSets"));
    }

    [Fact]
    public async Task A_check_that_changes_is_updated_in_place_and_must_pass_anew()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);
        var ids = Checks.All.Select(check => check.Id).Order(StringComparer.Ordinal).ToList();
        _test.Fake.Locked(() =>
        {
            Checks.For(One).Config.Elements().Last().AddBeforeSelf(FakeZone.With("Disabled", "false")); // what somebody has set on it
            return 0;
        });

        provider.DeclareServices(Variant(check: "{type: https, path: /other}"));
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Count(line => line.Id == 4142) == 6);

        Assert.Equal(ids, Checks.All.Select(check => check.Id).Order(StringComparer.Ordinal));
        Assert.All(Checks.All, check => Assert.Equal("/other", check.Text("ResourcePath")));
        Assert.Equal("false", Checks.For(One).Text("Disabled"));
    }

    [Fact]
    public async Task A_health_check_that_somebody_updates_at_the_same_moment_is_updated_in_the_next_round()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);
        var updates = 0;
        _test.Fake.Instead = (call, _) => Task.FromResult(_test.Fake.Locked(() =>
        {
            if (call.Operation == "UpdateHealthCheck" && ++updates == 1)
            {
                Checks.All.ForEach(check => check.Version++);
            }

            return false;
        }));

        provider.DeclareServices(Variant(check: "{type: https, path: /other}"));
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Count(line => line.Id == 4141) == 3);

        Assert.Equal(6, updates);
        Assert.All(Checks.All, check => Assert.Equal("/other", check.Text("ResourcePath")));
    }

    [Fact]
    public async Task Another_interval_needs_other_health_checks_and_the_old_ones_go_when_no_record_has_them()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var slow = await ManagedAsync(Service());
        await SettledAsync(slow, 3);
        var old = Checks.All.Select(check => check.Id).ToHashSet(StringComparer.Ordinal);
        await _test.CloseAsync(slow);

        var fast = await ManagedAsync(Service(), options => options with { HealthCheckInterval = TimeSpan.FromSeconds(10) });
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Count(line => line.Id == 4143) == 3);

        Assert.All(Checks.All, check => Assert.Equal("10", check.Text("RequestInterval")));
        Assert.DoesNotContain(Checks.All, check => old.Contains(check.Id));
        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {One} {Id(One)}", $"dnsfailover-secondary SECONDARY 60 {Two} {Id(Two)}"], Sets());
        Assert.Equal(A(One), (await fast.ReadAsync(Api, Token))[RecordType.A]);
    }

    [Fact]
    public async Task An_endpoint_that_a_reload_removes_loses_its_place_behind_the_answer_and_then_its_health_check()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);

        provider.DeclareServices(Service("{name: railway, addresses: [52.0.0.1]}", "{name: rack, addresses: [52.0.0.3]}"));
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => Checks.All.Count == 2);

        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {One} {Id(One)}", $"dnsfailover-secondary SECONDARY 60 {Three} {Id(Three)}"], Sets());
    }

    [Fact]
    public async Task The_health_checks_of_a_service_that_a_reload_removes_stay_while_its_records_have_them()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        await _test.SeedAsync("www.example.test", "A", 60, One);
        var provider = await ManagedAsync([.. Service(), .. Variant(name: "www.example.test")]);
        await provider.ReadAsync(DnsName.Parse("www.example.test"), Token);
        await SettledAsync(provider, 6);
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Count(line => line.Id == 4150) == 2);

        provider.DeclareServices(Service());
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Count(line => line.Id == 4144) == 2 && _log.Lines.Any(line => line.Id == 4143));

        var kept = _test.Fake.Zone.At("www.example.test", "A").Select(set => Attribute(set, "HealthCheckId"));
        Assert.All(kept, id => Assert.Contains(Checks.All, check => check.Id == id));
        Assert.Equal(5, Checks.All.Count);
    }

    [Fact]
    public async Task Weighted_sets_get_the_health_checks_of_their_endpoints_and_keep_those_of_others()
    {
        _test.Put(
            "api.example.test",
            "A",
            FakeZone.Set("api.example.test", "A", 60, [One], FakeZone.With("SetIdentifier", One), FakeZone.With("Weight", 1)),
            FakeZone.Set("api.example.test", "A", 60, [Two], FakeZone.With("SetIdentifier", Two), FakeZone.With("Weight", 1), FakeZone.With("HealthCheckId", "hc-1")));
        var provider = await ManagedAsync(Variant(policy: "weighted"));
        await SettledAsync(provider, 3);
        var attached = Sets();

        var before = (await provider.ReadAsync(Api, Token))[RecordType.A]!;
        var after = RecordSet.Create(Api, RecordType.A, before.Ttl, [new RecordValue(One, 0), new RecordValue(Two, 1), new RecordValue(Three, 3)]);
        var records = await provider.ApplyAsync(new ChangeSet(1, Api, [new RecordChange(before, after)]), Token);

        Assert.Equal([$"{One} 1 60 {One} {Id(One)}", $"{Two} 1 60 {Two} hc-1"], attached);
        Assert.Equal([$"{One} 0 60 {One} {Id(One)}", $"{Two} 1 60 {Two} hc-1", $"{Three} 3 60 {Three} {Id(Three)}"], Sets());
        Assert.Equal(after, records[RecordType.A]);
    }

    [Fact]
    public async Task A_cname_is_looked_at_by_its_own_name()
    {
        await _test.SeedAsync("api.example.test", "CNAME", 60, "one.example.net.");
        var provider = await ManagedAsync(Service("{name: railway, cname: one.example.net}", "{name: render, cname: two.example.net}"));

        await SettledAsync(provider, 2);

        Assert.Equal("443 HTTPS /healthz one.example.net 30 3 true", Told(Checks.For("one.example.net")));
        Assert.Equal([$"dnsfailover-primary PRIMARY 60 one.example.net. {Id("one.example.net")}", $"dnsfailover-secondary SECONDARY 60 two.example.net. {Id("two.example.net")}"], Sets("CNAME"));
        Assert.Equal(RecordSet.Create(Api, RecordType.CNAME, TimeSpan.FromSeconds(60), "one.example.net"), (await provider.ReadAsync(Api, Token))[RecordType.CNAME]);
    }

    [Fact]
    public async Task Endpoints_that_are_served_together_stand_behind_an_answer_and_are_left_by_nobody_when_they_are_the_answer()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service("{name: railway, addresses: [52.0.0.1]}", "{name: render, addresses: [52.0.0.2, 52.0.0.3]}"));
        await SettledAsync(provider, 3);
        var one = Sets();

        await provider.ApplyAsync(Change((await provider.ReadAsync(Api, Token))[RecordType.A], Two, Three), Token);

        Assert.Equal([$"dnsfailover-primary PRIMARY 60 {One} {Id(One)}", $"dnsfailover-secondary SECONDARY 60 {Two},{Three} -"], one);
        Assert.Equal([$"- - 60 {Two},{Three} -"], Sets());
    }

    [Fact]
    public async Task A_health_check_whose_creation_was_not_answered_or_not_followed_by_its_tags_is_found_and_not_made_twice()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var lost = 0;
        _test.Fake.Instead = async (call, context) =>
        {
            if (call.Operation == "ChangeTagsForResource" && Interlocked.Increment(ref lost) == 1)
            {
                await FakeRoute53.SayAsync(context, 500, "InternalFailure", "no");
                return true;
            }

            if (call.Operation == "CreateHealthCheck" && Interlocked.Increment(ref lost) == 3)
            {
                _test.Fake.Locked(() => Checks.Do("CreateHealthCheck", new Dictionary<string, string>(), call.Body));
                context.Abort();
                return true;
            }

            return false;
        };
        var provider = await ManagedAsync(Service());

        await SettledAsync(provider, 3);

        Assert.Equal(3, Checks.All.Count);
        Assert.All(Checks.All, check => Assert.Equal(5, check.Tags.Count));
    }

    [Theory]
    [InlineData(400, "Throttling", "rate limit is reached")]
    [InlineData(403, "AccessDenied", "lack route53:CreateHealthCheck")]
    [InlineData(400, "TooManyHealthChecks", "TooManyHealthChecks")]
    public async Task Trouble_with_health_checks_is_told_once_and_delays_no_switch(int status, string code, string sentence)
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        _test.Fake.Instead = async (call, context) =>
        {
            var refused = call.Operation == "CreateHealthCheck";
            await (refused ? FakeRoute53.SayAsync(context, status, code, "not now") : Task.CompletedTask);
            return refused;
        };
        var provider = await ManagedAsync(Service());
        await _time.PassAsync(HealthCheckUpkeep.Interval, () => _test.Fake.Count("CreateHealthCheck").Count >= 3);

        await provider.ApplyAsync(Change(A(One), Two), Token);

        Assert.Contains(sentence, Assert.Single(_log.Lines, line => line.Id == 4145 && line.Text.Contains(sentence, StringComparison.Ordinal)).Text, StringComparison.Ordinal);
        Assert.Equal([$"- - 60 {Two} -"], Sets());
    }

    [Fact]
    public async Task Many_health_checks_are_made_at_the_pace_that_Route_53_allows_and_listed_page_by_page()
    {
        Checks.LargestPage = 7;
        var addresses = Enumerable.Range(1, 60).Select(i => $"52.0.1.{i}").ToList();
        var provider = await ManagedAsync(Service([.. addresses.Select((address, i) => $"{{name: e{i}, addresses: [{address}]}}")]));
        var start = _time.GetUtcNow();
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => Checks.All.Count == 60);
        var took = _time.GetUtcNow() - start;
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Count(line => line.Id == 4142) == 60);

        Assert.True(took >= TimeSpan.FromSeconds((60 - 10) / 0.5), $"{took}"); // 50 at once and 1 in 2 s are the vendor's; ours is less
        Assert.Equal(addresses.Order(StringComparer.Ordinal), Checks.All.Select(check => check.Endpoint).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_round_in_which_nothing_is_to_do_costs_one_call()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Any(line => line.Id == 4132)); // the change is in sync
        _time.Advance(await _time.WaitForTimerAsync(HealthCheckUpkeep.Soon, HealthCheckUpkeep.Interval));
        await _time.WaitForTimerAsync(HealthCheckUpkeep.Interval, HealthCheckUpkeep.Interval);
        _test.Fake.Forget();

        _time.Advance(HealthCheckUpkeep.Interval);
        await Eventually.HoldsAsync(() => _test.Fake.Calls.Count > 0, "a call");
        await _time.WaitForTimerAsync(HealthCheckUpkeep.Interval, HealthCheckUpkeep.Interval);

        Assert.Equal(["ListHealthChecks"], _test.Fake.Calls.Select(call => call.Operation));
    }

    [Fact]
    public async Task The_records_of_a_frozen_name_get_no_health_checks_before_it_is_thawed()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        provider.Freeze(new HashSet<DnsName> { Api });
        await SettledAsync(provider, 3);
        await _time.PassAsync(HealthCheckUpkeep.Interval, () => _test.Fake.Count("ListHealthChecks").Count >= 6);
        Assert.Empty(_test.Fake.Count("ChangeResourceRecordSets"));

        provider.DeclareServices(Variant(check: "{type: https, path: /other}"));
        await _time.PassAsync(HealthCheckUpkeep.Interval, () => _test.Fake.Count("ListHealthChecks").Count >= 9);
        Assert.Empty(_test.Fake.Count("UpdateHealthCheck"));

        provider.Freeze(new HashSet<DnsName>());
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _test.Fake.Count("ChangeResourceRecordSets").Count > 0);
        Assert.NotEmpty(_test.Fake.Count("UpdateHealthCheck"));
    }

    [Fact]
    public async Task A_reader_for_dry_runs_sees_the_answer_and_touches_nothing()
    {
        await _test.SeedAsync("api.example.test", "A", 60, One);
        var provider = await ManagedAsync(Service());
        await SettledAsync(provider, 3);
        await _test.CloseAsync(provider);
        _test.Fake.Forget();

        var records = await Open(_test.Options with { ZoneId = _test.Fake.Zone.Id, ManagesHealthChecks = true, Timeout = TimeSpan.FromHours(5) }).ReadAsync(Api, Token);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(NameRecords.Create(Api, [A(One)]), records);
        Assert.Equal(["GetHostedZone", "ListResourceRecordSets"], _test.Fake.Calls.Select(call => call.Operation));
    }

    private static string? Attribute(XElement set, string name) => set.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;

    private static RecordSet A(params string[] values) => RecordSet.Create(Api, RecordType.A, TimeSpan.FromSeconds(60), values);

    private static ChangeSet Change(RecordSet? before, params string[] values) => new(1, Api, [new RecordChange(before, A(values))]);

    /// <summary>What of a health check the daemon says, without its name.</summary>
    private static string Told(FakeHealthCheck check) => string.Join(' ', check.Config.Elements().Select(element => element.Value));

    private static IReadOnlyList<DeclaredService> Service(params string[] endpoints) => Made("api.example.test", "failover", "{type: https, path: /healthz}", endpoints);

    private static IReadOnlyList<DeclaredService> Variant(string name = "api.example.test", string policy = "failover", string check = "{type: https, path: /healthz}") => Made(name, policy, check, []);

    private static IReadOnlyList<DeclaredService> Made(string name, string policy, string check, string[] endpoints) => DeclaredService.At(
        Yaml.Usable(
            $$"""
            providers:
              aws: {type: route53, zone: example.test, healthChecks: managed}
            services:
              - name: {{name}}
                policy: {{policy}}
                check: {{check}}
                endpoints:
                  - {{string.Join("\n      - ", endpoints is [] ? ["{name: railway, addresses: [52.0.0.1]}", "{name: render, addresses: [52.0.0.2]}", "{name: rack, addresses: [52.0.0.3]}"] : endpoints)}}

            """),
        "aws");

    /// <summary>A health check that is not the daemon's.</summary>
    private string Seed(string reference, string? owner = null, string? zone = null) => _test.Fake.Locked(() =>
    {
        var check = new FakeHealthCheck(Guid.NewGuid().ToString(), reference, new XElement(Checks.All[0].Config));
        Checks.All.Add(check);
        if (owner is not null)
        {
            (check.Tags["dnsfailover:owner"], check.Tags["dnsfailover:zone"]) = (owner, zone!);
            (check.Tags["dnsfailover:name"], check.Tags["dnsfailover:value"]) = ("api.example.test", "52.0.0.9");
        }

        return check.Id;
    });

    private string Id(string endpoint) => _test.Fake.Locked(() => Checks.For(endpoint).Id);

    private string[] Sets(string type = "A") => _test.Fake.Locked(() => _test.Fake.Zone.At("api.example.test", type).Select(set =>
        $"{Attribute(set, "SetIdentifier") ?? "-"} {Attribute(set, "Failover") ?? Attribute(set, "Weight") ?? "-"} {Attribute(set, "TTL")} {string.Join(',', FakeZone.ValuesOf(set).Order(StringComparer.Ordinal))} {Attribute(set, "HealthCheckId") ?? "-"}").ToArray());

    private Route53Provider Open(Route53Options options) => _test.Open(options, _time, _log);

    /// <summary>A provider that keeps health checks and has read the name; calls have hours, since hours may pass here.</summary>
    private async Task<Route53Provider> ManagedAsync(IReadOnlyList<DeclaredService> services, Func<Route53Options, Route53Options>? change = null)
    {
        var options = _test.Options with { ManagesHealthChecks = true, Timeout = TimeSpan.FromHours(5) };
        var provider = Open(change?.Invoke(options) ?? options);
        await provider.ReadAsync(Api, Token);
        provider.DeclareServices(services);
        return provider;
    }

    /// <summary>So many rounds are over, with or without calls.</summary>
    private async Task RoundsAsync(int count)
    {
        _time.Advance(await _time.WaitForTimerAsync(HealthCheckUpkeep.FirstRound, HealthCheckUpkeep.FirstRound));
        for (var i = 1; i <= count; i++)
        {
            var wait = await _time.WaitForTimerAsync(HealthCheckUpkeep.Soon, HealthCheckUpkeep.Interval);
            if (i < count)
            {
                _time.Advance(wait);
            }
        }
    }

    /// <summary>So many health checks have passed, and the round in which they did is over.</summary>
    private async Task SettledAsync(Route53Provider provider, int passed)
    {
        await _time.PassAsync(HealthCheckUpkeep.Soon, () => _log.Lines.Where(line => line.Id == 4142).Select(line => line.Text).Distinct(StringComparer.Ordinal).Count() >= passed);
        await _time.WaitForTimerAsync(HealthCheckUpkeep.Soon, HealthCheckUpkeep.Interval);
        await provider.ReadAsync(Api, Token);
    }

    private async Task<string> AskAsync()
    {
        var reply = await new DnsClient(TimeProvider.System).QueryAsync(_test.Fake.NameServer, Api, DnsType.A, TimeSpan.FromSeconds(5), Token);
        return Assert.Single(reply.Answers).Data.ToString()!;
    }
}
