namespace DnsFailover.Providers;

/// <summary>The providers of the configuration in effect, by name.</summary>
public interface IProviderDirectory
{
    /// <summary>A provider, with the time after which a call to it is given up.</summary>
    /// <exception cref="ProviderException">Rejected: there is none of this name.</exception>
    (IDnsProvider Provider, TimeSpan Timeout) Find(string name);
}
