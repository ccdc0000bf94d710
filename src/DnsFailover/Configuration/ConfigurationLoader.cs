using System.Security.Cryptography;
using System.Text;
using DnsFailover.Configuration.Yaml;
using DnsFailover.Core;
using DnsFailover.Core.Definitions;
using DnsFailover.Providers;

namespace DnsFailover.Configuration;

/// <summary>
/// Reads failover.yaml in three passes that all go on after a mistake: text to nodes, nodes to typed values by the
/// declared keys, and the rules that look at several keys at once. So one run finds them all.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>The largest file that is read, in bytes; ten thousand endpoints take about one MiB.</summary>
    public const int LargestFile = 4 * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads and checks a file. Never throws for anything that can be wrong with it.</summary>
    public static ConfigurationResult Load(string path, ISurroundings surroundings)
    {
        try
        {
            return Parse(path, BoundedFile.Read(path, LargestFile), surroundings);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Unreadable(path, exception);
        }
    }

    /// <summary>As <see cref="Load"/>, with the content at hand.</summary>
    public static ConfigurationResult Parse(string path, byte[] content, ISurroundings surroundings, IReadOnlyList<ProviderKind>? providerKinds = null)
    {
        var reading = new Reading(path, surroundings, providerKinds ?? ProviderTable.Kinds);
        var configuration = Decode(content, reading) is { } text && YamlTree.Parse(text, reading) is { } root ? Read(root, reading) : null;
        var problems = reading.Problems();
        return new ConfigurationResult
        {
            File = path,
            Configuration = configuration is null || reading.HasErrors
                ? null
                : configuration with { Warnings = [.. problems.Where(problem => problem.Severity == Severity.Warning).Select(problem => $"{problem.Position}: {problem.Message}")] },
            Problems = problems,
            Hash = Hash(content),
        };
    }

    /// <summary>The result for a file that cannot be opened or read.</summary>
    public static ConfigurationResult Unreadable(string path, Exception exception) => new()
    {
        File = path,
        Configuration = null,
        Problems = [new Problem(new Position(path, 1, 1), Severity.Error, exception is FileTooLargeException ? "the file is larger than 4 MiB; expected a configuration file" : FileTrouble.Describe(exception))],
        Hash = string.Empty,
    };

    /// <summary>Tells two contents apart.</summary>
    public static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string? Decode(byte[] content, Reading reading)
    {
        try
        {
            var text = StrictUtf8.GetString(content);
            return text.StartsWith('\ufeff') ? text[1..] : text;
        }
        catch (DecoderFallbackException exception)
        {
            var before = content.AsSpan(0, Math.Clamp(exception.Index, 0, content.Length));
            reading.Error(new Position(reading.File, 1 + before.Count((byte)'\n'), before.Length - before.LastIndexOf((byte)'\n')), "the text is not UTF-8; expected the file to be saved as UTF-8");
            return null;
        }
    }

    private static DaemonConfiguration? Read(YamlNode root, Reading reading)
    {
        if (root is YamlScalar { IsNull: true })
        {
            reading.Error(new Position(reading.File, 1, 1), "the file is empty; expected at least 'providers' and 'services'");
            return null;
        }

        if (FileKeys.File.Read(root, FileKeys.File.Name, reading) is not { } file)
        {
            return null;
        }

        var providers = file.TryGet(FileKeys.ProviderMap, out var entries) ? entries : [];
        if (file.IsWritten(FileKeys.ProviderMap) && !file.IsBroken(FileKeys.ProviderMap) && providers.Count == 0)
        {
            reading.Error(file.NodeOf(FileKeys.ProviderMap), "providers: the map is empty; expected at least one provider");
        }

        var checks = new CheckReader(file.TryGet(FileKeys.Checks, out var named) ? named : [], reading);
        var defaults = file.TryGet(FileKeys.Defaults, out var written) ? written : null;
        checks.Touch(defaults?.Get(ProbingKeys.Check));
        var services = new ServiceReader(defaults, providers, checks, reading);
        var read = (file.TryGet(FileKeys.Services, out var items) ? items : []).Select(item => services.Read(item.Value)).ToList();
        checks.CheckNamed();
        services.CheckDrills();
        services.WarnOfUnused();
        var steered = read.OfType<ServiceDefinition>().ToValueList();
        var channels = file.TryGet(FileKeys.Notifications, out var declared) ? declared : [];
        var routes = AlertKeys.Read((items ?? []).Select(item => item.Value), defaults, channels, reading);
        var selfCheck = NetworkKeys.ReadSelfCheck(file, steered, reading);
        var api = ApiKeys.Read(file, reading);
        return reading.HasErrors ? null : new DaemonConfiguration
        {
            Services = steered,
            Api = api,
            SelfCheck = selfCheck,
            Checks = services.Checks,
            Windows = services.Windows.ToValueList(),
            Drills = services.Drills.ToValueList(),
            Providers = providers.ToDictionary(
                provider => provider.Name,
                provider => new ProviderDefinition { Name = provider.Name, Type = provider.Value!.Kind.Type, Options = provider.Value.Options! },
                StringComparer.Ordinal),
            Notifications = channels.ToDictionary(channel => channel.Name, channel => channel.Value!, StringComparer.Ordinal),
            Routes = routes,
            PageUrl = file.TryGet(AlertKeys.PageUrl, out var page) ? page : null,
            RemindEvery = file.Get(AlertKeys.RemindEvery),
            ReconcileInterval = file.Get(FileKeys.ReconcileInterval),
            Rules = FleetRulesReader.Read(file, selfCheck, steered),
            DataDirectory = file.Get(FileKeys.DataDirectory)!,
            History = file.Get(FileKeys.History),
            Log = file.Get(FileKeys.Log),
            Warnings = [],
        };
    }
}
