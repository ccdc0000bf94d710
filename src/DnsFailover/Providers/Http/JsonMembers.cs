using System.Globalization;
using System.Text.Json;

namespace DnsFailover.Providers.Http;

/// <summary>Reads members of JSON objects; what is not there or of another type is a <see cref="JsonException"/>, unless it is optional.</summary>
internal static class JsonMembers
{
    /// <summary>The document in a body; null when it is no JSON.</summary>
    public static JsonElement? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text.</summary>
    /// <exception cref="JsonException">It is not there, or no text.</exception>
    public static string Text(this JsonElement json, string member) => json.OptionalText(member) ?? throw new JsonException($"'{member}' is missing or no text");

    /// <summary>A text; null when there is none.</summary>
    /// <exception cref="JsonException">It is half a character.</exception>
    public static string? OptionalText(this JsonElement json, string member) => json.Member(member)?.AsText();

    /// <summary>The value as a text; null when it is none.</summary>
    /// <exception cref="JsonException">It is half a character, which JSON can spell (RFC 8259 section 8.2) and a text cannot hold.</exception>
    public static string? AsText(this JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a text holds half a character", e);
        }
    }

    /// <summary>A whole number; null when there is none.</summary>
    public static int? Number(this JsonElement json, string member) => json.Member(member) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    /// <summary>A whole number that may be a large one, such as an id; also in quotes, where servers put what other languages cannot count.</summary>
    /// <exception cref="JsonException">It is not there, or no whole number.</exception>
    public static long LargeNumber(this JsonElement json, string member) => json.Member(member) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) => number,
        { ValueKind: JsonValueKind.String } value when long.TryParse(value.AsText(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new JsonException($"'{member}' is missing or no whole number"),
    };

    /// <summary>True when the member is there, and null.</summary>
    public static bool IsNull(this JsonElement json, string member) => json.Member(member) is { ValueKind: JsonValueKind.Null };

    /// <summary>Yes or no; null when it is not there.</summary>
    public static bool? Flag(this JsonElement json, string member) => json.Member(member) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null;

    /// <summary>The elements of a list; null when it is not there.</summary>
    public static IReadOnlyList<JsonElement>? List(this JsonElement json, string member) => json.Member(member) is { ValueKind: JsonValueKind.Array } value ? [.. value.EnumerateArray()] : null;

    /// <summary>An object; null when it is not there.</summary>
    public static JsonElement? Object(this JsonElement json, string member) => json.Member(member) is { ValueKind: JsonValueKind.Object } value ? value : null;

    private static JsonElement? Member(this JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) ? value : null;
}
