namespace DnsFailover.Tests.Configuration;

/// <summary>Finds files of the repository from where the tests run.</summary>
internal static class Repository
{
    public static string Path(params string[] parts)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "DnsFailover.sln")))
        {
            directory = directory.Parent;
        }

        return System.IO.Path.Combine([directory?.FullName ?? throw new InvalidOperationException("the tests run outside the repository"), .. parts]);
    }
}
