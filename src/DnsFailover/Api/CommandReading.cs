using System.Globalization;
using System.Text;
using System.Text.Json;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Api;

/// <summary>Makes a command of a request, or says what is wrong with it.</summary>
internal static class CommandReading
{
    private const int ZeroWidthJoiner = 0x200D;

    private static readonly string[] Spellings = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>The body of a request.</summary>
    /// <exception cref="ApiProblemException">It is not what is expected.</exception>
    public static async Task<CommandDocument> BodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, RequestContext.Default.CommandDocument, cancellationToken)
                ?? throw ApiProblemException.Bad("the body is null; expected an object with 'reason', 'actor' and 'for' or 'until'");
        }
        catch (JsonException e)
        {
            throw ApiProblemException.Bad($"the body is not understood{(e.Path is { Length: > 2 } path ? $" at {path}" : string.Empty)}; expected a JSON object with the texts endpoint, reason, actor, and for or until");
        }
        catch (BadHttpRequestException e)
        {
            throw e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new ApiProblemException(e.StatusCode, "the body is too large", $"the body is larger than {ApiServer.LargestBody / 1024} KiB; expected an object with a few short texts")
                : ApiProblemException.Bad("the body did not come in whole; send it again");
        }
    }

    /// <summary>The override that a body asks for.</summary>
    /// <exception cref="ApiProblemException">Something is missing or not possible.</exception>
    /// <param name="kind">Which.</param>
    /// <param name="service">Of which service; null for the freeze of all.</param>
    /// <param name="body">It.</param>
    /// <param name="caller">Who says so.</param>
    /// <param name="now">The time.</param>
    public static Override Begin(OverrideKind kind, ServiceState? service, CommandDocument body, Caller caller, DateTimeOffset now)
    {
        var takesEndpoint = kind is OverrideKind.Force or OverrideKind.Drain;
        if (!takesEndpoint && body.Endpoint is not null)
        {
            throw ApiProblemException.Bad($"'endpoint' has no meaning for {Text.Of(kind)}; leave it out");
        }

        return new Override(
            kind,
            service?.Definition.Name,
            takesEndpoint ? Endpoint(service!, body.Endpoint) : null,
            Line(body.Reason, "reason", "say why, for everyone who will see it"),
            Line(caller.Named(body.Actor), "actor", "say who asks, such as alice@laptop"),
            now,
            Until(body, now));
    }

    /// <summary>The service of this name.</summary>
    /// <exception cref="ApiProblemException">There is none.</exception>
    public static ServiceState Service(ControllerState state, string text)
    {
        if (DnsName.TryParse(text, out var name, out _) && state.Services.TryGetValue(name, out var service) && !service.Retired)
        {
            return service;
        }

        var names = state.Services.Keys.Select(known => known.ToString()).ToList();
        throw ApiProblemException.Unknown($"there is no service '{Shorten(text)}'{(Nearest.Hint(text, names) is { Length: > 0 } hint ? hint : $"; there {(names.Count == 1 ? "is" : "are")} {Section.List(Few(names))}")}");
    }

    /// <summary>The name of an endpoint of the service.</summary>
    /// <exception cref="ApiProblemException">It has none of that name.</exception>
    public static string Endpoint(ServiceState service, string? text)
    {
        var names = service.Definition.Endpoints.Select(endpoint => endpoint.Name).ToList();
        return text is null ? throw ApiProblemException.Bad($"'endpoint' is missing; {service.Definition.Name} has {Section.List(Few(names))}")
            : names.Find(name => name == text) ?? throw ApiProblemException.Unknown($"{service.Definition.Name} has no endpoint '{Shorten(text)}'{(Nearest.Hint(text, names) is { Length: > 0 } hint ? hint : $"; it has {Section.List(Few(names))}")}");
    }

    /// <summary>A text that is shown to people, on one line.</summary>
    /// <exception cref="ApiProblemException">It is missing, too long, or has control characters.</exception>
    public static string Line(string? text, string name, string advice) =>
        text?.Trim() is not { Length: > 0 } line ? throw ApiProblemException.Bad($"'{name}' is missing; {advice}")
        : line.Length > OperatorRules.LongestText ? throw ApiProblemException.Bad($"'{name}' has {line.Length} characters; expected at most {OperatorRules.LongestText}")
        : line.Any(char.IsControl) ? throw ApiProblemException.Bad($"'{name}' has line breaks or other control characters; expected one line")
        : line.EnumerateRunes().Any(IsDeceptive) ? throw ApiProblemException.Bad($"'{name}' has characters that cannot be seen, or that turn the text around; leave them out")
        : line;

    /// <summary>Invisible, or the text behind it reads backwards (Unicode's bidirectional controls): on page and in alerts it would say something else than it is. What joins an emoji may stay.</summary>
    private static bool IsDeceptive(Rune rune) => rune.Value != ZeroWidthJoiner && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>A text of the address that is shown to people.</summary>
    public static string QueryLine(HttpRequest request, string name, string otherwise) =>
        request.Query[name].ToString() is { Length: > 0 } text ? Line(text, name, string.Empty) : otherwise;

    private static DateTimeOffset Until(CommandDocument body, DateTimeOffset now)
    {
        if (body is { For: null, Until: null } or { For: not null, Until: not null })
        {
            throw ApiProblemException.Bad("expected one of 'for' (a duration such as 2h) and 'until' (a time such as 2026-03-01T15:04Z): everything that an operator says ends by itself");
        }

        if (body.For is { } text)
        {
            return !DurationText.TryParse(text, out var length) ? throw ApiProblemException.Bad($"for: '{Shorten(text)}' is no duration; expected one such as 90s, 30m or 2h")
                : length <= TimeSpan.Zero || length > OperatorRules.Longest ? throw ApiProblemException.Bad($"for: '{text}' is out of range; expected up to {DurationText.Format(OperatorRules.Longest)}, as what holds for longer belongs into failover.yaml")
                : now + length;
        }

        return !DateTimeOffset.TryParseExact(body.Until, Spellings, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var until) ? throw ApiProblemException.Bad($"until: '{Shorten(body.Until!)}' is no time; expected one such as 2026-03-01T15:04Z")
            : until <= now ? throw ApiProblemException.Bad($"until: '{body.Until}' has passed; it is {now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss}Z now")
            : until - now > OperatorRules.Longest ? throw ApiProblemException.Bad($"until: '{body.Until}' is too far ahead; expected at most {DurationText.Format(OperatorRules.Longest)} from now, as what holds for longer belongs into failover.yaml")
            : until;
    }

    private static IEnumerable<string> Few(List<string> names) => names.Count <= 10 ? names : names.Take(10).Append($"{names.Count - 10} more");

    private static string Shorten(string text) => Configuration.Reading.Shorten(new string([.. text.Where(c => !char.IsControl(c))]));
}
