using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;

namespace DnsFailover.Probing;

/// <summary>
/// Replaces secrets by <c>***</c>, in whatever case and in the spellings in which an endpoint may give them back:
/// percent-encoded or decoded, as JSON or as HTML. It knows what references in the texts of a check stood for, and what
/// a probe sent.
/// </summary>
internal sealed class Masking
{
    /// <summary>What a reference stood for is masked from this length on, in characters: shorter texts occur by chance everywhere, and are no secrets.</summary>
    public const int ShortestReferenced = 4;

    private const int ShortestSent = 6;
    private const string Mark = "***";

    /// <summary>Only the beginning of a body is ever shown, so the rest of it need not be searched.</summary>
    private const int LongestQuoted = 16 * 1024;

    // Found once per check, not per probe; the entry goes when the check does.
    private static readonly ConditionalWeakTable<CheckDefinition, string[]> Spellings = [];

    // The longest first, as one may be a part of another.
    private readonly List<string> _secrets;

    private Masking(IEnumerable<string> secrets) => _secrets = [.. secrets];

    /// <summary>Masks what references in the check stood for.</summary>
    public static Masking Of(CheckDefinition check) =>
        new(check.Masked.Count == 0 ? [] : Spellings.GetValue(check, static check => SpellingsOf(check)));

    /// <summary>Masks what is sent as well; of a value such as <c>Bearer abc…</c> each long word counts for itself.</summary>
    public void AddSent(string secret)
    {
        string[] texts = [secret, .. secret.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        foreach (var text in texts.Where(text => text.Length >= ShortestSent && !_secrets.Contains(text, StringComparer.OrdinalIgnoreCase)))
        {
            var place = _secrets.FindIndex(other => other.Length < text.Length);
            _secrets.Insert(place < 0 ? _secrets.Count : place, text);
        }
    }

    /// <summary>A message, where an ellipsis may have cut a secret short.</summary>
    public string Mask(string text)
    {
        text = MaskWhole(text);
        for (var cut = text.IndexOf('…', StringComparison.Ordinal); cut >= 0 && _secrets.Count > 0; cut = text.IndexOf('…', cut + 1))
        {
            var before = MaskEnd(text[..cut]);
            text = before + text[cut..];
            cut = before.Length;
        }

        return text;
    }

    /// <summary>Text from the network, which may end in the middle of a secret.</summary>
    public string MaskCut(string text) => _secrets.Count == 0 ? text : MaskEnd(MaskWhole(text.Length <= LongestQuoted ? text : text[..LongestQuoted]));

    private string MaskWhole(string text) => _secrets.Aggregate(text, static (text, secret) => text.Replace(secret, Mark, StringComparison.OrdinalIgnoreCase));

    private string MaskEnd(string text)
    {
        foreach (var secret in _secrets)
        {
            for (var length = Math.Min(secret.Length - 1, text.Length); length >= ShortestReferenced; length--)
            {
                if (text.AsSpan().EndsWith(secret.AsSpan(0, length), StringComparison.OrdinalIgnoreCase))
                {
                    return text[..^length] + Mark;
                }
            }
        }

        return text;
    }

    private static string[] SpellingsOf(CheckDefinition check) =>
    [
        .. check.Masked.Select(secret => secret.Reveal())
            .Where(value => value.Trim().Length >= ShortestReferenced)
            .SelectMany(SpellingsOf)
            .Where(spelling => spelling.Length >= ShortestReferenced)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(spelling => spelling.Length),
    ];

    // An address may be quoted in JSON or HTML, so those come on top of each way to spell an address.
    private static IEnumerable<string> SpellingsOf(string value) =>
        InAddresses(value).Distinct(StringComparer.Ordinal).SelectMany(text => new[]
        {
            text,
            WebUtility.HtmlEncode(text),
            JavaScriptEncoder.Default.Encode(text),
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text),
        });

    private static IEnumerable<string> InAddresses(string value)
    {
        yield return value;
        yield return value.Trim();
        yield return Wording.Clean(value, int.MaxValue);
        yield return Uri.EscapeDataString(value);
        yield return WebUtility.UrlEncode(value);
        yield return Uri.UnescapeDataString(value);
        yield return WebUtility.UrlDecode(value);
        if (Uri.TryCreate("http://host/?" + value, UriKind.Absolute, out var address))
        {
            // As the HTTP client spells it in a request.
            yield return address.Query[1..];
        }
    }
}
