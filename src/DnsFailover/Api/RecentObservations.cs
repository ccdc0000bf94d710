using System.Collections.Concurrent;
using System.Runtime.InteropServices;
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

                _entries[_count++ % Kept] = new Entry(seen.StartedAt, seen.Phases.Total, sentence, seen.Verdict, seen.IsScheduled);
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
                    var number = entry.SentenceBy(_sentenceCount);
                    list.Add(new ObservationDocument(
                        entry.At,
                        Text.Of(entry.Verdict),
                        entry.Microseconds / 1000d,
                        entry.IsScheduled,
                        number > 0 && number > _sentenceCount - SentencesKept ? _sentences![(number - 1) % SentencesKept] : null));
                }

                return (list, _count);
            }
        }

        private static string Cut(string reason) => reason.Length <= LongestSentence ? reason : string.Concat(reason.AsSpan(0, LongestSentence), "…");
    }

    /// <summary>A probe, in 12 bytes: there are sixty of them for each of ten thousand targets.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
    private readonly struct Entry
    {
        private const int ScheduledBit = 0;
        private const int VerdictBit = 1;
        private const int SentenceBit = 3;
        private const int SentenceBits = 13;
        private const int TimeBit = SentenceBit + SentenceBits;
        private const long SentenceCycle = (1 << SentenceBits) - 1;

        // From the lowest bit: scheduled or not, the verdict, the number of the sentence within its cycle (0 for none), when it began in Unix milliseconds.
        private readonly ulong _bits;

        /// <summary>A probe.</summary>
        /// <param name="at">When it began.</param>
        /// <param name="took">How long it took.</param>
        /// <param name="sentence">The number of its sentence, counted from 1; 0 for none.</param>
        /// <param name="verdict">What it found.</param>
        /// <param name="isScheduled">True for one of the schedule.</param>
        public Entry(DateTimeOffset at, TimeSpan took, long sentence, Verdict verdict, bool isScheduled)
        {
            Microseconds = (uint)Math.Clamp(took.TotalMicroseconds, 0, uint.MaxValue);
            var cyclic = sentence == 0 ? 0 : ((sentence - 1) % SentenceCycle) + 1;
            _bits = ((ulong)at.ToUnixTimeMilliseconds() << TimeBit) | ((ulong)cyclic << SentenceBit) | ((ulong)verdict << VerdictBit) | (isScheduled ? 1UL << ScheduledBit : 0);
        }

        public uint Microseconds { get; }

        public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds((long)(_bits >> TimeBit));

        public Verdict Verdict => (Verdict)((_bits >> VerdictBit) & 3);

        public bool IsScheduled => (_bits & (1UL << ScheduledBit)) != 0;

        /// <summary>The number of its sentence: of those in its place in the cycle, the newest there was by now. 0 for none.</summary>
        public long SentenceBy(long newest)
        {
            var cyclic = (long)(_bits >> SentenceBit) & SentenceCycle;
            return cyclic == 0 ? 0 : newest - ((newest - cyclic) % SentenceCycle);
        }
    }
}
