using DnsFailover.Core.Records;
using DnsFailover.Providers;

namespace DnsFailover.Tests.Providers;

/// <summary>A provider together with a way around it: what tests seed, edit and look at does not go through the provider.</summary>
public abstract class ProviderUnderTest : IAsyncDisposable
{
    /// <summary>The provider, with everything it needs to work.</summary>
    public abstract IDnsProvider Provider { get; }

    /// <summary>The zone that it writes to; tests use names of their own in it.</summary>
    public abstract DnsName Zone { get; }

    /// <summary>True where every type of a name has the same TTL.</summary>
    public virtual bool HasOneTtlPerName => false;

    /// <summary>What must not be in any message.</summary>
    public virtual IReadOnlyList<string> Secrets => [];

    /// <summary>Puts an RRset in place of the one that is there, as somebody else would; no values remove it.</summary>
    /// <param name="owner">The name, in any spelling, without the trailing dot.</param>
    /// <param name="type">For example A or TXT.</param>
    /// <param name="ttl">In seconds.</param>
    /// <param name="values">As in a zone file.</param>
    public abstract Task SeedAsync(string owner, string type, int ttl, params string[] values);

    /// <summary>What is really there: <c>ttl value</c>, sorted; host names with the trailing dot.</summary>
    public abstract Task<string[]> LookAsync(DnsName name, string type);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A provider that is reached over a network, with the ways in which that fails.</summary>
public abstract class RemoteProviderUnderTest : ProviderUnderTest
{
    /// <summary>The same, but nobody listens where it calls.</summary>
    public abstract IDnsProvider Unreachable();

    /// <summary>The same, but replies to writes never arrive, although the writes do.</summary>
    public abstract IDnsProvider LosingRepliesToWrites();

    /// <summary>The same with credentials that are unknown there.</summary>
    public abstract IDnsProvider WithWrongCredentials();

    /// <summary>The same with credentials that may read and not write.</summary>
    public abstract IDnsProvider WithoutPermission();
}

/// <summary>A reply that is not what the vendor means to say.</summary>
/// <param name="Writes">Whether requests that write get it, or those that read.</param>
/// <param name="Status">Its status; they are not carried out.</param>
/// <param name="RetryAfter">Its <c>Retry-After</c> in seconds; null leaves it out.</param>
/// <param name="Body">Its body.</param>
public sealed record OddReply(bool Writes, int Status, int? RetryAfter = null, string Body = "<html>this is not the API</html>");

/// <summary>A provider that is reached over HTTP.</summary>
public abstract class HttpProviderUnderTest : RemoteProviderUnderTest
{
    /// <summary>What the message says is missing when <see cref="RemoteProviderUnderTest.WithoutPermission"/> may not write, in the vendor's words.</summary>
    public abstract string MissingPermission { get; }

    /// <summary>From now on, requests of one kind get this reply; null lets the vendor answer again.</summary>
    public abstract void Answer(OddReply? reply);
}
