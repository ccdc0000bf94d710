using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Net;
using DnsFailover.SelfCheck;
using DnsFailover.Tests.SelfCheck;

[assembly: AssemblyFixture(typeof(NoDefaultControlTarget))]

namespace DnsFailover.Tests.SelfCheck;

/// <summary>Notices when anything in this process connects to one of some places, or looks one of some names up.</summary>
internal sealed class AskedPlaces : EventListener
{
    private readonly HashSet<string> _places;
    private readonly ConcurrentQueue<string> _asked = new();

    public AskedPlaces(IEnumerable<IPEndPoint> servers, IReadOnlyCollection<string> names)
    {
        _places = [.. servers.Select(server => server.Serialize().ToString()), .. names, .. names.Select(name => name + ".")];
        foreach (var source in EventSource.GetSources())
        {
            Enable(source); // those that there were before the set was
        }
    }

    public IReadOnlyCollection<string> Asked => _asked;

    protected override void OnEventSourceCreated(EventSource eventSource) => Enable(eventSource);

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.Payload is [string place, ..] && _places?.Contains(place) == true)
        {
            _asked.Enqueue($"{eventData.EventName} {place}");
        }
    }

    private void Enable(EventSource source)
    {
        if (source.Name is "System.Net.Sockets" or "System.Net.NameResolution")
        {
            EnableEvents(source, EventLevel.Informational);
        }
    }
}

/// <summary>Makes certain that no test asks a control target that daemons ask by default.</summary>
public sealed class NoDefaultControlTarget : IDisposable
{
    private readonly AskedPlaces _places = new(SelfCheckOptions.DefaultTargets.Select(target => target.Server).OfType<IPEndPoint>(), SelfCheckOptions.DefaultTargets.Where(target => target.Kind == ControlKind.Resolver).Select(target => target.Name!.Value.ToString()).ToList());

    public void Dispose()
    {
        var asked = _places.Asked;
        _places.Dispose();
        Assert.True(asked.Count == 0, $"a test has asked what no test may: {string.Join("; ", asked)}");
    }
}
