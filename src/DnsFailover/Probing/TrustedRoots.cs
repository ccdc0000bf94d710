using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DnsFailover.Probing;

/// <summary>The PEM files of roots that checks name, read again when they change.</summary>
internal sealed class TrustedRoots
{
    private readonly ConcurrentDictionary<string, Loaded> _files = new(StringComparer.Ordinal);

    /// <summary>The roots in the file, or why there are none.</summary>
    public (X509Certificate2Collection? Roots, string? Trouble) Load(string path)
    {
        try
        {
            // The final file behind Kubernetes-style links is what changes.
            var file = new FileInfo(path);
            var source = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            var version = (source.FullName, source.LastWriteTimeUtc, source.Length);
            if (_files.TryGetValue(path, out var known) && known.Version == version)
            {
                return (known.Roots, null);
            }

            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(path);
            if (roots.Count == 0)
            {
                return (null, $"there is no certificate in the trusted roots {path}");
            }

            _files[path] = new Loaded(version, roots);
            return (roots, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return (null, $"the trusted roots {path} cannot be read: {e.Message}");
        }
    }

    private sealed record Loaded((string Path, DateTime Written, long Length) Version, X509Certificate2Collection Roots);
}
