using System.Text.Json.Nodes;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;

namespace DnsFailover.Providers.Desec;

/// <summary>
/// Changes of different names that are asked for while another is under way go out as one bulk request: fifteen writes a
/// minute and a hundred an hour are too few for an outage that moves many names. When deSEC refuses the whole because of
/// a part, the other parts go out again without it.
/// </summary>
internal sealed class ChangeQueue(DesecOptions options, DesecClient client, ZoneReads reads, Action<ChangeSet, string> noRoomForMark, CancellationToken stopping)
{
    /// <summary>The longest name within the zone that deSEC takes.</summary>
    private const int LongestSubname = 178;

    /// <summary>So many names in one request; far from any limit of deSEC.</summary>
    private const int MostAtOnce = 100;

    private readonly Lock _lock = new();
    private readonly List<Pending> _waiting = [];
    private bool _running;

    private sealed class Pending(ChangeSet change, CancellationToken cancelled)
    {
        public ChangeSet Change { get; } = change;

        public IReadOnlyList<ProviderCalls> Calls { get; } = ProviderCalls.Current;

        public CancellationToken Cancelled { get; } = cancelled;

        /// <summary>True once it was refused together with others, so that its own verdict is not known yet.</summary>
        public bool Alone { get; set; }

        /// <summary>What was there right before.</summary>
        public IReadOnlyList<DesecRrset> Before { get; set; } = [];

        /// <summary>Its parts of the request.</summary>
        public IReadOnlyList<JsonObject> Parts { get; set; } = [];

        public TaskCompletionSource<NameRecords> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Carries a change out; the records after it.</summary>
    public Task<NameRecords> ApplyAsync(ChangeSet change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new Pending(change, cancellationToken);
        lock (_lock)
        {
            _waiting.Add(pending);
            if (!_running)
            {
                _running = true;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        return pending.Outcome.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        while (HasWork())
        {
            List<Pending> batch = [];
            try
            {
                // First the place in the rate limits, so that nothing lies between the read and the write.
                await client.Writes.TakeAsync(client.Patience, stopping);
                batch = Next();
                await CarryOutAsync(batch);
            }
            catch (Exception e)
            {
                Fail(batch.Count > 0 ? batch : Next(all: true), e);
            }
        }
    }

    private bool HasWork()
    {
        lock (_lock)
        {
            _waiting.RemoveAll(pending => pending.Cancelled.IsCancellationRequested);
            return _running = _waiting.Count > 0;
        }
    }

    private List<Pending> Next(bool all = false)
    {
        lock (_lock)
        {
            _waiting.RemoveAll(pending => pending.Cancelled.IsCancellationRequested);
            var together = all ? _waiting : _waiting.Where(pending => !pending.Alone);
            List<Pending> batch = [.. together.Take(all ? int.MaxValue : MostAtOnce)];
            batch = batch.Count > 0 ? batch : [.. _waiting.Take(1)];
            _waiting.RemoveAll(batch.Contains);
            return batch;
        }
    }

    private async Task CarryOutAsync(List<Pending> batch)
    {
        ProviderCalls.MadeFor(batch.SelectMany(pending => pending.Calls));
        var before = await reads.FreshAsync([.. batch.Select(pending => pending.Change.Name)], stopping);
        foreach (var (pending, rrsets) in batch.Zip(before))
        {
            Prepare(pending, rrsets);
        }

        batch = batch.FindAll(pending => !pending.Outcome.Task.IsCompleted && !pending.Cancelled.IsCancellationRequested);
        if (batch.Count == 0)
        {
            return;
        }

        reads.Forget();
        try
        {
            var outcome = await client.PatchAsync(new JsonArray([.. batch.SelectMany(pending => pending.Parts)]), Purpose(batch), Missing(batch), stopping);
            reads.Forget();
            await Task.WhenAll(batch.Select(pending => TellAsync(pending, outcome)));
        }
        catch (BulkRefusedException e)
        {
            Sort(batch, e);
        }
        catch (ProviderException e)
        {
            Fail(batch, e);
        }
        finally
        {
            reads.Forget();
        }
    }

    /// <summary>Ends what no longer fits what is there, or has nothing to do.</summary>
    private void Prepare(Pending pending, IReadOnlyList<DesecRrset> rrsets)
    {
        try
        {
            var change = pending.Change;
            var before = DesecRrset.Combine(change.Name, rrsets);
            if (!change.IsUntouchedIn(before))
            {
                throw change.NoLongerAsRead(before);
            }

            pending.Before = rrsets;
            pending.Parts = [.. change.Changes.Select(one => DesecRrset.Patch(options.Zone, one)).Append(MarkOf(pending)).OfType<JsonObject>()];
            if (pending.Parts.Count == 0)
            {
                pending.Outcome.TrySetResult(before);
            }
        }
        catch (ProviderException e)
        {
            Fail([pending], e);
        }
    }

    private JsonObject? MarkOf(Pending pending)
    {
        if (pending.Change.Owner is not { } owner)
        {
            return null;
        }

        if (OwnerText.NameFor(pending.Change.Name) is not { } place || DesecRrset.Subname(place, options.Zone).Length > LongestSubname)
        {
            noRoomForMark(pending.Change, owner);
            return null;
        }

        var now = pending.Before.FirstOrDefault(rrset => rrset.Type == DesecRrset.MarkType);
        return DesecRrset.Mark(options.Zone, place, owner, now, Math.Max(OwnerText.Ttl, (int)options.SmallestTtl.TotalSeconds));
    }

    /// <summary>Those whose parts were refused have their verdict; the others go out again, one by one if it was not said which it was.</summary>
    private void Sort(List<Pending> batch, BulkRefusedException refused)
    {
        var guilty = batch.Count == 1 ? batch : [];
        var position = 0;
        foreach (var pending in batch.Count == 1 ? [] : batch)
        {
            if (Enumerable.Range(position, pending.Parts.Count).Any(refused.Positions.Contains))
            {
                guilty.Add(pending);
            }

            position += pending.Parts.Count;
        }

        Fail(guilty, refused.Why);
        List<Pending> again = [.. batch.Except(guilty)];
        again.ForEach(pending => pending.Alone = guilty.Count == 0);
        lock (_lock)
        {
            _waiting.InsertRange(0, again);
        }
    }

    private async Task TellAsync(Pending pending, BulkOutcome outcome)
    {
        try
        {
            var change = pending.Change;
            var written = (outcome.Written ?? []).Where(rrset => rrset.Steered == change.Name).ToList();
            var others = pending.Before.Where(rrset => !written.Exists(now => (now.Name, now.Type) == (rrset.Name, rrset.Type)));
            var shown = DesecRrset.Combine(change.Name, [.. others, .. written]);
            if (written.Count < pending.Parts.Count || !change.IsAppliedIn(shown))
            {
                shown = await ReadBackAsync(change);
            }

            pending.Outcome.TrySetResult(shown);
        }
        catch (ProviderException e)
        {
            Fail([pending], e);
        }
    }

    private static void Fail(IEnumerable<Pending> batch, Exception e)
    {
        foreach (var pending in batch)
        {
            pending.Outcome.TrySetException(e);
            _ = pending.Outcome.Task.Exception; // its caller may have gone
        }
    }

    /// <summary>deSEC has said that it is done, so that trouble from here on no longer means "nothing was written".</summary>
    private async Task<NameRecords> ReadBackAsync(ChangeSet change)
    {
        try
        {
            var shown = DesecRrset.Combine(change.Name, (await reads.FreshAsync([change.Name], stopping))[0]);
            return change.IsAppliedIn(shown)
                ? shown
                : throw new ProviderException(ProviderFailure.Ambiguous, $"deSEC took the change of {change.Name}, but shows {shown.Shown()}: did somebody else write at the same moment?");
        }
        catch (ProviderException e) when (e.Failure != ProviderFailure.Ambiguous)
        {
            throw new ProviderException(ProviderFailure.Ambiguous, $"deSEC took the change of {change.Name}, but it cannot be read back: {e.Message}", e, e.RetryAfter);
        }
    }

    private static string Purpose(List<Pending> batch) => batch is [var one]
        ? $"the change of {one.Change.Name} failed"
        : $"the change of {batch.Count} names ({string.Join(", ", batch.Take(3).Select(pending => pending.Change.Name))}{(batch.Count > 3 ? ", …" : string.Empty)}) failed";

    private string Missing(List<Pending> batch)
    {
        var policies = batch.SelectMany(pending => pending.Parts).Take(3).Select(part => $"{{domain: {options.Zone}, subname: {part["subname"]}, type: {part["type"]}, perm_write: true}}");
        return $"the token's policies do not let it write that; it needs {string.Join(" and ", policies)}, or perm_write for the whole domain";
    }
}
