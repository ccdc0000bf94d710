using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DnsFailover.Core.Control;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Builtin;

/// <summary>
/// Keeps a zone in <c>builtin-&lt;zone&gt;.json</c> of the data directory. The file is replaced as a whole: written beside,
/// forced to the disk, then renamed, so that a crash leaves the old zone or the new one.
/// </summary>
internal sealed class ZoneFile
{
    private const int Version = 1;

    private readonly string _path;
    private readonly DnsName _zone;

    private ZoneFile(string path, DnsName zone) => (_path, _zone) = (path, zone);

    /// <summary>Makes the directory when it is missing.</summary>
    /// <exception cref="ProviderException">Rejected: the directory cannot be made.</exception>
    public static ZoneFile In(string directory, DnsName zone)
    {
        var path = PathIn(directory, zone);
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotUsable(path, exception);
        }

        return new ZoneFile(path, zone);
    }

    /// <summary>The kept zone, or null when there is none. A file that makes no sense is kept aside for a person to look at.</summary>
    /// <exception cref="ProviderException">Rejected: there is a file and it cannot be read or moved.</exception>
    public (uint Serial, IReadOnlyList<NameRecords> Records)? Load(TimeProvider time, ILogger logger)
    {
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            try
            {
                return Parse(File.ReadAllBytes(_path));
            }
            catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException or OverflowException)
            {
                var aside = $"{_path}.corrupt-{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture)}";
                File.Move(_path, aside, overwrite: true);
                BuiltinLog.ZoneFileCorrupt(logger, _zone, aside, exception.Message);
                return null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotUsable(_path, exception);
        }
    }

    /// <summary>The records that are kept, without making, moving or mending anything; none when there is no file.</summary>
    /// <exception cref="ProviderException">Rejected: there is a file and it cannot be read.</exception>
    public static IReadOnlyList<NameRecords> Peek(string directory, DnsName zone)
    {
        var file = new ZoneFile(PathIn(directory, zone), zone);
        try
        {
            return File.Exists(file._path) ? file.Parse(File.ReadAllBytes(file._path)).Records : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or FormatException or ArgumentException or OverflowException)
        {
            throw new ProviderException(ProviderFailure.Rejected, $"the builtin zone in {file._path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Where a zone is kept.</summary>
    public static string PathIn(string directory, DnsName zone) => Path.Combine(Path.GetFullPath(directory), $"builtin-{zone}.json");

    /// <summary>Replaces the file; when this returns, the zone survives the end of the process at any moment.</summary>
    /// <exception cref="IOException">Nothing was replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">Nothing was replaced.</exception>
    public void Save(ZoneSnapshot zone)
    {
        var document = new ZoneDocument(Version, _zone.ToString(), zone.Serial, [.. zone.Records.SelectMany(records => records.Sets).Select(ToRow)]);
        var temporary = _path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(stream, document, ZoneJson.Default.ZoneDocument);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }

    /// <summary>What to tell an operator whose data directory cannot be used.</summary>
    public ProviderException NotUsable(Exception exception) => NotUsable(_path, exception);

    private static ProviderException NotUsable(string path, Exception exception) => new(
        ProviderFailure.Rejected,
        $"the builtin zone cannot be kept in {path}: {exception.Message} Make the directory writable for the user that runs dnsfailover, or choose another one with --data",
        exception);

    private (uint Serial, IReadOnlyList<NameRecords> Records) Parse(byte[] json)
    {
        var document = JsonSerializer.Deserialize(json, ZoneJson.Default.ZoneDocument) ?? throw new FormatException("it holds no zone");
        if (document.Version != Version)
        {
            throw new FormatException($"it has version {document.Version}; this program reads version {Version}");
        }

        if (DnsName.Parse(document.Zone) != _zone)
        {
            throw new FormatException($"it holds the zone {document.Zone}");
        }

        var sets = document.Records.Select(row => ToSet(row ?? throw new FormatException("one of its records is null")));
        var records = sets.GroupBy(set => set.Name).Select(group => NameRecords.Create(group.Key, group)).ToList();
        var complaint = records.Select(each => each.Name.IsWithin(_zone) ? ZoneRules.Complaint(_zone, each) : $"{each.Name} is not in the zone").FirstOrDefault(each => each is not null);
        return complaint is null ? (document.Serial, records) : throw new FormatException(complaint);
    }

    private static ZoneRow ToRow(RecordSet set) =>
        new(set.Name.ToString(), set.Type, (long)set.Ttl.TotalSeconds, [.. set.Values.Select(value => new ZoneValue(value.Data, value.Weight))]);

    private static RecordSet ToSet(ZoneRow row) => Enum.IsDefined(row.Type)
        ? RecordSet.Create(DnsName.Parse(row.Name), row.Type, TimeSpan.FromSeconds(row.Ttl), row.Values.Select(ToValue))
        : throw new FormatException($"{row.Name} has records of an unknown type");

    private static RecordValue ToValue(ZoneValue? value) =>
        value is null ? throw new FormatException("one of its values is null") : new RecordValue(value.Data, value.Weight);
}

/// <summary>The file: its version, the zone, its serial and one row per RRset.</summary>
internal sealed record ZoneDocument(
    [property: JsonRequired] int Version,
    [property: JsonRequired] string Zone,
    [property: JsonRequired] uint Serial,
    [property: JsonRequired] IReadOnlyList<ZoneRow?> Records);

/// <summary>One RRset; the TTL in seconds.</summary>
internal sealed record ZoneRow(
    [property: JsonRequired] string Name,
    [property: JsonRequired] RecordType Type,
    [property: JsonRequired] long Ttl,
    [property: JsonRequired] IReadOnlyList<ZoneValue?> Values);

/// <summary>One value, with its weight where it has one.</summary>
internal sealed record ZoneValue([property: JsonRequired] string Data, int? Weight);

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ZoneDocument))]
internal sealed partial class ZoneJson : JsonSerializerContext;
