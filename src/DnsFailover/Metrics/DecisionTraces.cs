using System.Collections.Concurrent;
using System.Diagnostics;
using DnsFailover.Core;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;

namespace DnsFailover.Metrics;

/// <summary>
/// A trace per decision, with a span each for detect, decide, read, write and verify. It is made when the decision has ended, from
/// what the journal holds of it: so it is whole also when the daemon was restarted in between. When nobody listens, nothing is made.
/// </summary>
internal sealed class DecisionTraces : IDisposable
{
    /// <summary>The name of the source, for those who listen.</summary>
    public const string Name = "dnsfailover";

    private readonly ActivitySource _source = new(Name, ProcessMetrics.Version);
    private readonly ConcurrentDictionary<(string Provider, DnsName Service), (DateTimeOffset From, DateTimeOffset Until)> _reads = new();

    /// <summary>The records of a name were read.</summary>
    public void Read(string provider, DnsName name, DateTimeOffset from, DateTimeOffset until)
    {
        if (_source.HasListeners())
        {
            _reads[(provider, name)] = (from, until);
        }
    }

    /// <summary>Forgets the reads of names that are not to be kept.</summary>
    public void Keep(Func<string, string, bool> isKept)
    {
        foreach (var key in _reads.Keys.Where(key => !isKept(key.Provider, key.Service.ToString())))
        {
            _reads.TryRemove(key, out _);
        }
    }

    /// <summary>A decision has ended.</summary>
    public void Ended(IntentRecorded intent, OutcomeRecorded outcome)
    {
        if (!_source.HasListeners() || intent.Service is not { } service)
        {
            return;
        }

        var around = Activity.Current;
        Activity.Current = null; // it belongs to no request
        try
        {
            var from = intent.FirstFailureAt ?? intent.VerdictAt;
            using var whole = Begin($"{Text.Of(intent.Decision)} {service}", default, from, Tags(intent, outcome, service));
            if (whole is null)
            {
                return; // it is not sampled
            }

            Parts(whole.Context, intent, outcome, service);
            End(whole, outcome.At, outcome);
        }
        finally
        {
            Activity.Current = around;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void Parts(ActivityContext whole, IntentRecorded intent, OutcomeRecorded outcome, DnsName service)
    {
        if (intent.FirstFailureAt is { } failed)
        {
            Part("detect", whole, failed, intent.VerdictAt);
        }

        Part("decide", whole, intent.VerdictAt, intent.At);
        if (_reads.TryGetValue((intent.Provider, service), out var read) && read.Until <= intent.At && read.From >= (intent.FirstFailureAt ?? intent.VerdictAt)) // it may begin with the suspicion, before the verdict
        {
            Part("read", whole, read.From, read.Until);
        }

        if (outcome.Timings is not { } timings)
        {
            Part("write", whole, intent.At, outcome.At, outcome);
            return;
        }

        var written = intent.At + timings.Write;
        Part("write", whole, intent.At, written);
        Part("verify", whole, written, outcome.At, outcome);
    }

    private void Part(string name, ActivityContext whole, DateTimeOffset from, DateTimeOffset until, OutcomeRecorded? outcome = null)
    {
        using var part = Begin(name, whole, from, []);
        if (part is not null)
        {
            End(part, until < from ? from : until, outcome);
        }
    }

    private Activity? Begin(string name, ActivityContext parent, DateTimeOffset from, IEnumerable<KeyValuePair<string, object?>> tags) =>
        _source.StartActivity(name, ActivityKind.Internal, parent, tags, links: null, from);

    private static void End(Activity activity, DateTimeOffset at, OutcomeRecorded? outcome)
    {
        if (outcome is { Result: not ChangeResult.Verified })
        {
            activity.SetStatus(ActivityStatusCode.Error, outcome.Reason);
        }

        activity.SetEndTime(at.UtcDateTime);
        activity.Stop();
    }

    private static KeyValuePair<string, object?>[] Tags(IntentRecorded intent, OutcomeRecorded outcome, DnsName service) =>
    [
        new("dnsfailover.decision.id", intent.DecisionId),
        new("dnsfailover.service", service.ToString()),
        new("dnsfailover.provider", intent.Provider),
        new("dnsfailover.decision.kind", Text.Of(intent.Decision)),
        new("dnsfailover.decision.reason", intent.Reason),
        new("dnsfailover.from", intent.From),
        new("dnsfailover.to", intent.To),
        new("dnsfailover.outcome", Text.Of(outcome.Result)),
    ];
}
