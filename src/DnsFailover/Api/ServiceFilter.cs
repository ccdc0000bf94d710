using System.Globalization;
using DnsFailover.Configuration.Schema;
using DnsFailover.Core.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Api;

/// <summary>Which services or endpoints are asked for, and how many at a time.</summary>
internal sealed record ServiceFilter
{
    private const int LongestText = 300;

    /// <summary>A part of the name of a service or endpoint, in small letters; null for all.</summary>
    public string? Text { get; init; }

    /// <summary>Only those in one of these states; null for all.</summary>
    public IReadOnlyList<string>? States { get; init; }

    /// <summary>Only the endpoints of this service; null for all.</summary>
    public DnsName? Service { get; init; }

    /// <summary>Only those behind this service.</summary>
    public DnsName? After { get; init; }

    /// <summary>With <see cref="After"/>: only those behind this endpoint of it.</summary>
    public string? AfterEndpoint { get; init; }

    /// <summary>So many at the most.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>From the query of a request.</summary>
    /// <param name="request">It.</param>
    /// <param name="states">The words that <c>state</c> may have; null where it has no meaning.</param>
    /// <exception cref="ApiProblemException">A member is not understood.</exception>
    public static ServiceFilter Of(HttpRequest request, IReadOnlyList<string>? states)
    {
        var after = Query(request, "after")?.Split('/', 2);
        return new ServiceFilter
        {
            Text = Query(request, "q")?.ToLowerInvariant(),
            States = states is null ? null : WordsOf(Query(request, "state"), states),
            Service = Query(request, "service") is { } service ? Name("service", service) : null,
            After = after is null ? null : Name("after", after[0]),
            AfterEndpoint = after is [_, var endpoint] ? endpoint : null,
            Limit = (int)Number(request, "limit", 100, 1, 500),
        };
    }

    /// <summary>A number of the query.</summary>
    /// <exception cref="ApiProblemException">It is none, or out of range.</exception>
    public static long Number(HttpRequest request, string name, long otherwise, long least, long most) =>
        Query(request, name) is not { } text ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw ApiProblemException.Bad(string.Create(CultureInfo.InvariantCulture, $"{name}: '{Configuration.Reading.Shorten(text)}' is no whole number from {least} to {most}"));

    /// <summary>A text of the query; null when it is not there or empty.</summary>
    /// <exception cref="ApiProblemException">It is too long.</exception>
    public static string? Query(HttpRequest request, string name) => request.Query[name].ToString() switch
    {
        "" => null,
        { Length: > LongestText } => throw ApiProblemException.Bad($"{name}: the text is longer than {LongestText} characters"),
        var text => text,
    };

    /// <summary>True for what is asked for.</summary>
    public bool Matches(DnsName name) => Text is null || name.ToString().Contains(Text, StringComparison.Ordinal);

    /// <summary>True for what is asked for.</summary>
    public bool Matches(ServiceState service, string state) =>
        (States is null || States.Contains(state, StringComparer.Ordinal))
        && (Matches(service.Definition.Name) || service.Definition.Endpoints.Any(endpoint => endpoint.Name.Contains(Text!, StringComparison.OrdinalIgnoreCase)));

    /// <summary>True for what is asked for.</summary>
    public bool Matches(ServiceState service, EndpointDefinition endpoint) =>
        (Service is null || Service == service.Definition.Name)
        && (Matches(service.Definition.Name) || endpoint.Name.Contains(Text!, StringComparison.OrdinalIgnoreCase))
        && (States is null || OperatorText.Health(service, endpoint).Any(one => States.Contains(Core.Text.Of(one.Health.Status), StringComparer.Ordinal)));

    /// <summary>True for what comes behind what was given before.</summary>
    public bool IsAfter(DnsName name) => After is not { } after || name.CompareTo(after) > 0;

    /// <summary>True for what comes behind what was given before; endpoints are in the order of the file.</summary>
    public bool IsAfter(ServiceState service, EndpointDefinition endpoint)
    {
        if (After is not { } after || service.Definition.Name.CompareTo(after) is var order && order > 0)
        {
            return true;
        }

        return order == 0 && AfterEndpoint is { } name && service.Definition.Endpoints.Select(one => one.Name).ToList() is var names && names.IndexOf(endpoint.Name) > names.IndexOf(name);
    }

    /// <summary>A name of the query.</summary>
    private static DnsName Name(string key, string text) =>
        DnsName.TryParse(text, out var name, out _) ? name : throw ApiProblemException.Bad($"{key}: '{Configuration.Reading.Shorten(text)}' is no host name");

    private static string[]? WordsOf(string? text, IReadOnlyList<string> known)
    {
        if (text is null)
        {
            return null;
        }

        var words = text.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Array.Find(words, word => !known.Contains(word, StringComparer.Ordinal)) is { } unknown
            ? throw ApiProblemException.Bad($"state: '{Configuration.Reading.Shorten(unknown)}' is not known{Nearest.Hint(unknown, known)}; expected {Section.List(known, "or")}")
            : words;
    }
}
