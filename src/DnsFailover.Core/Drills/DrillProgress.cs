namespace DnsFailover.Core.Drills;

/// <summary>What happened in the drill that ended last, for who looked on.</summary>
/// <param name="Number">Which.</param>
/// <param name="Lines">One for each thing.</param>
public sealed record DrillProgress(long Number, ValueList<string> Lines);
