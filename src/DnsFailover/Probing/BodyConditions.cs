using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DnsFailover.Core;
using DnsFailover.Core.Health;

namespace DnsFailover.Probing;

/// <summary>What a check expects of the body, made ready once per check.</summary>
internal sealed class BodyConditions
{
    // The entry goes when the check does, so that reloads leave nothing behind.
    private static readonly ConditionalWeakTable<HttpCheck, BodyConditions> Prepared = [];

    private readonly HttpCheck _check;
    private readonly Regex? _regex;
    private readonly JsonPath? _path;

    private BodyConditions(HttpCheck check)
    {
        _check = check;
        try
        {
            _regex = check.BodyMatches is null ? null : new Regex(check.BodyMatches, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, check.Timeout);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            Unusable = $"the check's regular expression cannot be used: {Wording.Clean(e.Message, 200)}";
        }

        if (check.BodyJson is not null && !JsonPath.TryParse(check.BodyJson.Path, out _path, out var error))
        {
            Unusable ??= error;
        }
    }

    /// <summary>Why the conditions cannot be judged at all; validation of the configuration should have said so.</summary>
    public string? Unusable { get; }

    /// <summary>Whether a body is needed.</summary>
    public static bool Any(HttpCheck check) => check.BodyContains is not null || check.BodyMatches is not null || check.BodyJson is not null;

    /// <summary>The conditions of a check.</summary>
    public static BodyConditions Of(HttpCheck check) => Prepared.GetValue(check, static check => new BodyConditions(check));

    /// <summary>Judges what was read of a body; null when every condition holds.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="charset">The character set of the reply; null is UTF-8.</param>
    /// <param name="cut">Whether the body went on.</param>
    /// <param name="run">Quotes the body.</param>
    public ProbeOutcome? Judge(ReadOnlyMemory<byte> body, string? charset, bool cut, ProbeRun run)
    {
        var text = Decode(body.Span, charset);
        var extent = cut ? $" (only the first {body.Length} bytes were read)" : string.Empty;
        var begins = text.Length == 0 ? "; it is empty" : $"; it begins '{run.Quote(text)}'";
        if (_check.BodyContains is { } part && !text.Contains(part, StringComparison.Ordinal))
        {
            return ProbeOutcome.Fail(ReasonClass.Body, $"body does not contain '{run.Quote(part)}'{extent}{begins}");
        }

        try
        {
            if (_regex is not null && !_regex.IsMatch(text))
            {
                return ProbeOutcome.Fail(ReasonClass.Body, $"body does not match '{run.Quote(_check.BodyMatches!)}'{extent}{begins}");
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return ProbeOutcome.Inconclusive(ReasonClass.Configuration, $"the regular expression was not through with the body after {Text.Of(_check.Timeout)}");
        }

        return _check.BodyJson is { } expected ? Json(body, expected, extent, begins, run) : null;
    }

    private ProbeOutcome? Json(ReadOnlyMemory<byte> body, JsonExpectation expected, string extent, string begins, ProbeRun run)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutByteOrderMark(body));
            if (_path!.Find(document.RootElement) is not { } found)
            {
                return ProbeOutcome.Fail(ReasonClass.Body, $"body has no {run.Quote(expected.Path)}{begins}");
            }

            var text = found.ValueKind == JsonValueKind.String ? found.GetString()! : found.GetRawText();
            return Same(found.ValueKind, text, expected.ExpectedValue)
                ? null
                : ProbeOutcome.Fail(ReasonClass.Body, $"body has '{run.Quote(text)}' at {run.Quote(expected.Path)}, expected '{run.Quote(expected.ExpectedValue)}'");
        }
        catch (JsonException)
        {
            return ProbeOutcome.Fail(ReasonClass.Body, $"body is not JSON{extent}{begins}");
        }
    }

    private static bool Same(JsonValueKind kind, string found, string expected) =>
        found == expected
        || (kind == JsonValueKind.Number
            && decimal.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture, out var left)
            && decimal.TryParse(expected, NumberStyles.Float, CultureInfo.InvariantCulture, out var right)
            && left == right);

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> body) => body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;

    private static string Decode(ReadOnlySpan<byte> body, string? charset)
    {
        try
        {
            return Encoding.GetEncoding(charset?.Trim('"') ?? "utf-8").GetString(body);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetString(body);
        }
    }
}
