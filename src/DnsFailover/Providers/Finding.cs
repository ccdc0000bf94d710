namespace DnsFailover.Providers;

/// <summary>How a finding stands.</summary>
public enum FindingGrade
{
    /// <summary>It is as it should be.</summary>
    Good,

    /// <summary>It works, and could be better; or it cannot be found out.</summary>
    Advice,

    /// <summary>It keeps the daemon from doing its work.</summary>
    Problem,
}

/// <summary>One thing that <c>doctor</c> looked at.</summary>
/// <param name="Grade">How it stands.</param>
/// <param name="Subject">What was looked at, in a word or two: <c>credential</c>, <c>permissions</c>, <c>zone</c>, <c>clock</c>.</param>
/// <param name="Sentence">What was found, without a secret.</param>
/// <param name="Mend">What to do about it; null when there is nothing to do.</param>
public sealed record Finding(FindingGrade Grade, string Subject, string Sentence, string? Mend = null)
{
    /// <summary>It is as it should be.</summary>
    public static Finding Good(string subject, string sentence) => new(FindingGrade.Good, subject, sentence);

    /// <summary>It works, and could be better; or it cannot be found out.</summary>
    public static Finding Advice(string subject, string sentence, string mend) => new(FindingGrade.Advice, subject, sentence, mend);

    /// <summary>It keeps the daemon from doing its work.</summary>
    public static Finding Problem(string subject, string sentence, string? mend = null) => new(FindingGrade.Problem, subject, sentence, mend);
}
