using System.Collections.Concurrent;
using System.Net;
using DnsFailover.Control;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Journal;
using DnsFailover.Providers;
using DnsFailover.Verification;

namespace DnsFailover.Tests.Control;

/// <summary>Services and observations, with rules that need one probe for a verdict.</summary>
internal static class Sample
{
    public const string Active = "192.0.2.1";
    public const string Standby = "192.0.2.2";

    public static ServiceDefinition Service(string name, string provider = "dns") => new()
    {
        Name = DnsName.Parse(name),
        Provider = provider,
        Endpoints = [Endpoint("active", 0, Active), Endpoint("standby", 1, Standby)],
        Failback = new FailbackRule(FailbackMode.Manual, TimeSpan.Zero),
        MinActiveTime = TimeSpan.Zero,
    };

    public static NameRecords Records(DnsName name, string value) => NameRecords.Create(name, [RecordSet.Create(name, RecordType.A, TimeSpan.FromSeconds(30), value)]);

    public static ChangeSet Change(DnsName name, long id = 1) =>
        new(id, name, [new RecordChange(Records(name, Active)[RecordType.A], Records(name, Standby)[RecordType.A]!)]);

    public static TargetId Target(this ServiceDefinition service, string value) => service.Targets.Select(pair => pair.Target).First(target => target.Value == value);

    public static ControllerEvent.Observed Observed(TargetId target, Verdict verdict, long? requestId = null) => new(new Observation
    {
        Target = target,
        StartedAt = DateTimeOffset.UtcNow,
        Verdict = verdict,
        Reason = verdict.ToString(),
        Phases = new ProbePhases(null, null, null, null, TimeSpan.Zero),
        RequestId = requestId,
    });

    private static EndpointDefinition Endpoint(string name, int priority, string value) => new()
    {
        Name = name,
        Priority = priority,
        Targets = [new EndpointTarget(RecordType.A, value)],
        Rule = new HealthRule(Rise: 1, Fall: 1),
        Timing = new ProbeTiming(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(20)),
        CheckFingerprint = "tcp",
    };
}

/// <summary>Keeps what is written, in order, and fails when told to.</summary>
internal sealed class MemoryJournal : IJournal
{
    private readonly ConcurrentQueue<JournalEntry> _entries = new();

    public IReadOnlyList<JournalEntry> Entries => [.. _entries];

    /// <summary>Thrown by every write, while it is set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Every write waits for this, while it is set, as at a disk that hangs.</summary>
    public Task? Hold { get; set; }

    public int Attempts { get; private set; }

    public async Task WriteAsync(IReadOnlyList<JournalEntry> entries, IReadOnlyList<Alert> alerts, CancellationToken cancellationToken)
    {
        Attempts++;
        await (Hold ?? Task.CompletedTask);
        if (Failure is { } failure)
        {
            throw failure;
        }

        foreach (var entry in entries)
        {
            _entries.Enqueue(entry);
        }
    }

    public Task<IReadOnlyList<JournalEntry>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Entries);
}

/// <summary>Holds records in memory; what a call does before is the test's.</summary>
internal sealed class ScriptedProvider : IDnsProvider
{
    private readonly ConcurrentDictionary<DnsName, NameRecords> _records = new();
    private int _inFlight;
    private int _mostInFlight;
    private int _reads;
    private int _writes;

    public Func<CancellationToken, Task> OnRead { get; set; } = _ => Task.CompletedTask;

    public Func<CancellationToken, Task> OnApply { get; set; } = _ => Task.CompletedTask;

    public Func<CancellationToken, Task> OnServers { get; set; } = _ => Task.CompletedTask;

    public int Reads => Volatile.Read(ref _reads);

    public int Writes => Volatile.Read(ref _writes);

    public int MostReadsAtOnce => Volatile.Read(ref _mostInFlight);

    public ProviderCapabilities Capabilities { get; } =
        new() { Weights = false, SeveralValues = true, ConditionalWrite = true, AtomicBatch = true, Comments = false, SmallestTtl = TimeSpan.Zero };

    public string? this[DnsName name]
    {
        get => _records.GetValueOrDefault(name)?[RecordType.A]?.Values[0].Data;
        set => _records[name] = Sample.Records(name, value!);
    }

    public async Task<NameRecords> ReadAsync(DnsName name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        var now = Interlocked.Increment(ref _inFlight);
        int most;
        while (now > (most = Volatile.Read(ref _mostInFlight)) && Interlocked.CompareExchange(ref _mostInFlight, now, most) != most)
        {
        }

        try
        {
            await OnRead(cancellationToken);
            return _records.GetValueOrDefault(name) ?? NameRecords.Create(name, []);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public async Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        await OnApply(cancellationToken);
        return _records[change.Name] = NameRecords.Create(change.Name, change.Changes.Select(one => one.After));
    }

    public async Task<IReadOnlyList<IPEndPoint>> AuthoritativeServersAsync(CancellationToken cancellationToken)
    {
        await OnServers(cancellationToken);
        return [new IPEndPoint(IPAddress.Loopback, 53)];
    }
}

/// <summary>Providers by name; those that are not there are gone.</summary>
internal sealed class FakeDirectory : IProviderDirectory
{
    public ConcurrentDictionary<string, IDnsProvider> Providers { get; } = new();

    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(100);

    public (IDnsProvider Provider, TimeSpan Timeout) Find(string name) => Providers.TryGetValue(name, out var provider)
        ? (provider, Timeout)
        : throw new ProviderException(ProviderFailure.Rejected, $"there is no provider '{name}' any more");
}

/// <summary>Says at once that every server answers.</summary>
internal sealed class AgreeingVerifier : IAnswerVerifier
{
    public Task<VerificationResult> VerifyAsync(IReadOnlyList<IPEndPoint> servers, IReadOnlyList<RecordSet> expected, TimeSpan bound, CancellationToken cancellationToken) =>
        Task.FromResult(new VerificationResult(Verified: true, TimeSpan.Zero, [new ServerVerification(servers[0], true, TimeSpan.Zero, "answers")]));
}

/// <summary>Answers each numbered request with the verdict that is set for its target; a target without one passes.</summary>
internal sealed class AnsweringProbes : IProbeRequests
{
    public ConcurrentDictionary<TargetId, Verdict> Verdicts { get; } = new();

    public Action<ControllerEvent> Post { get; set; } = _ => { };

    public void Request(TargetId target, long? requestId, TimeSpan delay)
    {
        if (requestId is not null)
        {
            Post(Sample.Observed(target, Verdicts.GetValueOrDefault(target, Verdict.Pass), requestId));
        }
    }

    public void Confirm(TargetId target, long requestId, TimeSpan delay, TimeSpan apart) => Request(target, requestId, delay);

    public void CallOff(TargetId target)
    {
    }
}
