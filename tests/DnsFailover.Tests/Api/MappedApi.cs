using DnsFailover.Api;
using DnsFailover.Control;
using DnsFailover.Journal;
using DnsFailover.Metrics;
using DnsFailover.Schedules;
using DnsFailover.Tests.Control;
using Microsoft.Extensions.Logging.Abstractions;

namespace DnsFailover.Tests.Api;

/// <summary>A server that has every address in place and does not listen.</summary>
internal sealed class MappedApi : IDisposable
{
    private MappedApi(HttpApi api) => Api = api;

    public HttpApi Api { get; }

    public static MappedApi Create()
    {
        var time = TimeProvider.System;
        var directory = new FakeDirectory();
        var carrier = new EffectCarrier(new MemoryJournal(), new AnsweringProbes(), directory, new AgreeingVerifier(), new FakeControls(), time, NullLogger<EffectCarrier>.Instance);
        var loop = new ControlLoop(carrier, time, [], NullLogger<ControlLoop>.Instance);
        var journal = SqliteJournal.Open(null, [], time, NullLogger<SqliteJournal>.Instance);
        var model = new ReadModel(loop, () => new WindowCalendar([]), new RecentObservations(), new JournalLookups(journal), directory, time);
        return new MappedApi(new HttpApi(loop, model, new Doorkeeper(ApiOptions.Off, time, NullLogger.Instance), new MetricsPage(null!, _ => Task.CompletedTask), time, NullLogger<HttpApi>.Instance).Build(NullLoggerFactory.Instance));
    }

    public void Dispose() => Api.Dispose();
}
