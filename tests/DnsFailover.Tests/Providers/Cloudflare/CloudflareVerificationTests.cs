using DnsFailover.Control;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Providers;
using DnsFailover.Tests.Control;
using DnsFailover.Verification;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace DnsFailover.Tests.Providers.Cloudflare;

public sealed class CloudflareVerificationTests : CloudflareTest
{
    [Fact]
    public async Task A_switch_of_a_proxied_record_is_proved_by_what_Cloudflare_shows()
    {
        var ended = await SwitchAsync(Record("192.0.2.1", ttl: 1, proxied: true));

        Assert.True(ended.Verified, ended.Reason);
        Assert.Contains("it is proxied", ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_switch_of_another_record_is_proved_by_the_name_servers()
    {
        var ended = await SwitchAsync(Record("192.0.2.1"));

        Assert.True(ended.Verified, ended.Reason);
        Assert.Contains("answers 192.0.2.2", ended.Reason, StringComparison.Ordinal);
    }

    private static async Task<ControllerEvent.VerificationEnded> SwitchAsync(FakeRecord record)
    {
        await using var test = await StartAsync();
        test.Fake.Zone.Seed(record);
        var before = (await test.Provider.ReadAsync(Api, Token))[RecordType.A]!;
        var after = RecordSet.Create(Api, RecordType.A, before.Ttl, "192.0.2.2");
        await test.Provider.ApplyAsync(Change(before, after), Token);
        var providers = Substitute.For<IProviderDirectory>();
        providers.Find("cf").Returns((test.Provider, TimeSpan.FromSeconds(10)));
        var carrier = new EffectCarrier(Substitute.For<IJournal>(), Substitute.For<IProbeRequests>(), providers, new AuthoritativeVerifier(TimeProvider.System), new FakeControls(), TimeProvider.System, NullLogger<EffectCarrier>.Instance);
        var ended = new TaskCompletionSource<ControllerEvent>();

        await carrier.CarryAsync(
            new Effect.Verify(Api, "cf", 1, [after]),
            one =>
            {
                ended.TrySetResult(one);
                return ValueTask.CompletedTask;
            },
            Token);

        return Assert.IsType<ControllerEvent.VerificationEnded>(await ended.Task.WaitAsync(TimeSpan.FromSeconds(90), Token));
    }
}
