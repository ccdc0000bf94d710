using DnsFailover.Core.Alerts;
using DnsFailover.Core.Journal;
using DnsFailover.Journal;

namespace DnsFailover.Simulation;

/// <summary>
/// The journal and its outbox. What was acknowledged stays; a record at which the process died is there as a whole or not at
/// all. What a restart reads went through the journal's own file format.
/// </summary>
internal sealed class Disk(int seed, Clock clock)
{
    private readonly Dice _dice = Dice.Of(seed, "disk");
    private readonly List<string> _rows = [];

    public List<JournalEntry> Entries { get; } = [];

    public List<Alert> Outbox { get; } = [];

    /// <summary>While above zero nothing can be written.</summary>
    public int Full { get; set; }

    /// <summary>While above zero the journal has a defect, which throws what it should not.</summary>
    public int Defects { get; set; }

    /// <summary>While above zero a write takes up to seconds, during which the daemon stands still.</summary>
    public int Slow { get; set; }

    /// <summary>Writes all of it, or throws and writes nothing.</summary>
    public void Write(IEnumerable<JournalEntry> entries, IEnumerable<Alert> alerts)
    {
        if (Slow > 0)
        {
            clock.AdvanceTo(clock.Now + _dice.Seconds(0, 1.5));
        }

        if (Full > 0)
        {
            throw new JournalException("the disk is full");
        }

        if (Defects > 0)
        {
            throw new InvalidOperationException($"unexpected: {Secrets.Planted}");
        }

        Entries.AddRange(entries);
        Outbox.AddRange(alerts);
    }

    /// <summary>What a restart finds: everything, or only what retention must keep, the newest entry of each key.</summary>
    public List<JournalEntry> Read()
    {
        for (var row = _rows.Count; row < Entries.Count; row++)
        {
            _rows.Add(JournalJson.Write(Entries[row]));
        }

        var all = _rows.ConvertAll(JournalJson.ReadEntry);
        if (_dice.Chance(0.5))
        {
            return all;
        }

        var newest = all.Where(entry => entry.Key is not null).GroupBy(entry => entry.Key).Select(group => group.Last()).ToHashSet(ReferenceEqualityComparer.Instance);
        return all.FindAll(newest.Contains);
    }
}

/// <summary>Something that must never be told.</summary>
internal static class Secrets
{
    public const string Planted = "s3cr3t-t0ken-4711";
}
