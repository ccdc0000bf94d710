using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Records;
using DnsFailover.Journal;

namespace DnsFailover.Api;

/// <summary>
/// Reckons how much of the time something worked.
/// <para>
/// Each scheduled probe speaks for the time until the next one, and for no longer than one and a half intervals: time that nobody
/// watched, or whose probes said nothing, is not known, and never counts as up. An endpoint worked while all its watched
/// addresses did. A service worked while any value worked that it was answered with at that time, as the recorded changes tell.
/// </para>
/// </summary>
internal static class Uptime
{
    /// <summary>The longest span.</summary>
    public static readonly TimeSpan Month = TimeSpan.FromDays(30);

    /// <summary>A digit less than a millisecond of a month: what is known of a few minutes alone would else look free of failures in a long span, and not in a short one.</summary>
    private const int Digits = 10;

    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Of a service and each of its endpoints.</summary>
    /// <param name="service">As it is now.</param>
    /// <param name="runs">Its scheduled probes of the longest span, oldest first.</param>
    /// <param name="changes">Its changes, newest first.</param>
    /// <param name="now">The end of every span.</param>
    public static ServiceUptime Of(ServiceState service, List<ObservationRun> runs, List<NumberedChange> changes, DateTimeOffset now)
    {
        var targets = runs.GroupBy(run => run.Target).ToDictionary(group => group.Key, group => Pieces([.. group], now));
        var endpoints = service.Definition.Endpoints.ToDictionary(
            endpoint => endpoint.Name,
            endpoint => Shares(endpoint.Targets.Select(target => targets.GetValueOrDefault(new TargetId(service.Definition.Name, endpoint.Name, target.Type, target.Value), [])).ToList(), now, static verdicts => Worst(verdicts)),
            StringComparer.Ordinal);
        var served = Served(service, changes);
        var tracks = targets.Select(pair => (pair.Key, Pieces: Within(pair.Value, served.GetValueOrDefault(new EndpointTarget(pair.Key.Type, pair.Key.Value), [])))).Select(track => track.Pieces).ToList();
        return new ServiceUptime(Shares(tracks, now, static verdicts => Best(verdicts)), endpoints);
    }

    /// <summary>A span of time with what is known of it.</summary>
    internal readonly record struct Piece(DateTimeOffset From, DateTimeOffset Until, Verdict Verdict);

    /// <summary>A span of time in which a value was served.</summary>
    private readonly record struct Span(DateTimeOffset From, DateTimeOffset Until);

    /// <summary>What the runs of one target speak for.</summary>
    internal static List<Piece> Pieces(IReadOnlyList<ObservationRun> runs, DateTimeOffset now)
    {
        var pieces = new List<Piece>(runs.Count);
        for (var index = 0; index < runs.Count; index++)
        {
            var run = runs[index];
            var patience = run.Last + (run.Interval * 1.5);
            var until = index + 1 < runs.Count && runs[index + 1].First < patience ? runs[index + 1].First : patience;
            until = until > now ? now : until;
            if (until > run.First)
            {
                pieces.Add(new Piece(run.First, until, run.Verdict));
            }
        }

        return pieces;
    }

    /// <summary>When each value was served: from the changes, each of which says what was there before it.</summary>
    private static Dictionary<EndpointTarget, List<Span>> Served(ServiceState service, List<NumberedChange> changes)
    {
        var served = new Dictionary<EndpointTarget, List<Span>>();
        var leading = changes.Where(change => change.Intent.Provider.Length == 0 || !change.Intent.Follows).Where(change => change.Outcome is { Result: ChangeResult.Verified or ChangeResult.Unverified }).Reverse().ToList();
        foreach (var type in service.Definition.Types)
        {
            var from = DateTimeOffset.MinValue;
            RecordSet? last = service.Live?[type];
            foreach (var change in leading)
            {
                if (change.Intent.Change.Changes.FirstOrDefault(one => one.After.Type == type) is not { } one)
                {
                    continue;
                }

                var at = change.Intent.At + (change.Outcome!.Timings?.Write ?? TimeSpan.Zero);
                Note(served, one.Before, type, from, at);
                (from, last) = (at, one.After);
            }

            Note(served, last, type, from, DateTimeOffset.MaxValue);
        }

        return served;
    }

    private static void Note(Dictionary<EndpointTarget, List<Span>> served, RecordSet? values, RecordType type, DateTimeOffset from, DateTimeOffset until)
    {
        foreach (var value in values?.Values ?? [])
        {
            var target = new EndpointTarget(type, value.Data);
            if (!served.TryGetValue(target, out var spans))
            {
                served[target] = spans = [];
            }

            spans.Add(new Span(from, until));
        }
    }

    private static List<Piece> Within(List<Piece> pieces, List<Span> spans) =>
    [
        .. from piece in pieces
        from span in spans
        let @from = piece.From > span.From ? piece.From : span.From
        let until = piece.Until < span.Until ? piece.Until : span.Until
        where until > @from
        orderby @from
        select new Piece(@from, until, piece.Verdict),
    ];

    private static UptimeDocument Shares(List<List<Piece>> tracks, DateTimeOffset now, Func<List<Verdict>, Verdict?> judge)
    {
        var joined = Join(tracks, judge);
        return new UptimeDocument(Share(joined, now, Day), Share(joined, now, Week), Share(joined, now, Month));
    }

    /// <summary>What several tracks say together: the pieces between any two moments at which one of them begins or ends.</summary>
    private static List<Piece> Join(List<List<Piece>> tracks, Func<List<Verdict>, Verdict?> judge)
    {
        if (tracks.Count == 1)
        {
            return tracks[0];
        }

        var moments = tracks.SelectMany(track => track).SelectMany(piece => new[] { piece.From, piece.Until }).Distinct().Order().ToList();
        var places = new int[tracks.Count];
        var joined = new List<Piece>();
        var verdicts = new List<Verdict>(tracks.Count);
        for (var index = 0; index + 1 < moments.Count; index++)
        {
            verdicts.Clear();
            for (var track = 0; track < tracks.Count; track++)
            {
                var pieces = tracks[track];
                while (places[track] < pieces.Count && pieces[places[track]].Until <= moments[index])
                {
                    places[track]++;
                }

                if (places[track] < pieces.Count && pieces[places[track]].From <= moments[index])
                {
                    verdicts.Add(pieces[places[track]].Verdict);
                }
            }

            if (judge(verdicts) is { } verdict)
            {
                joined.Add(new Piece(moments[index], moments[index + 1], verdict));
            }
        }

        return joined;
    }

    private static ShareDocument Share(List<Piece> pieces, DateTimeOffset now, TimeSpan span)
    {
        var (up, down, from) = (TimeSpan.Zero, TimeSpan.Zero, now - span);
        foreach (var piece in pieces)
        {
            var length = piece.Until - (piece.From > from ? piece.From : from);
            if (length > TimeSpan.Zero)
            {
                up += piece.Verdict == Verdict.Pass ? length : TimeSpan.Zero;
                down += piece.Verdict == Verdict.Fail ? length : TimeSpan.Zero;
            }
        }

        var (upShare, downShare) = (Math.Round(up / span, Digits), Math.Round(down / span, Digits));
        return new ShareDocument(upShare, downShare, Math.Round(Math.Max(0, 1 - upShare - downShare), Digits));
    }

    private static Verdict? Worst(List<Verdict> verdicts) =>
        verdicts.Contains(Verdict.Fail) ? Verdict.Fail : verdicts.Contains(Verdict.Pass) ? Verdict.Pass : null;

    private static Verdict? Best(List<Verdict> verdicts) =>
        verdicts.Contains(Verdict.Pass) ? Verdict.Pass : verdicts.Contains(Verdict.Fail) ? Verdict.Fail : null;
}
