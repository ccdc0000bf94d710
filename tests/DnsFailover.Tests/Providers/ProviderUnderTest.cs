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
