namespace DnsFailover.Tests.Configuration;

/// <summary>Texts that are generated, committed, and must not drift apart.</summary>
internal static class Pinned
{
    private const string Regenerate = "DNSFAILOVER_REGENERATE";

    /// <summary>Fails when the committed text is another one. It fails also when it was just written anew, so that nobody's pipeline passes that way.</summary>
    public static void Equal(string generated, params string[] parts)
    {
        var (path, name) = (Repository.Path(parts), string.Join('/', parts));
        var written = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : string.Empty;
        if (written != generated && Environment.GetEnvironmentVariable(Regenerate) == "1")
        {
            File.WriteAllText(path, generated);
            Assert.Fail($"{name} was written anew; look at the difference, commit it and run the test again without {Regenerate}");
        }

        Assert.True(written == generated, $"{name} is not what the code says now. Run this test once with {Regenerate}=1 to write it anew\n{FirstDifference(written, generated)}");
    }

    private static string FirstDifference(string written, string generated)
    {
        var (old, now) = (written.Split('\n'), generated.Split('\n'));
        var line = old.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1}: committed '{old.ElementAtOrDefault(line)}', now '{now.ElementAtOrDefault(line)}'";
    }
}
