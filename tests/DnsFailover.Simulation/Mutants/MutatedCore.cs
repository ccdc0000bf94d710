using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DnsFailover.Simulation;

/// <summary>
/// Compiles Core from its source with some edits, and loads it beside the real one, together with copies of the control loop and
/// of this simulation that know no other. What is shipped has no switch for it.
/// </summary>
internal static class MutatedCore
{
    private const string Prefix = "Core/";

    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview, DocumentationMode.None);

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Sources = new(ReadSources);

    private static readonly Lazy<IReadOnlyDictionary<string, SyntaxTree>> Trees = new(() => Sources.Value.ToDictionary(pair => pair.Key, pair => Parse(pair.Value, pair.Key), StringComparer.Ordinal));

    private static readonly Lazy<IReadOnlyList<MetadataReference>> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal)).Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>The simulation over a Core with these edits.</summary>
    /// <exception cref="InvalidOperationException">An edit has no place, or more than one, or does not compile.</exception>
    public static Func<int, int, string, string?> Load(IReadOnlyList<Edit> edits)
    {
        var trees = Trees.Value.ToDictionary(StringComparer.Ordinal);
        foreach (var file in edits.GroupBy(edit => edit.File, StringComparer.Ordinal))
        {
            trees[file.Key] = Parse(file.Aggregate(Sources.Value.GetValueOrDefault(file.Key) ?? throw new InvalidOperationException($"Core has no {file.Key}"), Apply), file.Key);
        }

        var compilation = CSharpCompilation.Create(
            "DnsFailover.Core",
            trees.Values.Append(Parse(Usings, "Usings.cs")),
            References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var emitted = compilation.Emit(assembly);
        if (!emitted.Success)
        {
            throw new InvalidOperationException(string.Join('\n', emitted.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Take(10)));
        }

        var entry = new Context(assembly.ToArray()).LoadFromAssemblyPath(typeof(MutatedCore).Assembly.Location).GetType(typeof(MutantRuns).FullName!, throwOnError: true)!;
        return entry.GetMethod(nameof(MutantRuns.FirstViolation), BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Func<int, int, string, string?>>();
    }

    /// <summary>Whether the edits have their places, without the time that it takes to compile.</summary>
    /// <exception cref="InvalidOperationException">One has none, or more than one.</exception>
    public static void AssertFits(IReadOnlyList<Edit> edits)
    {
        foreach (var file in edits.GroupBy(edit => edit.File, StringComparer.Ordinal))
        {
            _ = file.Aggregate(Sources.Value.GetValueOrDefault(file.Key) ?? throw new InvalidOperationException($"Core has no {file.Key}"), Apply);
        }
    }

    private static string Apply(string source, Edit edit)
    {
        var at = source.IndexOf(edit.Original, StringComparison.Ordinal);
        return at >= 0 && source.IndexOf(edit.Original, at + 1, StringComparison.Ordinal) < 0
            ? string.Concat(source.AsSpan(0, at), edit.Instead, source.AsSpan(at + edit.Original.Length))
            : throw new InvalidOperationException($"{edit.File} does not have this exactly once any more: {edit.Original}");
    }

    private static SyntaxTree Parse(string source, string file) => CSharpSyntaxTree.ParseText(source, Options, file, Encoding.UTF8);

    private static Dictionary<string, string> ReadSources()
    {
        var assembly = typeof(MutatedCore).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(name => name[Prefix.Length..], Read, StringComparer.Ordinal);

        string Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Everything that is built on Core is loaded once more; all else is shared.</summary>
    private sealed class Context(byte[] core) : AssemblyLoadContext("mutant")
    {
        protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
        {
            "DnsFailover.Core" => LoadFromStream(new MemoryStream(core)),
            "dnsfailover" or "DnsFailover.Simulation" => LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll")),
            _ => null,
        };
    }
}
