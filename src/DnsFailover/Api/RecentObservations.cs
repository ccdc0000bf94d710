using System.Collections.Concurrent;
using DnsFailover.Control;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;

namespace DnsFailover.Api;

/// <summary>
/// The newest probes of each target, for the page: so many of each and no more, in memory of a fixed size. A pass is kept
/// without its sentence, of the others the newest sentences are.
/// </summary>
internal sealed class RecentObservations : IStepObserver
{
    private readonly ConcurrentDictionary<TargetId, Ring> _rings = new();

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (fact is ControllerEvent.Observed { Observation: var seen } && after.Services.GetValueOrDefault(seen.Target.Service)?.Health.ContainsKey(seen.Target) == true)
        {
            _rings.GetOrAdd(seen.Target, static _ => new Ring()).Add(seen);
        }
        else if (before is not null && (!ReferenceEquals(before.Configuration, after.Configuration) || after.Services.Count < before.Services.Count))
        {
            foreach (var target in _rings.Keys.Where(target => after.Services.GetValueOrDefault(target.Service)?.Health.ContainsKey(target) != true))
            {
                _rings.TryRemove(target, out _);
            }
        }
    }

    /// <summary>Those of a target, oldest first.</summary>
    public IReadOnlyList<ObservationDocument> Of(TargetId target) => _rings.TryGetValue(target, out var ring) ? ring.Since(0).New : [];

    /// <summary>Those of a target behind the first so many that there ever were, oldest first, and how many there ever were.</summary>
    public (IReadOnlyList<ObservationDocument> New, long Count) Since(TargetId target, long count) => _rings.TryGetValue(target, out var ring) ? ring.Since(count) : ([], 0);

    /// <summary>The newest of one target.</summary>
    private sealed class Ring
    {
        private const int Kept = 60;
        private const int SentencesKept = 8;
        private const int LongestSentence = 200;

        private readonly Lock _gate = new();
        private readonly Entry[] _entries = new Entry[Kept];
        private string?[]? _sentences;
        private long _count;
        private long _sentenceCount;

        public void Add(Observation seen)
        {
            lock (_gate)
            {
                var sentence = 0L;
                if (seen.Verdict != Verdict.Pass)
                {
                    _sentences ??= new string?[SentencesKept];
                    if (_sentenceCount == 0 || _sentences[(_sentenceCount - 1) % SentencesKept] != Cut(seen.Reason))
                    {
                        _sentences[_sentenceCount++ % SentencesKept] = Cut(seen.Reason);
                    }

                    sentence = _sentenceCount;
                }

                _entries[_count++ % Kept] = new Entry(seen.StartedAt.ToUnixTimeMilliseconds(), (uint)Math.Clamp(seen.Phases.Total.TotalMicroseconds, 0, uint.MaxValue), (int)sentence, seen.Verdict, seen.IsScheduled);
            }
        }

        public (IReadOnlyList<ObservationDocument> New, long Count) Since(long count)
        {
            lock (_gate)
            {
                var first = Math.Max(Math.Max(0, _count - Kept), Math.Min(count, _count));
                var list = new List<ObservationDocument>((int)(_count - first));
                for (var index = first; index < _count; index++)
                {
                    var entry = _entries[index % Kept];
                    var isKept = entry.Sentence > 0 && entry.Sentence > (int)_sentenceCount - SentencesKept;
                    list.Add(new ObservationDocument(
                        DateTimeOffset.FromUnixTimeMilliseconds(entry.At),
                        Text.Of(entry.Verdict),
                        entry.Microseconds / 1000d,
                        entry.IsScheduled,
                        isKept ? _sentences![(entry.Sentence - 1) % SentencesKept] : null));
                }

                return (list, _count);
            }
        }

        private static string Cut(string reason) => reason.Length <= LongestSentence ? reason : string.Concat(reason.AsSpan(0, LongestSentence), "…");
    }

    /// <summary>A probe, in 24 bytes.</summary>
    /// <param name="At">When it began, in Unix milliseconds.</param>
    /// <param name="Microseconds">How long it took.</param>
    /// <param name="Sentence">The number of its sentence, counted from 1; 0 for none.</param>
    /// <param name="Verdict">What it found.</param>
    /// <param name="IsScheduled">True for one of the schedule.</param>
    private readonly record struct Entry(long At, uint Microseconds, int Sentence, Verdict Verdict, bool IsScheduled);
}
