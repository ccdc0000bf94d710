using System.Text;

namespace DnsFailover.Configuration;

/// <summary>What failover.yaml may refer to outside itself.</summary>
internal interface ISurroundings
{
    /// <summary>The value of an environment variable, or null when it is not set.</summary>
    string? Variable(string name);

    /// <summary>True when there is a file (or a link to one) at this path.</summary>
    bool FileExists(string path);

    /// <summary>The text of a small file.</summary>
    /// <exception cref="IOException">It does not exist, cannot be read, or is larger than <see cref="ProcessSurroundings.LargestFile"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    string ReadFile(string path);
}

/// <summary>The environment and the file system of this process.</summary>
internal sealed class ProcessSurroundings : ISurroundings
{
    /// <summary>The most that is read of a file that holds a secret or certificates, in bytes.</summary>
    public const int LargestFile = 1024 * 1024;

    /// <summary>The one instance; it has no state.</summary>
    public static ProcessSurroundings Instance { get; } = new();

    /// <inheritdoc/>
    public string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public string ReadFile(string path) => Encoding.UTF8.GetString(BoundedFile.Read(path, LargestFile));
}

/// <summary>Reads files whose size somebody else decides.</summary>
internal static class BoundedFile
{
    /// <summary>All bytes of a file that is no larger than the bound.</summary>
    /// <exception cref="IOException">It is larger, does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a directory.</exception>
    public static byte[] Read(string path, int largest)
    {
        // The length is not asked for: it can change, and special files report none.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            if (content.Length + count > largest)
            {
                throw new FileTooLargeException(largest);
            }

            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }
}

/// <summary>A file is larger than anything it could sensibly hold.</summary>
internal sealed class FileTooLargeException(int largest) : IOException($"it is larger than {largest / 1024} KiB");
