using System.Globalization;
using System.Text.Json.Nodes;

namespace DnsFailover.Benchmarks.Scale;

/// <summary>What was measured.</summary>
internal sealed record ScaleFigures
{
    /// <summary>Probes that ended each second.</summary>
    public required double ProbesPerSecond { get; init; }

    /// <summary>What was begun of what was due of the endpoints that work; 1 is all of it.</summary>
    public required double Share { get; init; }

    /// <summary>Of the whole process, kernel included, for each probe.</summary>
    public required double CpuMicroseconds { get; init; }

    /// <summary>Of that, the kernel's.</summary>
    public required double KernelMicroseconds { get; init; }

    /// <summary>Resident at the end, in MB.</summary>
    public required double ResidentMB { get; init; }

    /// <summary>Resident at the most since the start, in MB.</summary>
    public required double PeakMB { get; init; }

    /// <summary>How late probes began against their place in the interval.</summary>
    public required double LatenessP50 { get; init; }

    /// <summary>The same, the 99th percentile.</summary>
    public required double LatenessP99 { get; init; }

    /// <summary>Failed probes of endpoints that work.</summary>
    public required long FalseFailures { get; init; }

    /// <summary>Endpoints that work and were found Down while it was measured.</summary>
    public required long FalselyDown { get; init; }

    /// <summary>Probes that said nothing.</summary>
    public required long Inconclusive { get; init; }

    /// <summary>Managed memory, for each probe.</summary>
    public required double AllocatedBytes { get; init; }

    /// <summary>Collections of the first generation while it was measured.</summary>
    public required int Collections { get; init; }

    /// <summary>The average load of the machine in the last minute.</summary>
    public required string Load { get; init; }

    /// <summary>Name and text of each, for a table.</summary>
    public IEnumerable<string[]> Rows() =>
    [
        ["probes/s", Number(ProbesPerSecond, "0")],
        ["schedule done", Number(Share * 100, "0.00") + " %"],
        ["CPU per check", Number(CpuMicroseconds, "0.0") + " µs"],
        ["of that in the kernel", Number(KernelMicroseconds, "0.0") + " µs"],
        ["CPU per 1000 probes", Number(CpuMicroseconds, "0") + " ms"],
        ["resident", $"{Number(ResidentMB, "0")} MB (at the most {Number(PeakMB, "0")} MB)"],
        ["lateness p50 / p99", $"{Number(LatenessP50, "0.0")} / {Number(LatenessP99, "0.0")} ms"],
        ["false failures", Number(FalseFailures, "0")],
        ["falsely Down", Number(FalselyDown, "0")],
        ["inconclusive", Number(Inconclusive, "0")],
        ["allocated per probe", Number(AllocatedBytes, "0") + " bytes"],
        ["collections", Number(Collections, "0")],
        ["load of the machine", Load],
    ];

    /// <summary>For programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["probesPerSecond"] = Math.Round(ProbesPerSecond, 1),
        ["share"] = Math.Round(Share, 5),
        ["cpuMicrosecondsPerCheck"] = Math.Round(CpuMicroseconds, 2),
        ["kernelMicrosecondsPerCheck"] = Math.Round(KernelMicroseconds, 2),
        ["cpuMillisecondsPer1000Probes"] = Math.Round(CpuMicroseconds, 2),
        ["residentMB"] = Math.Round(ResidentMB, 1),
        ["peakMB"] = Math.Round(PeakMB, 1),
        ["latenessP50Ms"] = Math.Round(LatenessP50, 2),
        ["latenessP99Ms"] = Math.Round(LatenessP99, 2),
        ["falseFailures"] = FalseFailures,
        ["falselyDown"] = FalselyDown,
        ["inconclusive"] = Inconclusive,
        ["allocatedBytesPerProbe"] = Math.Round(AllocatedBytes),
        ["collections"] = Collections,
        ["load"] = Load,
    };

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
