namespace DnsFailover.Providers.Http;

/// <summary>One request to a vendor's API.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Address">Where it goes; absolute, without user information, and with no secret in it.</param>
/// <param name="Purpose">What it is for, as it stands in messages: "the records of api.example.com cannot be read".</param>
internal sealed record ApiCall(HttpMethod Method, Uri Address, string Purpose)
{
    /// <summary>True when it may change something there, so that a reply that is lost leaves open whether it did.</summary>
    public bool Writes { get; init; }

    /// <summary>What it carries; a write always has a body, if only an empty one, so that the framework never sends it twice.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The media type of the body.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Headers of its own, such as a condition; none is a secret.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>How the path stands in the record of a change, where a part of the address is the user's own and may be confidential; null shows it as it is.</summary>
    public string? ShownPath { get; init; }

    /// <summary>How many bytes of a reply are read at most, after decompression.</summary>
    public int LargestReply { get; init; } = 4 * 1024 * 1024;
}
