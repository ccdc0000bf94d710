using System.Collections.Immutable;
using DnsFailover.Core;
using DnsFailover.Core.Operations;

namespace DnsFailover.Journal;

/// <summary>
/// Notices which planned times are in effect, one row for each. They are kept because failover.yaml may say something else by the
/// time that somebody asks.
/// </summary>
internal sealed class PlannedBook
{
    /// <summary>So many wait for being written; beyond that the oldest are lost.</summary>
    internal const int MostWaiting = 10_000;

    private readonly Dictionary<Window, PlannedSpell> _open = [];
    private readonly Dictionary<(Window, DateTimeOffset), PlannedSpell> _changed = [];
    private ValueList<Window>? _seen;
    private DateTimeOffset? _validUntil;
    private DateTimeOffset? _startedAt;
    private bool _toldStart;

    /// <summary>Looks which are in effect.</summary>
    /// <param name="planned">What the controller knows.</param>
    /// <param name="now">The time.</param>
    public void Take(ValueList<Window> planned, DateTimeOffset now)
    {
        if (ReferenceEquals(planned, _seen) && !(_validUntil <= now))
        {
            return; // most steps: nothing begins or ends
        }

        _startedAt ??= now;
        (_seen, _validUntil) = (planned, planned.SelectMany(window => new[] { window.From, window.Until }).Where(time => time > now).Select(time => (DateTimeOffset?)time).Min());
        var inEffect = planned.Where(window => window.From <= now && window.Until > now).ToImmutableHashSet();
        foreach (var (window, spell) in _open.Where(pair => !inEffect.Contains(pair.Key)).ToList())
        {
            _open.Remove(window);
            if (now < spell.Until)
            {
                Change(spell with { Until = now }); // failover.yaml declares it no more
            }
        }

        foreach (var window in inEffect.Where(window => !_open.ContainsKey(window)).OrderBy(window => window.From).ThenBy(window => window.Service))
        {
            Change(_open[window] = new PlannedSpell(window, now, window.Until));
        }
    }

    /// <summary>Gives out what has changed since the last time.</summary>
    public PlannedChanges TakeChanged()
    {
        PlannedChanges changes = new([.. _changed.Values.OrderBy(spell => spell.From)], !_toldStart && _startedAt is not null, _startedAt ?? DateTimeOffset.MinValue);
        _changed.Clear();
        _toldStart |= changes.OnlyThese;
        return changes;
    }

    /// <summary>Takes back what could not be written; what has changed again meanwhile is here already.</summary>
    public void GiveBack(PlannedChanges changes)
    {
        _toldStart &= !changes.OnlyThese;
        foreach (var spell in changes.Changed.Where(spell => _changed.Count < MostWaiting))
        {
            _changed.TryAdd((spell.Planned, spell.From), spell);
        }
    }

    private void Change(PlannedSpell spell)
    {
        if (_changed.Count >= MostWaiting)
        {
            _changed.Remove(_changed.MinBy(pair => pair.Value.From).Key);
        }

        _changed[(spell.Planned, spell.From)] = spell;
    }
}
