namespace DnsFailover.Api;

/// <summary>A request that is not done. The message says what to do.</summary>
/// <param name="status">The status code.</param>
/// <param name="title">In a few words.</param>
/// <param name="detail">What is wrong, and what to do about it.</param>
internal sealed class ApiProblemException(int status, string title, string detail) : Exception(detail)
{
    /// <summary>As it is sent.</summary>
    public ProblemDocument Document { get; } = new(title, status, detail);

    /// <summary>Headers that go with it.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The request is not understood, or asks for something that is not possible.</summary>
    public static ApiProblemException Bad(string detail) => new(400, "the request is not valid", detail);

    /// <summary>There is no such thing.</summary>
    public static ApiProblemException Unknown(string detail) => new(404, "there is no such thing", detail);
}
