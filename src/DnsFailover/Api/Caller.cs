using Microsoft.AspNetCore.Http;

namespace DnsFailover.Api;

/// <summary>What an address may be used for.</summary>
internal enum Access
{
    /// <summary>By anybody.</summary>
    Anybody,

    /// <summary>By who may read.</summary>
    Read,

    /// <summary>By who may say something.</summary>
    Change,

    /// <summary>By anybody, where the status page is public.</summary>
    Public,

    /// <summary>By anybody, where there is a status page.</summary>
    Page,
}

/// <summary>What an address needs; in its metadata.</summary>
internal sealed record AccessNeeded(Access Access);

/// <summary>Who asks, and what that lets them do.</summary>
/// <param name="MayRead">May read.</param>
/// <param name="MayChange">May say something.</param>
/// <param name="Actor">Who said something without giving a name; null where a name has to be given.</param>
/// <param name="Refusal">Why not, for who may not; null for who may do everything.</param>
internal sealed record Caller(bool MayRead, bool MayChange, string? Actor, ApiProblemException? Refusal)
{
    /// <summary>At the socket in the data directory, which is its owner's alone.</summary>
    public static Caller Trusted { get; } = new(MayRead: true, MayChange: true, Actor: null, Refusal: null);

    /// <summary>
    /// Who it is, for the record: the name that was given, and beside it what is known. Whoever has the token can give any name, and must
    /// not pass for somebody at the daemon's own machine.
    /// </summary>
    public string? Named(string? given) => given is null || Actor is null ? given ?? Actor : $"{given} ({Actor})";

    /// <summary>Who made this request.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>()!;
}
