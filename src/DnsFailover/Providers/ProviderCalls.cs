using DnsFailover.Core;

namespace DnsFailover.Providers;

/// <summary>
/// The calls that are made to a provider for one change, a line each, for the record: what was asked, what came back,
/// under which number the provider knows it, and how long it took. Clients note them wherever they are made; what is
/// noted outside of a change goes nowhere. A line never holds a secret, a query or a body.
/// </summary>
internal sealed class ProviderCalls
{
    /// <summary>More are counted, and not kept.</summary>
    internal const int Most = 32;

    /// <summary>Longer parts of a line are cut off.</summary>
    private const int LongestPart = 200;

    private static readonly AsyncLocal<IReadOnlyList<ProviderCalls>?> Present = new();

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private int _more;

    /// <summary>For whom calls are made at this point; work that serves several at once keeps it with each.</summary>
    public static IReadOnlyList<ProviderCalls> Current => Present.Value ?? [];

    /// <summary>What was noted so far.</summary>
    public ValueList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return (_more == 0 ? _lines : _lines.Append($"and {_more} more")).ToValueList();
            }
        }
    }

    /// <summary>From here on, and in everything that is called from here, calls are noted for one change.</summary>
    public static ProviderCalls Begin()
    {
        var calls = new ProviderCalls();
        Present.Value = [calls];
        return calls;
    }

    /// <summary>From here on, and in everything that is called from here, calls are made for all of these at once.</summary>
    public static void MadeFor(IEnumerable<ProviderCalls> askers) => Present.Value = [.. askers.Distinct()];

    /// <summary>Notes a call.</summary>
    /// <param name="what">What was asked, without secrets and query.</param>
    /// <param name="answer">Its status; null when there was no reply.</param>
    /// <param name="number">The number under which the provider knows it; null when it gave none.</param>
    /// <param name="took">From the request to the reply.</param>
    public static void Note(string what, string? answer, string? number, TimeSpan took)
    {
        if (Current is not { Count: > 0 } askers)
        {
            return;
        }

        var line = $"{Printable(what)} → {Printable(answer ?? "no reply")} in {Text.Of(took)}{(number is null ? string.Empty : $", {Printable(number)}")}";
        foreach (var asker in askers)
        {
            asker.Add(line);
        }
    }

    private void Add(string line)
    {
        lock (_gate)
        {
            if (_lines.Count < Most)
            {
                _lines.Add(line);
            }
            else
            {
                _more++;
            }
        }
    }

    /// <summary>A vendor's header goes into a journal and onto a terminal.</summary>
    private static string Printable(string text)
    {
        var cut = text.Length <= LongestPart ? text : string.Concat(text.AsSpan(0, LongestPart), "…");
        return string.Concat(cut.Where(letter => !char.IsControl(letter)));
    }
}
