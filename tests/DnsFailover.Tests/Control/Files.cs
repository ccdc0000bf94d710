using System.Text;
using DnsFailover.Configuration;

namespace DnsFailover.Tests.Control;

/// <summary>Configurations made of text.</summary>
internal static class Files
{
    public static ConfigurationResult Valid(string yaml)
    {
        var result = Of(yaml);
        Assert.Empty(result.Errors);
        return result;
    }

    public static ConfigurationResult Of(string yaml) => ConfigurationLoader.Parse("failover.yaml", Encoding.UTF8.GetBytes(yaml), ProcessSurroundings.Instance);
}
