using DnsFailover.Configuration;

namespace DnsFailover.Tests.Configuration;

/// <summary>An environment and a file system of the test's own.</summary>
internal sealed class FakeSurroundings : ISurroundings
{
    /// <summary>A TSIG key that is fit for use and that no message may show.</summary>
    public const string TsigSecret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAwMDE=";

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal) { ["TSIG_SECRET"] = TsigSecret };

    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    public string? Variable(string name) => Variables.GetValueOrDefault(name);

    public bool FileExists(string path) => Files.ContainsKey(path);

    public string ReadFile(string path) => Files.TryGetValue(path, out var text) ? text : throw new FileNotFoundException();
}
