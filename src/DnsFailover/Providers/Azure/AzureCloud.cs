namespace DnsFailover.Providers.Azure;

/// <summary>One of Microsoft's clouds, which have nothing in common but the API.</summary>
/// <param name="Name">As failover.yaml spells it.</param>
/// <param name="Authority">Where tokens come from; null leaves that to the credential library: <c>AZURE_AUTHORITY_HOST</c>, else the public cloud.</param>
/// <param name="ResourceManager">Where the API is.</param>
public sealed record AzureCloud(string Name, Uri? Authority, Uri ResourceManager)
{
    /// <summary>The one for everybody.</summary>
    public static AzureCloud Public { get; } = new("public", Authority: null, new Uri("https://management.azure.com"));

    /// <summary>Azure Government.</summary>
    public static AzureCloud UsGovernment { get; } = new("usgovernment", new Uri("https://login.microsoftonline.us"), new Uri("https://management.usgovcloudapi.net"));

    /// <summary>Azure operated by 21Vianet.</summary>
    public static AzureCloud China { get; } = new("china", new Uri("https://login.chinacloudapi.cn"), new Uri("https://management.chinacloudapi.cn"));

    /// <summary>What a token is asked for.</summary>
    public string Scope => $"{ResourceManager.GetLeftPart(UriPartial.Authority)}/.default";
}
