namespace DnsFailover.Tests.Builtin;

/// <summary>A directory that is gone when the test is.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dnsfailover-builtin-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
