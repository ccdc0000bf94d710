using DnsFailover.Core.Records;

namespace DnsFailover.Providers;

/// <summary>The options of one provider; each kind derives its own, compared by value to see what a reload changed.</summary>
public abstract record ProviderOptions
{
    /// <summary>The zone that it writes to; every name it steers is in it.</summary>
    public required DnsName Zone { get; init; }

    /// <summary>After which a single read or write is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a provider with these options can do, where that is not what every one of its kind can; else null.</summary>
    public virtual ProviderCapabilities? OwnCapabilities => null;

    /// <summary>What these options cannot do for a service, each a sentence for a warning; nothing is written because of it.</summary>
    internal virtual IEnumerable<string> RemarksOn(DeclaredService service) => [];

    /// <summary>True when a <c>cname</c> with this target is written as something else than a CNAME, which may also stand at the top of a zone.</summary>
    internal virtual bool IsAlias(string target) => false;
}
